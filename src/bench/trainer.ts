/** Everything on a device that one cell trains with. */

import type { Backend } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import { createSampler, freeSampler, type Sampler } from "../diffusion/sampler.ts";
import type { NamedTensors } from "../model/parameters.ts";
import type { Objective } from "../objectives/objective.ts";
import { engineSizes } from "../train/cost.ts";
import { createLearner, freeLearner, type Learner } from "../train/learner.ts";
import type { PolicySettings } from "../train/policy.ts";
import {
  createUpdateEngine,
  freeUpdateEngine,
  keptBytes,
  type MemoryMode,
  type UpdateEngine,
} from "../train/update_engine.ts";
import { samplerLimits } from "./model_scores.ts";
import type { Suite } from "../suite/suite.ts";
import { modelConfig, objectiveSettings, policySettings } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";

/** Of graphs, beside what two-pass needs: a machine that runs a benchmark has them, and an update is a fifth faster. */
const KEPT_BYTES = 64 * 2 ** 20;

export interface Trainer extends Disposable {
  readonly learner: Learner;
  readonly sampler: Sampler;
  readonly engine: UpdateEngine;
  readonly settings: PolicySettings;
}

/**
 * Plans every buffer of a cell, with the base model as policy and, where the objective holds the policy to it, as
 * reference. The sampler has room for `sets`. Dispose it to free them.
 * @throws SuiteError if the budget does not pay a single rollout
 */
export function createTrainer(
  backend: Backend,
  { suite, task, objective, mode }: {
    readonly suite: Suite;
    readonly task: Task;
    readonly objective: Objective;
    readonly mode: MemoryMode;
  },
  base: NamedTensors,
  sets: readonly TestSet[],
): Trainer {
  const settings = policySettings(suite, task, objective, mode);
  const hyper = objectiveSettings(suite, objective);
  const config = modelConfig(suite, task.vocabulary);
  const learner = createLearner(backend, config, base, {
    rows: suite.rl.microBatch * (task.promptLength + task.responseLength),
    targets: suite.rl.microBatch * task.responseLength,
  });
  const sampler = createSampler(learner.model, samplerLimits(suite, task, sets));
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    keepBytes: KEPT_BYTES,
    ...engineSizes(settings, objective, hyper, task.responseLength),
    reference: base,
  });
  return {
    learner,
    sampler,
    engine,
    settings,
    [Symbol.dispose]() {
      freeUpdateEngine(engine);
      freeSampler(sampler);
      freeLearner(learner);
    },
  };
}

/**
 * Bytes of the largest sum of device buffers since the peak was reset before the trainer was made, without the graphs
 * that are kept for speed alone: what the algorithm needs.
 */
export function neededBytes({ learner: { backend }, engine }: Trainer): number {
  return backend.memory().peakBytes - keptBytes(engine);
}
