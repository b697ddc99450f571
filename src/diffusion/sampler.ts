/**
 * The reverse process: block-wise decoding with low-confidence remasking (LLaDA, Nie et al. 2025). All denoising
 * steps of a batch are encoded without a readback; one wait brings the finished trajectories back.
 */

import type { View } from "../../kernels/backend.ts";
import * as denoise from "../../kernels/denoise/mod.ts";
import type { RandomKey } from "../../kernels/philox/random.ts";
import {
  allocateScratch,
  allocateTransient,
  freeViews,
  type Saved,
  type Scratch,
} from "../model/activations.ts";
import type { WeightViews } from "../model/parameters.ts";
import { forward, type Transformer } from "../model/transformer.ts";
import { denoisingSchedule } from "./schedule.ts";
import type { Trajectory } from "./trajectory.ts";

export interface SamplerSettings {
  /** Denoising steps for a whole response. */
  readonly steps: number;
  readonly blockLength: number;
  /** 0 decodes greedily. */
  readonly temperature: number;
  readonly remasking: denoise.Remasking;
  /** Also record the argmax of every position at every step. */
  readonly recordGreedy?: boolean;
  /** Also record the K most likely tokens where each token was revealed. */
  readonly recordTopK?: number;
  /** Also record the candidate that was drawn at every masked position of the block at every step. */
  readonly recordProposals?: boolean;
}

/** Buffers for rollouts of up to `batch` responses of `length` tokens, in sequences of up to `sequence`. */
export interface Sampler {
  readonly model: Transformer;
  readonly limits: { readonly batch: number; readonly sequence: number; readonly length: number };
  readonly saved: Saved;
  readonly scratch: Scratch;
  readonly targetRows: View;
  readonly rowKeys: View;
  readonly proposal: denoise.Proposal;
  readonly state: denoise.RolloutState;
}

/** Plans the buffers of a sampler. */
export function createSampler(model: Transformer, limits: Sampler["limits"]): Sampler {
  const { backend, config } = model;
  const { batch, sequence, length } = limits;
  const rows = { rows: batch * sequence, targets: batch * length };
  const allocate = (name: string, size: number) => backend.allocate(`sampler ${name}`, size);
  return {
    model,
    limits,
    saved: allocateTransient(backend, config, rows, "sampler activations"),
    scratch: allocateScratch(backend, config, rows),
    targetRows: allocate("target rows", batch * length),
    rowKeys: allocate("row keys", batch),
    proposal: denoise.allocateProposal(backend, batch, length),
    state: {
      ids: allocate("ids", batch * sequence),
      revealStep: allocate("reveal steps", batch * length),
      logp: allocate("logp", batch * length),
      entropy: allocate("entropy", batch * length),
    },
  };
}

/** Frees what `createSampler` allocated. */
export function freeSampler(
  { model, saved, scratch, targetRows, rowKeys, proposal, state }: Sampler,
): void {
  freeViews(model.backend, { saved, scratch, targetRows, rowKeys, proposal, state });
}

/** What responses are asked for. */
export interface SampleRequest {
  /** Of any lengths; prompts of one length share batches, and results do not depend on the batch. */
  readonly prompts: readonly Uint32Array[];
  /** u32 per prompt: the identity of its random numbers. */
  readonly rowKeys: readonly number[];
  /** Tokens of a response. */
  readonly length: number;
  readonly random: RandomKey;
}

/**
 * One response per prompt.
 * @throws RangeError if a prompt and its response exceed the sampler's sequence
 */
export async function sample(
  sampler: Sampler,
  weights: WeightViews,
  { prompts, rowKeys, length, random }: SampleRequest,
  settings: SamplerSettings,
): Promise<Trajectory[]> {
  const { batch, sequence, length: maxLength } = sampler.limits;
  const results: Trajectory[] = new Array(prompts.length);
  const byLength = new Map<number, number[]>();
  prompts.forEach((prompt, i) => {
    if (prompt.length + length > sequence || length > maxLength) {
      throw new RangeError(
        `a prompt of ${prompt.length} tokens and a response of ${length} exceed the sampler's ${sequence} ` +
          `tokens with responses of at most ${maxLength}`,
      );
    }
    const group = byLength.get(prompt.length);
    if (group) group.push(i);
    else byLength.set(prompt.length, [i]);
  });
  for (const members of byLength.values()) {
    for (let at = 0; at < members.length; at += batch) {
      const chunk = members.slice(at, at + batch);
      const request = {
        prompts: chunk.map((i) => prompts[i]!),
        rowKeys: chunk.map((i) => rowKeys[i]!),
        length,
        random,
      };
      const trajectories = await sampleBatch(sampler, weights, request, settings);
      trajectories.forEach((trajectory, i) => results[chunk[i]!] = trajectory);
    }
  }
  return results;
}

/** Responses to prompts of one length, in one batch. */
async function sampleBatch(
  { model, saved, scratch, targetRows, rowKeys, proposal, state }: Sampler,
  weights: WeightViews,
  { prompts, length, random, ...request }: SampleRequest,
  settings: SamplerSettings,
): Promise<Trajectory[]> {
  const { backend, config: { vocab, maskId } } = model;
  const { steps, blockLength, temperature, remasking, recordGreedy, recordTopK: k, recordProposals } =
    settings;
  const batch = prompts.length, promptLength = prompts[0]!.length, sequence = promptLength + length;
  const shape = { batch, length, sequence, promptLength, vocab, maskId };
  const schedule = denoisingSchedule({ responseLength: length, steps, blockLength });

  const ids = new Uint32Array(batch * sequence).fill(maskId);
  prompts.forEach((prompt, row) => ids.set(prompt, row * sequence));
  backend.write(state.ids, ids);
  backend.write(rowKeys, Uint32Array.from(request.rowKeys));
  backend.write(
    targetRows,
    Uint32Array.from(
      { length: batch * length },
      (_, i) => Math.floor(i / length) * sequence + promptLength + i % length,
    ),
  );
  const greedy = recordGreedy
    ? schedule.map(({ step }) => backend.allocate(`greedy ${step}`, batch * length))
    : [];
  const topTokens = k ? backend.allocate("top tokens", batch * length * k) : null;
  const topLogp = k ? backend.allocate("top logp", batch * length * k) : null;
  const proposals = recordProposals
    ? schedule.map(({ step }) => backend.allocate(`proposals ${step}`, batch * blockLength))
    : [];

  try {
    for (const { reveal, ...step } of schedule) {
      const rollout = {
        input: { ids: state.ids, targetRows },
        shape: { batch, sequence, targets: batch * length },
      };
      forward(model, weights, rollout, { saved, scratch });
      const views = { logits: saved.logits, ids: state.ids };
      if (recordGreedy) denoise.greedy(backend, { ...views, greedy: greedy[step.step]! }, shape);
      denoise.propose(backend, { ...views, rowKeys }, proposal, {
        ...shape,
        ...step,
        temperature,
        random,
        remasking,
      });
      if (recordProposals) {
        backend.copy({ ...proposal.token, length: batch * blockLength }, proposals[step.step]!);
      }
      denoise.reveal(backend, proposal, state, { ...shape, ...step, reveal });
      if (topTokens && topLogp) {
        const top = { revealStep: state.revealStep, topTokens, topLogp };
        denoise.topK(backend, { ...views, ...top }, { ...shape, ...step, k: k! });
      }
    }
    const head = (view: View, size: number): View => ({ ...view, length: size });
    const [finalIds, revealStep, logp, entropy, ...extra] = await backend.read(
      head(state.ids, batch * sequence),
      head(state.revealStep, batch * length),
      head(state.logp, batch * length),
      head(state.entropy, batch * length),
      ...greedy,
      ...(topTokens && topLogp ? [topTokens, topLogp] : []),
    );
    const proposed = proposals.length === 0
      ? []
      : (await backend.read(...proposals)).map((buffer) => new Uint32Array(buffer));
    const words = extra.map((buffer) => new Uint32Array(buffer));
    const part = <T extends Uint32Array | Float32Array>(array: T, row: number, width: number): T =>
      array.slice(row * width, (row + 1) * width) as T;
    return prompts.map((prompt, row): Trajectory => ({
      prompt,
      tokens: part(new Uint32Array(finalIds!), row, sequence).slice(promptLength),
      revealStep: part(new Uint32Array(revealStep!), row, length),
      logp: part(new Float32Array(logp!), row, length),
      entropy: part(new Float32Array(entropy!), row, length),
      ...(recordGreedy && {
        greedy: Uint32Array.from(greedy.flatMap((_, step) => [...part(words[step]!, row, length)])),
      }),
      ...(k && {
        topTokens: part(words.at(-2)!, row, length * k),
        topLogp: part(new Float32Array(extra.at(-1)!), row, length * k),
      }),
      ...(recordProposals && {
        proposed: Uint32Array.from(
          schedule.flatMap(({ step, blockStart }) =>
            Array.from({ length }, (_, i) => {
              const inBlock = i >= blockStart && i < blockStart + blockLength;
              const masked = inBlock && new Uint32Array(revealStep!)[row * length + i]! >= step;
              return masked ? proposed[step]![row * blockLength + i - blockStart]! : maskId;
            })
          ),
        ),
      }),
    }));
  } finally {
    for (const view of [...greedy, topTokens, topLogp, ...proposals]) if (view) backend.free(view);
  }
}
