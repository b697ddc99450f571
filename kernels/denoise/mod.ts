/**
 * One reverse-diffusion step on the device (block-wise decoding of LLaDA, Nie et al. 2025, algorithm 5): `ask` lists the
 * masked positions whose logits are needed, once for all rows in the same state; after the model gave them, `propose`
 * draws a candidate for each masked position of the current block and `reveal` fixes the most confident ones. Nothing is
 * read back.
 *
 * A row's draws depend on its row key, never on its place in the batch. Positions count from the first response
 * token. The mask token itself is never proposed; the log-probs are those of the whole softmax, mask included.
 */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import type { RandomKey } from "../philox/random.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import tree from "../row_tree.wgsl" with { type: "text" };
import { inBothForms, type RowForm, rowForm } from "../wide_rows.ts";
import philox from "../philox/philox.wgsl" with { type: "text" };
import shader from "./denoise.wgsl" with { type: "text" };
import wide from "./wide.wgsl" with { type: "text" };

const wgsl = [prelude, philox, shader];

/** What the two forms of a kernel over rows of logits differ in, besides their grids. */
function inForm(form: RowForm, entry: string) {
  const name = `denoise_${entry}`;
  return form === "wide"
    ? { name: `${name}_wide`, cpu: { name }, wgsl: [...wgsl, tree, wide], entry: `${entry}_wide` }
    : { name, cpu: { name }, wgsl, entry };
}

const askKernel = defineKernel({
  name: "denoise_ask",
  wgsl,
  entry: "ask",
  buffers: {
    ids: "read",
    states: "read",
    leaders: "read",
    slots: "readwrite",
    rows: "readwrite",
    starts: "readwrite",
  },
  scalars: {
    batch: "u32",
    length: "u32",
    sequence: "u32",
    promptLength: "u32",
    maskId: "u32",
    blockStart: "u32",
    asked: "u32",
  },
  grid: ({ batch }) => flatGrid(Math.ceil(batch / 8)),
});

const SHAPE = {
  batch: "u32",
  length: "u32",
  sequence: "u32",
  promptLength: "u32",
  vocab: "u32",
  maskId: "u32",
} as const;
const STEP = { blockStart: "u32", blockLength: "u32", step: "u32" } as const;
/** Which rows of logits there are. */
const PART = { first: "u32", count: "u32" } as const;

const proposeKernels = inBothForms((form) =>
  defineKernel({
    ...inForm(form, "propose"),
    buffers: {
      logits: "read",
      slots: "read",
      ids: "read",
      draws: "read",
      token: "readwrite",
      confidence: "readwrite",
      logp: "readwrite",
      entropy: "readwrite",
    },
    scalars: {
      ...SHAPE,
      ...STEP,
      seed: "u32",
      stream: "u32",
      randomRemasking: "u32",
      ...PART,
    },
    grid: ({ batch, blockLength }) =>
      flatGrid(form === "wide" ? batch * blockLength : Math.ceil(Math.ceil(batch / 8) * blockLength / 8)),
  })
);

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
    ...STEP,
    reveal: "u32",
  },
  grid: ({ batch }) => flatGrid(Math.ceil(batch / 8)),
});

const greedyKernels = inBothForms((form) =>
  defineKernel({
    ...inForm(form, "greedy"),
    buffers: { logits: "read", slots: "read", ids: "read", greedy: "readwrite" },
    scalars: {
      ...SHAPE,
      ...PART,
    },
    grid: ({ batch, length }) => flatGrid(form === "wide" ? batch * length : Math.ceil(batch * length / 64)),
  })
);

const topKKernels = inBothForms((form) =>
  defineKernel({
    ...inForm(form, "top_k"),
    buffers: {
      logits: "read",
      slots: "read",
      ids: "read",
      revealStep: "read",
      topTokens: "readwrite",
      topLogp: "readwrite",
    },
    scalars: {
      ...SHAPE,
      ...STEP,
      k: "u32",
      ...PART,
    },
    grid: ({ batch, blockLength }) =>
      flatGrid(form === "wide" ? batch * blockLength : Math.ceil(batch * blockLength / 64)),
  })
);

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

/** The logits that there are: the rows of slots `[first, first + count)`. */
export interface Part {
  readonly first: number;
  readonly count: number;
}

/** Logits, and where those of a position lie. */
export interface Logits {
  /** f32, rows of [vocab], those of a `Part`: positions whose row is not among them are left alone. */
  readonly logits: View;
  /** Row of `logits` of every position that `ask` asked for, u32 [batch, length]; others are never read. */
  readonly slots: View;
}

/** Which rows are in the same state, so that one of them stands for all. */
export interface Grouping {
  /** State of each row, u32 [batch]. */
  readonly states: View;
  /** A row that is in it, of each state, u32 [states]. */
  readonly leaders: View;
}

/**
 * Asks for the logits of the first `asked` masked positions from `blockStart` on, once per state. Every row has as
 * many. Written: `slots`, see `Logits`; rows: u32 [states * asked], the places of the positions among those of all
 * states, `state * sequence + promptLength + position`; starts: u32 [states + 1], the first of each state.
 * @throws RangeError if a shape or view does not fit
 */
export function ask(
  backend: Backend,
  { ids, states, leaders, slots, rows, starts }: Grouping & {
    ids: View;
    slots: View;
    rows: View;
    starts: View;
  },
  options: Omit<Shape, "vocab"> & { blockStart: number; asked: number },
): void {
  const { batch, length, sequence, promptLength, blockStart, asked } = options;
  if (promptLength + length > sequence || blockStart + asked > length) {
    throw new RangeError(
      `${asked} positions of a response of ${length} from ${blockStart} on, after a prompt of ${promptLength} in ` +
        `a sequence of ${sequence}: expected them inside`,
    );
  }
  checkViews({ ids, states, slots }, { ids: batch * sequence, states: batch, slots: batch * length });
  backend.run(askKernel, { ids, states, leaders, slots, rows, starts }, options);
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

/** Of each row the key of its random numbers and its temperature, 0 for the likeliest token: u32 [rows, 2]. */
export function drawsOf(rowKeys: ArrayLike<number>, temperatures: ArrayLike<number>): Uint32Array {
  const words = new Uint32Array(2 * rowKeys.length), floats = new Float32Array(words.buffer);
  for (let row = 0; row < rowKeys.length; row++) {
    const temperature = temperatures[row]!;
    if (!(temperature >= 0 && temperature < Infinity)) {
      throw new RangeError(`temperature is ${temperature}, expected a finite number of at least 0`);
    }
    words[2 * row] = rowKeys[row]!;
    floats[2 * row + 1] = temperature;
  }
  return words;
}

/**
 * Draws a candidate from softmax(logits / temperature), with its log-prob and entropy at temperature 1, for every
 * masked position of the block. Ties go to the lowest id.
 * @param views ids as in `RolloutState`; draws: see `drawsOf`
 * @throws RangeError if a shape or view does not fit
 */
export function propose(
  backend: Backend,
  { logits, slots, ids, draws }: Logits & { ids: View; draws: View },
  proposal: Proposal,
  options: Shape & Step & Part & { random: RandomKey; remasking: Remasking },
): void {
  const { batch, length, sequence, blockLength, vocab, count, random, remasking } = options;
  checkShape(options);
  checkBlock(options);
  checkViews({ logits, slots, ids, draws }, {
    logits: count * vocab,
    slots: batch * length,
    ids: batch * sequence,
    draws: batch * 2,
  });
  checkProposal(proposal, batch * blockLength);
  backend.run(proposeKernels[rowForm(vocab)], { logits, slots, ids, draws, ...proposal }, {
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
 * @param views ids as for `propose`; greedy: u32 [batch, length], written
 * @throws RangeError if a shape or view does not fit
 */
export function greedy(
  backend: Backend,
  { logits, slots, ids, greedy }: Logits & { ids: View; greedy: View },
  shape: Shape & Part,
): void {
  const { batch, length, sequence, vocab, count } = shape, size = batch * length;
  checkShape(shape);
  checkViews({ logits, slots, ids, greedy }, {
    logits: count * vocab,
    slots: size,
    ids: batch * sequence,
    greedy: size,
  });
  backend.run(greedyKernels[rowForm(vocab)], { logits, slots, ids, greedy }, shape);
}

/**
 * The k most likely tokens and their log-probs at temperature 1, descending, ties lowest id, at the positions
 * revealed in this step; others are left as they are. Call it after `reveal`, with the same logits.
 * @param views topTokens: u32 [batch, length, k]; topLogp: f32 [batch, length, k]
 * @throws RangeError if a shape or view does not fit, or k exceeds the vocabulary
 */
export function topK(
  backend: Backend,
  views: Logits & { ids: View; revealStep: View; topTokens: View; topLogp: View },
  options: Shape & Step & Part & { k: number },
): void {
  const { batch, length, sequence, vocab, count, k } = options;
  checkShape(options);
  checkBlock(options);
  if (!(k >= 1 && k <= vocab)) throw new RangeError(`k is ${k}, expected 1 to ${vocab}, the vocabulary`);
  const size = batch * length;
  const { logits, slots, ids, revealStep, topTokens, topLogp } = views;
  checkViews({ logits, slots, ids, revealStep, topTokens, topLogp }, {
    logits: count * vocab,
    slots: size,
    ids: batch * sequence,
    revealStep: size,
    topTokens: size * k,
    topLogp: size * k,
  });
  backend.run(topKKernels[rowForm(vocab)], { logits, slots, ids, revealStep, topTokens, topLogp }, options);
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
