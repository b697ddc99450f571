/**
 * Reinforcement learning of one policy: prompts -> rollouts -> rewards -> masked states -> advantages -> updates,
 * the same loop for every objective. Everything random is keyed by (seed, step, row), so a run that continues
 * from a checkpoint draws what an uninterrupted one would.
 */

import { Stream } from "../../kernels/philox/random.ts";
import type { Task } from "../../tasks/task.ts";
import { sample, type Sampler } from "../diffusion/sampler.ts";
import type { WeightViews } from "../model/parameters.ts";
import { forwardsPerState } from "./cost.ts";
import type { DecodingSettings } from "./grade_model.ts";
import type { AdamWSettings } from "./optimizer.ts";
import { planUpdates, recordingFor, type RolloutSizes, shapeOf } from "./rollout_plan.ts";
import { learningRate, type LearningRateSchedule } from "./schedule.ts";
import { beginUpdate, runUpdate, type UpdateResult } from "./update.ts";
import type { UpdateEngine } from "./update_engine.ts";

export interface PolicySettings extends RolloutSizes {
  /** Rollouts of the run; each is followed by `innerUpdates` times `miniBatches` updates. */
  readonly steps: number;
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
  /**
   * Sequence forward passes of the policy so far, a backward pass counted as two: what the algorithm asks for, which
   * is at least what ran: equal states are evaluated once, and none without a gradient goes through a backward pass.
   */
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
    {
      prompts: rows.map(({ example }) => task.vocabulary.encode(example.prompt)),
      rowKeys: rows.map(({ key }) => key),
      length: task.responseLength,
      random: { seed, stream: Stream.rolloutTokens },
    },
    { ...rollout, remasking: "low-confidence", ...recordingFor(objective, hyper, config) },
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
  const updates = planned.map((plan, number) => beginUpdate(engine, plan, number));

  // log-probs -> weights -> gradients -> AdamW
  const rate = learningRate(settings.schedule, step, settings.steps);
  const results: UpdateResult[] = [];
  for (const update of updates) {
    const number = step * updates.length + results.length + 1;
    results.push(await runUpdate(update, { settings: optimizer, learningRate: rate, number }));
  }

  const rolloutForwards = rows.length * rollout.steps, before = log.at(-1);
  const forwards = updates.reduce(
    (sum, { states, onPolicy }) => sum + states.length * forwardsPerState(engine, onPolicy),
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
