/** A base model in training on the device of a site, and rollouts from it: what every measurement starts from. */

import { Stream } from "../../../kernels/philox/random.ts";
import { taskById } from "../../../tasks/registry.ts";
import type { Example, Task } from "../../../tasks/task.ts";
import type { Suite } from "../../suite/suite.ts";
import { modelConfig } from "../../suite/settings.ts";
import {
  createSampler,
  freeSampler,
  sample,
  type Sampler,
  type SamplerSettings,
} from "../../diffusion/sampler.ts";
import type { Trajectory } from "../../diffusion/trajectory.ts";
import { loadParameters, type NamedTensors } from "../../model/parameters.ts";
import { createLearner, freeLearner, type Learner } from "../../train/learner.ts";
import type { Place, Site } from "../claim.ts";

/** States per micro-batch of every measurement. */
const MICRO_BATCH = 64;

export interface Laboratory extends AsyncDisposable {
  readonly suite: Suite;
  readonly task: Task;
  readonly seed: number;
  readonly learner: Learner;
  readonly sampler: Sampler;
  /** Parameters of the base model. */
  readonly base: NamedTensors;
  readonly decoding: Pick<SamplerSettings, "steps" | "blockLength">;
  /** Puts the base model back. */
  reset(): void;
}

/** Loads the base model of a place into a new learner. Dispose the laboratory when the measurement is done. */
export async function openLaboratory(
  site: Site,
  place: Place,
  microBatch = MICRO_BATCH,
): Promise<Laboratory> {
  const { backend, suite } = site;
  const tensors = await site.base(place);
  const task = taskById(place.task);
  const sequence = task.promptLength + task.responseLength;
  const learner = createLearner(backend, modelConfig(suite, task.vocabulary), tensors, {
    rows: microBatch * sequence,
    targets: microBatch * task.responseLength,
  });
  const sampler = createSampler(learner.model, { batch: MICRO_BATCH, sequence, length: task.responseLength });
  return {
    suite,
    task,
    seed: place.seed,
    learner,
    sampler,
    base: tensors,
    decoding: suite.tasks[task.id]!.decoding,
    reset: () => loadParameters(backend, learner.parameters, tensors),
    async [Symbol.asyncDispose]() {
      freeSampler(sampler);
      freeLearner(learner);
      await task.close?.();
    },
  };
}

/** How many prompts, and responses to each. */
export interface BatchSize {
  readonly prompts: number;
  readonly group: number;
}

/** Responses with their rewards. */
export interface Batch {
  readonly examples: readonly Example[];
  readonly trajectories: readonly Trajectory[];
  readonly rewards: readonly number[];
  /** Prompt of each response. */
  readonly groups: readonly number[];
}

/**
 * Rolls the current policy out at temperature 1. Batches of different `index` have different prompts and draws.
 */
export async function rollOut(
  { task, seed, learner, sampler, decoding }: Laboratory,
  { prompts, group }: BatchSize,
  index: number,
  record: Pick<SamplerSettings, "recordGreedy" | "recordTopK" | "recordProposals"> = {},
): Promise<Batch> {
  const rows = Array.from({ length: prompts * group }, (_, i) => {
    const prompt = Math.floor(i / group);
    return { prompt, key: index * prompts * group + i };
  });
  const examples = Array.from(
    { length: prompts },
    (_, i) => task.generate("train", seed, index * prompts + i),
  );
  const ids = examples.map(({ prompt }) => task.vocabulary.encode(prompt));
  const trajectories = await sample(
    sampler,
    learner.parameters.views,
    {
      prompts: rows.map(({ prompt }) => ids[prompt]!),
      rowKeys: rows.map(({ key }) => key),
      length: task.responseLength,
      random: { seed, stream: Stream.rolloutTokens },
    },
    { ...decoding, temperature: 1, remasking: "low-confidence", ...record },
  );
  const rewards = await task.rewards(trajectories.map(({ tokens }, i) => ({
    example: examples[rows[i]!.prompt]!,
    text: task.vocabulary.decode(tokens),
  })));
  return {
    examples: rows.map(({ prompt }) => examples[prompt]!),
    trajectories,
    rewards,
    groups: rows.map(({ prompt }) => prompt),
  };
}
