/** What the numbers of a suite mean for a model, a task and an objective: pure functions of the suite. */

import type { Task } from "../../tasks/task.ts";
import { checkConfig, type ModelConfig } from "../model/config.ts";
import { forwardFlops } from "../model/flops.ts";
import type { Objective } from "../objectives/objective.ts";
import { forwardsPerStep } from "../train/cost.ts";
import type { PolicySettings } from "../train/policy.ts";
import { shapeOf } from "../train/rollout_plan.ts";
import type { MemoryMode } from "../train/update_engine.ts";
import { type Decoding, SuiteError } from "./names.ts";
import type { Suite } from "./suite.ts";

/** The model of a suite for a vocabulary. @throws ConfigError if its sizes are inconsistent */
export function modelConfig(
  { model }: Suite,
  { maskId, eosId }: { maskId: number; eosId: number },
): ModelConfig {
  const { ropeTheta = 0, ...sizes } = model;
  return checkConfig({
    ...sizes,
    ropeTheta,
    headDim: model.dim / model.heads,
    maskId,
    eosId,
    tiedHead: false,
  });
}

/** What a suite says about an objective. @throws SuiteError if it does not list it */
export function objectiveEntry(
  suite: Suite,
  { id }: Pick<Objective, "id">,
): Suite["objectives"][string] {
  const entry = suite.objectives[id];
  if (entry) return entry;
  throw new SuiteError(
    `suite ${suite.id} has no objective "${id}"; it has ${Object.keys(suite.objectives).join(", ")}`,
  );
}

/** All settings of an objective in a suite: its defaults with the suite's changes. @throws SuiteError */
export function objectiveSettings(
  suite: Suite,
  objective: Pick<Objective, "id" | "defaults">,
): Record<string, number> {
  return { ...objective.defaults, ...objectiveEntry(suite, objective).settings };
}

/** Decoding of a test set: blocks and steps in the proportion of the suite's, whatever the response length. */
export function decodingFor(suite: Suite, task: Task, responseLength: number, decoding: Decoding) {
  const { steps, blockLength } = suite.tasks[task.id]!.decoding;
  const temperature = decoding === "greedy" ? 0 : suite.rl.temperature;
  if (responseLength === task.responseLength) return { steps, blockLength, temperature };
  // Tokens per step stay those of training.
  const whole = Math.ceil(responseLength * steps / task.responseLength);
  return { steps: whole, blockLength: responseLength, temperature };
}

/** Floating-point operations of one sequence's forward pass on a task, with logits at every response position. */
export function taskForwardFlops(suite: Suite, task: Task): number {
  const { promptLength, responseLength, vocabulary } = task;
  return forwardFlops(modelConfig(suite, vocabulary), promptLength + responseLength, responseLength);
}

/** How one cell trains: the same for every seed. @throws SuiteError if the budget does not pay a single rollout */
export function policySettings(
  suite: Suite,
  task: Task,
  objective: Objective,
  mode: MemoryMode,
): PolicySettings {
  const { budget, prompts, group, warmup } = suite.rl;
  const { learningRate, updates } = objectiveEntry(suite, objective);
  const settings = {
    steps: 1,
    prompts,
    group,
    innerUpdates: updates.inner,
    miniBatches: updates.miniBatches,
    schedule: { peak: learningRate, warmup, decay: "constant", final: 1 },
    optimizer: suite.optimizer,
    rollout: decodingFor(suite, task, task.responseLength, "sampled"),
  } as const;
  if ("rollouts" in budget) return { ...settings, steps: budget.rollouts };
  const each = forwardsPerRollout(suite, objective, settings, mode) * taskForwardFlops(suite, task);
  const steps = Math.floor(budget.flops / each);
  if (steps >= 1) return { ...settings, steps };
  throw new SuiteError(
    `suite ${suite.id}: rl.budget.flops is ${budget.flops}, and one rollout of ${objective.id} on ${task.id} ` +
      `with its updates costs ${each}`,
  );
}

/** Sequence forward passes of one rollout and its updates, a backward pass counted as two. */
function forwardsPerRollout(
  suite: Suite,
  objective: Objective,
  settings: PolicySettings,
  mode: MemoryMode,
): number {
  const hyper = objectiveSettings(suite, objective);
  const states = objective.statesPerResponse(hyper, shapeOf(settings));
  return forwardsPerStep(settings, states, { objective, hyper, mode });
}

/** Forward passes of training a cell, evaluation not included. */
export function cellForwards(suite: Suite, task: Task, objective: Objective, mode: MemoryMode): number {
  const settings = policySettings(suite, task, objective, mode);
  return settings.steps * forwardsPerRollout(suite, objective, settings, mode);
}
