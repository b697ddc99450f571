/**
 * The reverse process: block-wise decoding with low-confidence remasking (LLaDA, Nie et al. 2025). All denoising
 * steps of a batch are encoded without a readback; one wait brings the finished trajectories back.
 *
 * The model runs once for all responses that are in the same state, and its last layer at the positions alone that a
 * step reads. At the first step states are known to be the prompts; later only where reading them back is free.
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
import { allocateForward, type ForwardViews, rowStarts } from "../model/batch.ts";
import type { WeightViews } from "../model/parameters.ts";
import { headForward } from "../model/head.ts";
import { chunksOf } from "../model/logit_chunks.ts";
import { forward, type Transformer } from "../model/transformer.ts";
import { distinctStates, ownStates } from "./distinct_states.ts";
import { denoisingSchedule } from "./schedule.ts";
import type { Trajectory } from "./trajectory.ts";

export interface SamplerSettings {
  /** Denoising steps for a whole response. */
  readonly steps: number;
  readonly blockLength: number;
  /** 0 decodes greedily; one for all prompts, or one for each. */
  readonly temperature: number | readonly number[];
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
  /** One sequence per state; `ids` only where states are known. */
  readonly input: ForwardViews;
  readonly grouping: denoise.Grouping;
  readonly slots: View;
  readonly draws: View;
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
    input: allocateForward(backend, rows, "sampler input"),
    grouping: { states: allocate("states", batch), leaders: allocate("leaders", batch) },
    slots: allocate("slots", batch * length),
    draws: allocate("draws", 2 * batch),
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
export function freeSampler({ model, limits: _, ...buffers }: Sampler): void {
  freeViews(model.backend, buffers);
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
  const { batch, sequence, length: maxLength } = sampler.limits, { temperature } = settings;
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
      const trajectories = await sampleBatch(sampler, weights, request, {
        ...settings,
        temperature: chunk.map((i) => typeof temperature === "number" ? temperature : temperature[i]!),
      });
      trajectories.forEach((trajectory, i) => results[chunk[i]!] = trajectory);
    }
  }
  return results;
}

const head = (view: View, size: number): View => ({ ...view, length: size });

/**
 * Groups the rows of a batch by their state: by their ids, or each alone where these are not known on the host.
 * Returns the sequences that the model runs on, and how many they are.
 */
function groupRows(
  { model: { backend }, input, grouping, state }: Sampler,
  { batch, sequence }: { readonly batch: number; readonly sequence: number },
  onHost: Uint32Array | null,
): { ids: View; states: number } {
  const { states, leaders } = onHost ? distinctStates(onHost, sequence) : ownStates(batch);
  backend.write(grouping.states, states);
  backend.write(grouping.leaders, leaders);
  if (!onHost) return { ids: state.ids, states: batch };
  const ids = new Uint32Array(leaders.length * sequence);
  leaders.forEach((row, at) => ids.set(onHost.subarray(row * sequence, (row + 1) * sequence), at * sequence));
  backend.write(input.ids, ids);
  return { ids: input.ids, states: leaders.length };
}

/** Responses to prompts of one length, in one batch. */
async function sampleBatch(
  sampler: Sampler,
  weights: WeightViews,
  { prompts, length, random, ...request }: SampleRequest,
  settings: SamplerSettings & { readonly temperature: readonly number[] },
): Promise<Trajectory[]> {
  const { model, saved, scratch, input, slots, draws, proposal, state } = sampler;
  const { backend, config: { vocab, maskId } } = model;
  const { steps, blockLength, temperature, remasking, recordGreedy, recordTopK: k, recordProposals } =
    settings;
  const batch = prompts.length, promptLength = prompts[0]!.length, sequence = promptLength + length;
  const shape = { batch, length, sequence, promptLength, vocab, maskId };
  const schedule = denoisingSchedule({ responseLength: length, steps, blockLength });

  const listed = { slots, rows: input.targetRows, starts: input.targetStarts };

  const ids = new Uint32Array(batch * sequence).fill(maskId);
  prompts.forEach((prompt, row) => ids.set(prompt, row * sequence));
  backend.write(state.ids, ids);
  backend.write(input.rowStarts, rowStarts({ batch, sequence }));
  backend.write(draws, denoise.drawsOf(request.rowKeys, temperature));
  const greedy = recordGreedy
    ? schedule.map(({ step }) => backend.allocate(`greedy ${step}`, batch * length))
    : [];
  const topTokens = k ? backend.allocate("top tokens", batch * length * k) : null;
  const topLogp = k ? backend.allocate("top logp", batch * length * k) : null;
  const proposals = recordProposals
    ? schedule.map(({ step }) => backend.allocate(`proposals ${step}`, batch * blockLength))
    : [];

  try {
    let group = groupRows(sampler, shape, ids);
    for (const { reveal, masked, ...step } of schedule) {
      if (step.step > 0 && backend.traits.readsAreFree) {
        const [words] = await backend.read(head(state.ids, batch * sequence));
        group = groupRows(sampler, shape, new Uint32Array(words!));
      } else if (step.step === 1) group = groupRows(sampler, shape, null);

      // Every row has as many masked positions, so how many are read is known without a look at them.
      const asked = masked + (recordGreedy ? length - step.blockStart - blockLength : 0);
      denoise.ask(backend, { ...sampler.grouping, ...listed, ids: state.ids }, {
        ...shape,
        blockStart: step.blockStart,
        asked,
      });
      const rollout = {
        input: { ...input, ids: group.ids },
        shape: { batch: group.states, sequence, targets: group.states * asked },
      };
      forward(model, weights, rollout, { saved, scratch });
      const parts = chunksOf(model.config, scratch.logits, rollout.shape.targets);
      // Where nothing is masked there is nothing to read, but what is recorded of it.
      if (parts.length === 0) parts.push({ first: 0, count: 0 });
      const views = { logits: scratch.logits, slots, ids: state.ids };
      for (const part of parts) {
        if (part.count > 0) headForward(model, weights, { saved, scratch }, part);
        if (recordGreedy) {
          denoise.greedy(backend, { ...views, greedy: greedy[step.step]! }, { ...shape, ...part });
        }
        denoise.propose(backend, { ...views, draws }, proposal, {
          ...shape,
          ...step,
          ...part,
          random,
          remasking,
        });
      }
      if (recordProposals) {
        backend.copy({ ...proposal.token, length: batch * blockLength }, proposals[step.step]!);
      }
      denoise.reveal(backend, proposal, state, { ...shape, ...step, reveal });
      if (topTokens && topLogp) {
        const top = { revealStep: state.revealStep, topTokens, topLogp };
        for (const part of parts) {
          if (parts.length > 1) headForward(model, weights, { saved, scratch }, part);
          denoise.topK(backend, { ...views, ...top }, { ...shape, ...step, ...part, k: k! });
        }
      }
    }
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
