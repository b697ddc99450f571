/**
 * Reinforcement learning of one policy: prompts -> rollouts -> rewards -> masked states -> advantages -> updates,
 * the same loop for every objective. Everything random is keyed by (seed, step, row), so a run that continues
 * from a checkpoint draws what an uninterrupted one would.
 */

import { Stream } from "../../kernels/philox/random.ts";
import type { Example, Task } from "../../tasks/task.ts";
import { sample, type Sampler } from "../diffusion/sampler.ts";
import type { WeightViews } from "../model/parameters.ts";
import { needsOf } from "../objectives/value.ts";
import type { Hyper, Objective, RolloutShape } from "../objectives/objective.ts";
import type { DecodingSettings } from "./grade_model.ts";
import type { AdamWSettings } from "./optimizer.ts";
import { planUpdates, recordingFor } from "./rollout_plan.ts";
import { learningRate, type LearningRateSchedule } from "./schedule.ts";
import { prepareUpdate } from "./prepared_update.ts";
import { beginUpdate, collectGradients, finishUpdate } from "./update.ts";
import { type EngineOptions, type MemoryMode, type UpdateEngine } from "./update_engine.ts";

export interface PolicySettings {
  /** Rollouts of the run; each is followed by `innerUpdates` times `miniBatches` updates. */
  readonly steps: number;
  readonly prompts: number;
  /** Responses per prompt. */
  readonly group: number;
  readonly innerUpdates: number;
  /** Updates that one pass over a rollout is cut into, by prompt; default 1. It divides `prompts`. */
  readonly miniBatches?: number;
  /** Over `steps`; inner updates of a step share its learning rate. */
  readonly schedule: LearningRateSchedule;
  readonly optimizer: AdamWSettings;
  readonly rollout: DecodingSettings;
}

/** One line of the step log. Plain numbers, so that two runs compare by bytes; null where one is not finite. */
export interface StepLog {
  /** From 1. */
  readonly step: number;
  readonly reward: number;
  /** Share of responses graded correct, strictly. */
  readonly correct: number;
  /** Share of prompts whose responses all earned the same reward, so that nothing is learnt from them. */
  readonly deadGroups: number;
  /** Mean entropy in nats of the distributions that tokens were revealed from. */
  readonly entropy: number | null;
  /**
   * Per update: the maximised objective, the gradient norm before clipping, and the number of non-finite
   * gradient elements.
   */
  readonly value: readonly (number | null)[];
  readonly gradNorm: readonly (number | null)[];
  readonly nonFinite: readonly number[];
  /** Per update: see `TrustMeasures`. `kl` and `maxRatio` are null without an anchor. */
  readonly maskShare: readonly number[];
  readonly kl: readonly (number | null)[];
  readonly maxRatio: readonly (number | null)[];
  readonly learningRate: number;
  /** Sequence forward passes of the policy so far, a backward pass counted as two. */
  readonly forwards: number;
  /** Those of rollouts alone. */
  readonly rolloutForwards: number;
  /** Texts rewarded so far: responses, and completions where the objective asks for them. */
  readonly rewardCalls: number;
}

/** A run stops as diverged after this many skipped updates within so many attempts. */
const MAX_SKIPS = 3;
const SKIP_WINDOW = 100;

/** Whether the log so far is that of a diverged run. */
export function hasDiverged(log: readonly StepLog[]): boolean {
  const skipped = log.flatMap(({ nonFinite }) => nonFinite.map((count) => count > 0));
  return skipped.slice(-SKIP_WINDOW).filter(Boolean).length >= MAX_SKIPS;
}

export interface PolicyRun {
  readonly task: Task;
  readonly seed: number;
  readonly settings: PolicySettings;
  readonly engine: UpdateEngine;
  readonly sampler: Sampler;
  /** Weights that responses are sampled with, where they are not the policy's: a stale or rounded copy. */
  readonly behaviour?: WeightViews;
  /** Called when the rollout of a step is graded and its updates begin; for whoever measures time. */
  readonly onRollout?: () => void;
}

/** One rollout and its updates. `log` holds the steps before; returns the line of this one. */
export async function policyStep(run: PolicyRun, log: readonly StepLog[]): Promise<StepLog> {
  const { task, seed, settings, engine, sampler } = run;
  const { prompts, group, rollout, optimizer } = settings;
  const { learner, objective, hyper } = engine, { config } = learner.model;
  const step = log.length;

  // prompts -> trajectories
  const examples = Array.from(
    { length: prompts },
    (_, i) => task.generate("train", seed, step * prompts + i),
  );
  const rows = examples.flatMap((example, prompt) =>
    Array.from({ length: group }, (_, g) => ({ example, prompt, key: (step * prompts + prompt) * group + g }))
  );
  const trajectories = await sample(
    sampler,
    run.behaviour ?? learner.parameters.views,
    rows.map(({ example }) => task.vocabulary.encode(example.prompt)),
    rows.map(({ key }) => key),
    task.responseLength,
    { ...rollout, remasking: "low-confidence", ...recordingFor(objective, hyper, config) },
    { seed, stream: Stream.rolloutTokens },
  );

  // trajectories -> rewards
  const responses = trajectories.map(({ tokens }, i) => ({
    example: rows[i]!.example,
    text: task.vocabulary.decode(tokens),
  }));
  const rewards = await task.rewards(responses);
  let rewardCalls = responses.length;
  const grades = await task.grades(responses);
  const correct = grades.filter(({ strict }) => strict.correct).length;

  run.onRollout?.();

  // masked states of every update; old and reference passes before the first changes the policy
  const planned = await planUpdates(
    { trajectories, rewards, groups: rows.map(({ prompt }) => prompt) },
    {
      objective,
      hyper,
      config,
      step,
      random: { seed, stream: Stream.objectiveStates },
      miniBatches: settings.miniBatches ?? 1,
      ...shapeOf(settings),
    },
    (completions) => {
      rewardCalls += completions.length;
      return task.rewards(completions.map(({ response, tokens }) => ({
        example: rows[response]!.example,
        text: task.vocabulary.decode(tokens),
      })));
    },
  );
  const updates = planned.map(({ states, facts, recordedAnchor, recordedTop }) =>
    prepareUpdate(learner, objective, hyper, states, facts, recordedAnchor, recordedTop)
  );
  updates.forEach((update, index) => beginUpdate(engine, index, update));

  // log-probs -> weights -> gradients -> AdamW
  const rate = learningRate(settings.schedule, step, settings.steps);
  const results = [];
  for (const [index, update] of updates.entries()) {
    collectGradients(engine, index, update);
    results.push(
      await finishUpdate(engine, index, update, optimizer, rate, step * updates.length + index + 1),
    );
  }

  const cost = { objective, hyper, mode: engine.mode, exactKl: engine.beside !== null };
  const rolloutForwards = rows.length * rollout.steps, before = log.at(-1);
  const forwards = updates.reduce(
    (sum, { states }, index) => sum + states.length * forwardsPerState(cost, index),
    rolloutForwards,
  );
  return {
    step: step + 1,
    reward: mean(rewards),
    correct: correct / rows.length,
    deadGroups: deadShare(rewards, group),
    entropy: finite(mean(trajectories.map(({ entropy }) => mean(entropy)))),
    value: results.map(({ value }) => finite(value)),
    gradNorm: results.map(({ gradNorm }) => finite(gradNorm)),
    nonFinite: results.map(({ nonFinite }) => nonFinite),
    maskShare: results.map(({ trust }) => trust.maskShare),
    kl: results.map(({ trust: { kl } }) => kl === null ? null : finite(kl)),
    maxRatio: results.map(({ trust: { maxRatio } }) => maxRatio === null ? null : finite(maxRatio)),
    learningRate: rate,
    forwards: (before?.forwards ?? 0) + forwards,
    rolloutForwards: (before?.rolloutForwards ?? 0) + rolloutForwards,
    rewardCalls: (before?.rewardCalls ?? 0) + rewardCalls,
  };
}

/** What decides the number of states of a plan. */
export function shapeOf(
  { innerUpdates, rollout }: Pick<PolicySettings, "innerUpdates" | "rollout">,
): RolloutShape {
  return { innerUpdates, rolloutSteps: rollout.steps };
}

/** What decides how many forward passes a state costs. */
export interface StateCost {
  readonly objective: Pick<Objective, "anchor" | "needsReference" | "scope" | "recomputed">;
  readonly hyper: Hyper;
  readonly mode: MemoryMode;
  /** Whether an exact KL to a reference model is part of the loss. */
  readonly exactKl: boolean;
}

/** Forward passes that one state of inner update `index` costs; a backward pass counts as two. */
export function forwardsPerState({ objective, hyper, mode, exactKl }: StateCost, index: number): number {
  const old = index === 0 ? 0 : (objective.anchor === "old" ? 1 : 0) + (objective.recomputed ? 1 : 0);
  const reference = (needsOf(objective, hyper).reference ? 1 : 0) + (exactKl ? 1 : 0);
  const firstPass = objective.scope === "response" && mode === "two-pass" ? 1 : 0;
  return 3 + old + reference + firstPass;
}

/** Updates that go over one rollout. */
export function updatesPerRollout(
  { innerUpdates, miniBatches = 1 }: Pick<PolicySettings, "innerUpdates" | "miniBatches">,
): number {
  return innerUpdates * miniBatches;
}

/** Buffers that the updates of a run need: spread into the options of `createUpdateEngine`. */
export function engineSizes(
  settings: Pick<PolicySettings, "prompts" | "group" | "innerUpdates" | "miniBatches" | "rollout">,
  objective: Objective,
  hyper: Hyper,
  responseLength: number,
): Pick<EngineOptions, "innerUpdates" | "capacity"> {
  const responses = settings.prompts * settings.group / (settings.miniBatches ?? 1);
  const states = responses * objective.statesPerResponse(hyper, shapeOf(settings));
  return {
    innerUpdates: updatesPerRollout(settings),
    capacity: { responses, states, targets: states * responseLength },
  };
}

/** Forward passes of one step: the rollout, and `states` masked states per response in every inner update. */
export function forwardsPerStep(
  settings: Pick<PolicySettings, "prompts" | "group" | "innerUpdates" | "miniBatches" | "rollout">,
  states: number,
  cost: StateCost,
): number {
  const responses = settings.prompts * settings.group;
  let total = responses * settings.rollout.steps;
  for (let index = 0; index < updatesPerRollout(settings); index++) {
    total += responses / (settings.miniBatches ?? 1) * states * forwardsPerState(cost, index);
  }
  return total;
}

function deadShare(rewards: readonly number[], group: number): number {
  const groups = rewards.length / group;
  let dead = 0;
  for (let g = 0; g < groups; g++) {
    const members = rewards.slice(g * group, (g + 1) * group);
    if (members.every((reward) => reward === members[0])) dead++;
  }
  return dead / groups;
}

/** JSON has neither NaN nor infinities. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Generated examples that no training split holds, for evaluation: the same for every model. */
export function heldOutExamples(task: Task, seed: number, count: number): Example[] {
  return Array.from({ length: count }, (_, index) => task.generate("test", seed, index));
}
