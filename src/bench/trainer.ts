/** Everything on a device that one cell trains with. */

import type { Backend } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import { createSampler, freeSampler, type Sampler } from "../diffusion/sampler.ts";
import {
  allocateParameters,
  freeParameters,
  layoutParameters,
  loadParameters,
  type NamedTensors,
} from "../model/parameters.ts";
import { needsOf } from "../objectives/evaluate.ts";
import type { Objective } from "../objectives/objective.ts";
import { createLearner, freeLearner, type Learner } from "../train/learner.ts";
import { type PolicySettings, shapeOf } from "../train/policy.ts";
import { createUpdateEngine, freeUpdateEngine, type MemoryMode, type UpdateEngine } from "../train/update.ts";
import { samplerLimits } from "./evaluation.ts";
import type { Suite } from "./suite.ts";
import { distributionTerms, modelConfig, objectiveSettings, policySettings } from "./suite_settings.ts";
import type { TestSet } from "./test_sets.ts";

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
  { suite, task, objective }: { readonly suite: Suite; readonly task: Task; readonly objective: Objective },
  base: NamedTensors,
  sets: readonly TestSet[],
  mode: MemoryMode,
): Trainer {
  const settings = policySettings(suite, task, objective, mode);
  const hyper = objectiveSettings(suite, objective);
  const distribution = distributionTerms(objective, hyper);
  const config = modelConfig(suite, task.vocabulary);
  const learner = createLearner(backend, config, base, {
    rows: suite.rl.microBatch * (task.promptLength + task.responseLength),
    targets: suite.rl.microBatch * task.responseLength,
  });
  const reference = needsOf(objective, hyper).reference || distribution.kl
    ? allocateParameters(backend, layoutParameters(config, backend.traits.maxBufferElements), "reference")
    : null;
  if (reference) loadParameters(backend, reference, base);
  const sampler = createSampler(learner.model, samplerLimits(suite, task, sets));
  const responses = settings.prompts * settings.group;
  const states = responses * objective.statesPerResponse(hyper, shapeOf(settings));
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    innerUpdates: settings.innerUpdates,
    capacity: { responses, states, targets: states * task.responseLength },
    reference,
    distribution,
  });
  return {
    learner,
    sampler,
    engine,
    settings,
    [Symbol.dispose]() {
      freeUpdateEngine(engine);
      freeSampler(sampler);
      if (reference) freeParameters(backend, reference);
      freeLearner(learner);
    },
  };
}
