/**
 * Reinforcement learning of one policy: prompts -> rollouts -> rewards -> masked states -> advantages -> updates,
 * the same loop for every objective. Everything random is keyed by (seed, step, row), so a run that continues
 * from a checkpoint draws what an uninterrupted one would.
 */

import { Stream } from "../../kernels/philox/random.ts";
import type { Example, Task } from "../../tasks/task.ts";
import { sample, type Sampler } from "../diffusion/sampler.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import { advantagesOf } from "../objectives/advantage.ts";
import type { WeightViews } from "../model/parameters.ts";
import { completionLength, needsOf, planFacts } from "../objectives/evaluate.ts";
import type { Hyper, Objective, RolloutShape, State } from "../objectives/objective.ts";
import type { DecodingSettings } from "./evaluate.ts";
import type { AdamWSettings } from "./optimizer.ts";
import { learningRate, type LearningRateSchedule } from "./schedule.ts";
import {
  beginUpdate,
  collectGradients,
  finishUpdate,
  type MemoryMode,
  prepareUpdate,
  type UpdateEngine,
} from "./update.ts";

export interface PolicySettings {
  /** Rollouts of the run; each is followed by `innerUpdates` updates. */
  readonly steps: number;
  readonly prompts: number;
  /** Responses per prompt. */
  readonly group: number;
  readonly innerUpdates: number;
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
   * Per inner update: the maximised objective, the gradient norm before clipping, and the number of non-finite
   * gradient elements.
   */
  readonly value: readonly (number | null)[];
  readonly gradNorm: readonly (number | null)[];
  readonly nonFinite: readonly number[];
  readonly learningRate: number;
  /** Sequence forward passes of the policy so far, a backward pass counted as two. */
  readonly forwards: number;
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
  const { prompts, group, innerUpdates, rollout, optimizer } = settings;
  const { learner, objective, hyper } = engine;
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
    { ...rollout, remasking: "low-confidence" },
    { seed, stream: Stream.rolloutTokens },
  );

  // trajectories -> rewards -> advantages
  const responses = trajectories.map(({ tokens }, i) => ({
    example: rows[i]!.example,
    text: task.vocabulary.decode(tokens),
  }));
  const rewards = await task.rewards(responses);
  const grades = await task.grades(responses);
  const correct = grades.filter(({ strict }) => strict.correct).length;
  const groups = rows.map(({ prompt }) => prompt);
  const { maskId, eosId } = learner.model.config;
  const batch = {
    groups,
    lengths: rows.map(() => task.responseLength),
    completionLengths: trajectories.map(({ tokens }) => completionLength(tokens, eosId)),
    advantages: advantagesOf(rewards, groups, { ...objective.advantage, psi: hyper.psi }),
  };

  run.onRollout?.();

  // masked states of every inner update; old and reference passes before the first changes the policy
  const random = { seed, stream: Stream.objectiveStates };
  const updates = Array.from({ length: innerUpdates }, (_, innerUpdate) => {
    const states = objective.plan(
      {
        trajectories,
        completionLengths: batch.completionLengths,
        step,
        innerUpdate,
        innerUpdates,
        maskId,
        random,
      },
      hyper,
    );
    const recorded = objective.anchor === "rollout" ? rolloutLogp(states, trajectories) : null;
    return prepareUpdate(learner, objective, hyper, states, planFacts(states, batch), recorded);
  });
  updates.forEach((update, index) => beginUpdate(engine, index, update));

  // log-probs -> weights -> gradients -> AdamW
  const rate = learningRate(settings.schedule, step, settings.steps);
  const results = [];
  for (const [index, update] of updates.entries()) {
    collectGradients(engine, index, update);
    results.push(
      await finishUpdate(engine, index, update, optimizer, rate, step * innerUpdates + index + 1),
    );
  }

  const before = log.at(-1)?.forwards ?? 0;
  return {
    step: step + 1,
    reward: mean(rewards),
    correct: correct / rows.length,
    deadGroups: deadShare(rewards, group),
    entropy: finite(mean(trajectories.map(({ entropy }) => mean(entropy)))),
    value: results.map(({ value }) => finite(value)),
    gradNorm: results.map(({ gradNorm }) => finite(gradNorm)),
    nonFinite: results.map(({ nonFinite }) => nonFinite),
    learningRate: rate,
    forwards: before + forwardsPerStep(settings, objective.statesPerResponse(hyper, shapeOf(settings)), {
      objective,
      hyper,
      mode: engine.mode,
      exactKl: engine.beside !== null,
    }),
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

/** Forward passes of one step: the rollout, and `states` masked states per response in every inner update. */
export function forwardsPerStep(
  { prompts, group, innerUpdates, rollout }: Pick<
    PolicySettings,
    "prompts" | "group" | "innerUpdates" | "rollout"
  >,
  states: number,
  cost: StateCost,
): number {
  let perResponse = rollout.steps;
  for (let index = 0; index < innerUpdates; index++) perResponse += states * forwardsPerState(cost, index);
  return prompts * group * perResponse;
}

/** Log-probs recorded at rollout, for the targets of states in order. */
function rolloutLogp(states: readonly State[], trajectories: readonly Trajectory[]): Float32Array {
  return Float32Array.from(states.flatMap(({ response, positions }) => {
    const { prompt, logp } = trajectories[response]!;
    return Array.from(positions, (position) => logp[position - prompt.length]!);
  }));
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
