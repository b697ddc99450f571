/**
 * One reverse-diffusion step on the device (block-wise decoding of LLaDA, Nie et al. 2025, algorithm 5): after the
 * model gave logits of every response position, `propose` draws a candidate for each masked position of the current
 * block and `reveal` fixes the most confident ones. Nothing is read back.
 *
 * A row's draws depend on its row key, never on its place in the batch. Positions count from the first response
 * token. The mask token itself is never proposed; the log-probs are those of the whole softmax, mask included.
 */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import type { RandomKey } from "../philox/random.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import philox from "../philox/philox.wgsl" with { type: "text" };
import shader from "./denoise.wgsl" with { type: "text" };

const wgsl = [prelude, philox, shader];

const proposeKernel = defineKernel({
  name: "denoise_propose",
  wgsl,
  entry: "propose",
  buffers: {
    logits: "read",
    ids: "read",
    rowKeys: "read",
    token: "write",
    confidence: "write",
    logp: "write",
    entropy: "write",
  },
  scalars: {
    batch: "u32",
    length: "u32",
    sequence: "u32",
    promptLength: "u32",
    vocab: "u32",
    maskId: "u32",
    blockStart: "u32",
    blockLength: "u32",
    step: "u32",
    seed: "u32",
    stream: "u32",
    randomRemasking: "u32",
    temperature: "f32",
  },
  grid: ({ batch, blockLength }) => flatGrid(Math.ceil(Math.ceil(batch / 8) * blockLength / 8)),
});

const revealKernel = defineKernel({
  name: "denoise_reveal",
  wgsl,
  entry: "reveal",
  buffers: {
    token: "read",
    confidence: "read",
    logp: "read",
    entropy: "read",
    ids: "readwrite",
    revealStep: "readwrite",
    logpState: "readwrite",
    entropyState: "readwrite",
  },
  scalars: {
    batch: "u32",
    length: "u32",
    sequence: "u32",
    promptLength: "u32",
    maskId: "u32",
    blockStart: "u32",
    blockLength: "u32",
    step: "u32",
    reveal: "u32",
  },
  grid: ({ batch }) => flatGrid(Math.ceil(batch / 8)),
});

const greedyKernel = defineKernel({
  name: "denoise_greedy",
  wgsl,
  entry: "greedy",
  buffers: { logits: "read", ids: "read", greedy: "write" },
  scalars: { batch: "u32", length: "u32", sequence: "u32", promptLength: "u32", vocab: "u32", maskId: "u32" },
  grid: ({ batch, length }) => flatGrid(Math.ceil(batch * length / 64)),
});

const topKKernel = defineKernel({
  name: "denoise_top_k",
  wgsl,
  entry: "top_k",
  buffers: { logits: "read", ids: "read", revealStep: "read", topTokens: "readwrite", topLogp: "readwrite" },
  scalars: {
    batch: "u32",
    length: "u32",
    sequence: "u32",
    promptLength: "u32",
    vocab: "u32",
    maskId: "u32",
    blockStart: "u32",
    blockLength: "u32",
    step: "u32",
    k: "u32",
  },
  grid: ({ batch, blockLength }) => flatGrid(Math.ceil(batch * blockLength / 64)),
});

/** Fixed for a rollout. A sequence is a prompt of `promptLength` tokens, then a response of `length` tokens. */
export interface Shape {
  readonly batch: number;
  readonly length: number;
  /** Stride of a row of ids: at least promptLength + length. */
  readonly sequence: number;
  readonly promptLength: number;
  readonly vocab: number;
  readonly maskId: number;
}

/** Which positions of the response a step works on. */
export interface Step {
  /** Denoising step, from 0. */
  readonly step: number;
  readonly blockStart: number;
  readonly blockLength: number;
}

/** Which candidates are kept: the most probable ones, or random ones. */
export type Remasking = "low-confidence" | "random";

/** Work buffers of one step, all [batch, blockLength]. */
export interface Proposal {
  /** Candidates, u32. */
  readonly token: View;
  /** What `reveal` sorts by, f32: the log-prob of the candidate, or noise. Revealed positions hold -1e30. */
  readonly confidence: View;
  /** Log-prob of the candidate at temperature 1, f32. */
  readonly logp: View;
  /** Entropy in nats at temperature 1, f32. */
  readonly entropy: View;
}

/** What a rollout builds up. */
export interface RolloutState {
  /** Prompt and response, u32 [batch, sequence]; positions to be revealed hold maskId. */
  readonly ids: View;
  /** Step at which each position was revealed, u32 [batch, length]. */
  readonly revealStep: View;
  /** Log-prob at temperature 1 of each token when it was revealed, f32 [batch, length]. */
  readonly logp: View;
  /** Entropy in nats of the distribution it was revealed from, f32 [batch, length]. */
  readonly entropy: View;
}

/** New work buffers for blocks of `blockLength` positions. */
export function allocateProposal(backend: Backend, batch: number, blockLength: number): Proposal {
  const size = batch * blockLength;
  return {
    token: backend.allocate("proposal token", size),
    confidence: backend.allocate("proposal confidence", size),
    logp: backend.allocate("proposal logp", size),
    entropy: backend.allocate("proposal entropy", size),
  };
}

/**
 * Draws a candidate from softmax(logits / temperature), with its log-prob and entropy at temperature 1, for every
 * masked position of the block. Ties go to the lowest id.
 * @param views logits: f32 [batch * length, vocab], position i of row b at b * length + i; ids as in `RolloutState`;
 *   rowKeys: u32 [batch], the identity of each row for its random numbers
 * @throws RangeError if a shape or view does not fit
 */
export function propose(
  backend: Backend,
  views: { logits: View; ids: View; rowKeys: View },
  proposal: Proposal,
  options: Shape & Step & { temperature: number; random: RandomKey; remasking: Remasking },
): void {
  const { batch, length, vocab, sequence, blockLength, temperature, random, remasking } = options;
  checkShape(options);
  checkBlock(options);
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw new RangeError(`temperature is ${temperature}, expected a finite number of at least 0`);
  }
  checkViews(views, { logits: batch * length * vocab, ids: batch * sequence, rowKeys: batch });
  checkProposal(proposal, batch * blockLength);
  backend.run(proposeKernel, { ...views, ...proposal }, {
    ...options,
    seed: random.seed,
    stream: random.stream,
    randomRemasking: remasking === "random" ? 1 : 0,
  });
}

/**
 * Reveals the `reveal` most confident candidates of every row (ties: lowest position; all, when fewer are masked):
 * writes their token, step, log-prob and entropy into the state. Revealed positions never change again.
 * @throws RangeError if a shape or view does not fit
 */
export function reveal(
  backend: Backend,
  proposal: Proposal,
  state: RolloutState,
  options: Shape & Step & { reveal: number },
): void {
  const { batch, length, sequence, blockLength } = options;
  checkShape(options);
  checkBlock(options);
  checkProposal(proposal, batch * blockLength);
  const size = batch * length;
  checkViews({ ...state }, { ids: batch * sequence, revealStep: size, logp: size, entropy: size });
  if (options.reveal === 0) return;
  const { ids, revealStep, logp: logpState, entropy: entropyState } = state;
  backend.run(revealKernel, { ...proposal, ids, revealStep, logpState, entropyState }, options);
}

/**
 * The argmax at every masked position of the response, and the token itself at revealed ones: the response as it
 * would be if it were finished now. Call it before `reveal`.
 * @param views logits and ids as for `propose`; greedy: u32 [batch, length], written
 * @throws RangeError if a shape or view does not fit
 */
export function greedy(
  backend: Backend,
  views: { logits: View; ids: View; greedy: View },
  shape: Shape,
): void {
  const { batch, length, sequence, vocab } = shape;
  checkShape(shape);
  checkViews(views, { logits: batch * length * vocab, ids: batch * sequence, greedy: batch * length });
  backend.run(greedyKernel, views, shape);
}

/**
 * The k most likely tokens and their log-probs at temperature 1, descending, ties lowest id, at the positions
 * revealed in this step; others are left as they are. Call it after `reveal`, with the same logits.
 * @param views topTokens: u32 [batch, length, k]; topLogp: f32 [batch, length, k]
 * @throws RangeError if a shape or view does not fit, or k exceeds the vocabulary
 */
export function topK(
  backend: Backend,
  views: { logits: View; ids: View; revealStep: View; topTokens: View; topLogp: View },
  options: Shape & Step & { k: number },
): void {
  const { batch, length, sequence, vocab, k } = options;
  checkShape(options);
  checkBlock(options);
  if (!(k >= 1 && k <= vocab)) throw new RangeError(`k is ${k}, expected 1 to ${vocab}, the vocabulary`);
  const size = batch * length;
  checkViews(views, {
    logits: size * vocab,
    ids: batch * sequence,
    revealStep: size,
    topTokens: size * k,
    topLogp: size * k,
  });
  backend.run(topKKernel, views, options);
}

function checkShape({ length, sequence, promptLength, vocab, maskId }: Shape): void {
  if (promptLength + length > sequence) {
    throw new RangeError(
      `a prompt of ${promptLength} and a response of ${length} tokens exceed the sequence of ${sequence}`,
    );
  }
  if (!(vocab >= 2 && maskId < vocab)) {
    throw new RangeError(
      `mask token ${maskId} in a vocabulary of ${vocab}: expected it inside, beside another token`,
    );
  }
}

function checkBlock({ length, blockStart, blockLength }: Shape & Step): void {
  if (blockLength < 1 || blockStart < 0 || blockStart + blockLength > length) {
    throw new RangeError(
      `block [${blockStart}, ${blockStart + blockLength}) leaves the response of ${length} tokens`,
    );
  }
}

function checkProposal(proposal: Proposal, size: number): void {
  checkViews({ ...proposal }, { token: size, confidence: size, logp: size, entropy: size });
}

function checkViews(views: Readonly<Record<string, View>>, lengths: Readonly<Record<string, number>>): void {
  for (const [name, length] of Object.entries(lengths)) {
    const found = views[name]!.length;
    if (found < length) throw new RangeError(`${name} has ${found} elements, expected at least ${length}`);
  }
}
