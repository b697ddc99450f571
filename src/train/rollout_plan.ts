/** From a graded rollout to the updates over it: masked states, advantages, mini-batches, and what was recorded. */

import type { RandomKey } from "../../kernels/philox/random.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type { SamplerSettings } from "../diffusion/sampler.ts";
import type { ModelConfig } from "../model/config.ts";
import { advantagesOf, groupMembers } from "../objectives/advantage.ts";
import { completionLength, planFacts } from "../objectives/value.ts";
import type { PlanFacts } from "../../kernels/objectives/facts.ts";
import type { Hyper, Objective, RolloutShape } from "../objectives/objective.ts";
import type { State } from "../diffusion/state.ts";
import { topCount } from "./update_engine.ts";

/** Sizes of a rollout and of the updates over it. */
export interface RolloutSizes {
  readonly prompts: number;
  /** Responses per prompt. */
  readonly group: number;
  /** Times that the updates go over a rollout. */
  readonly innerUpdates: number;
  /** Updates that one pass over a rollout is cut into, by prompt; default 1. It divides `prompts`. */
  readonly miniBatches?: number;
  /** Denoising steps of a response. */
  readonly rollout: { readonly steps: number };
}

/** What decides the number of states of a plan. */
export function shapeOf(
  { innerUpdates, rollout }: Pick<RolloutSizes, "innerUpdates" | "rollout">,
): RolloutShape {
  return { innerUpdates, rolloutSteps: rollout.steps };
}

/** Part of a distribution per target: its own token, then the likeliest ones. */
export interface RecordedTop {
  /** Tokens per target. */
  readonly count: number;
  /** [targets, count] */
  readonly tokens: Uint32Array;
  readonly logp: Float32Array;
}

/** One update over a rollout before any forward pass. */
export interface PlannedUpdate {
  readonly states: readonly State[];
  /** Advantages, units, shares and lengths of the same states. */
  readonly facts: PlanFacts;
  /** Log-probs of the targets that ratios are taken against, where they were recorded, as at the rollout. */
  readonly anchor: Float32Array | null;
  /** What the rollout recorded of the distributions that targets were drawn from, for a divergence. */
  readonly recordedTop: RecordedTop | null;
  /**
   * Whether the rollout's log-probs are all finite. Where they are not, no state is left out, however little it weighs,
   * so that the gradient shows it.
   */
  readonly finite: boolean;
}

export interface GradedRollout {
  readonly trajectories: readonly Trajectory[];
  readonly rewards: readonly number[];
  /** Prompt of each response. */
  readonly groups: readonly number[];
}

export interface PlanSettings extends RolloutShape {
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly config: Pick<ModelConfig, "vocab" | "maskId" | "eosId">;
  /** Number of the rollout within the run, from 0. */
  readonly step: number;
  readonly random: RandomKey;
  readonly miniBatches: number;
}

/** A response finished in one shot, to be rewarded. */
export interface Completion {
  readonly response: number;
  readonly tokens: Uint32Array;
}

/** What the sampler must record for an objective. */
export function recordingFor(
  { completions, divergence }: Objective,
  hyper: Hyper,
  config: Pick<ModelConfig, "vocab">,
): Pick<SamplerSettings, "recordGreedy" | "recordTopK"> {
  return {
    ...(completions && { recordGreedy: true }),
    ...(divergence && { recordTopK: topCount(hyper, config) }),
  };
}

/**
 * The updates over a rollout, in order: for every inner update one per mini-batch. A mini-batch has whole groups, and
 * its means are over its own prompts.
 * @param rewardsOf rewards of completions, called at most once and only for objectives that ask for it
 * @throws RangeError unless the mini-batches divide the prompts
 */
export async function planUpdates(
  rollout: GradedRollout,
  settings: PlanSettings,
  rewardsOf: (completions: readonly Completion[]) => Promise<readonly number[]>,
): Promise<PlannedUpdate[]> {
  const { trajectories, rewards, groups } = rollout;
  const { objective, hyper, config, innerUpdates, miniBatches } = settings;
  const { step, random, rolloutSteps } = settings;
  const batches = miniBatchesOf(groups, miniBatches);
  const completionLengths = trajectories.map(({ tokens }) => completionLength(tokens, config.eosId));
  const request = { trajectories, completionLengths, rolloutSteps, innerUpdates, step, random };
  const plans = Array.from(
    { length: innerUpdates },
    (_, innerUpdate) => objective.plan({ ...request, innerUpdate, maskId: config.maskId }, hyper),
  );
  const ofResponse = advantagesOf(rewards, groups, { ...objective.advantage, psi: hyper.psi });
  const completed = objective.completions ? await completionRewards(plans, trajectories, rewardsOf) : null;
  const finite = trajectories.every(({ logp, entropy }) => allFinite(logp) && allFinite(entropy));
  return plans.flatMap((plan, innerUpdate) => {
    const ofState = completed
      ? rankAdvantages(settings, plan, rollout, completed[innerUpdate]!)
      : plan.map(({ response }) => ofResponse[response]!);
    return batches.map((members): PlannedUpdate => {
      const placeOf = new Map(members.map((response, place) => [response, place]));
      const inside = [...plan.keys()].filter((s) => placeOf.has(plan[s]!.response));
      const chosen = members.map((response) => trajectories[response]!);
      const states = inside.map((s) => ({ ...plan[s]!, response: placeOf.get(plan[s]!.response)! }));
      return {
        states,
        facts: planFacts(states, {
          groups: members.map((response) => groups[response]!),
          lengths: chosen.map(({ tokens }) => tokens.length),
          completionLengths: members.map((response) => completionLengths[response]!),
          advantages: { ofState: inside.map((s) => ofState[s]!) },
        }),
        anchor: objective.anchor === "rollout" ? recordedAnchor(states, chosen) : null,
        recordedTop: objective.divergence ? recordedTop(states, chosen, topCount(hyper, config)) : null,
        finite,
      };
    });
  });
}

function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** Responses of each mini-batch: whole groups, in order. @throws RangeError unless they divide the prompts */
export function miniBatchesOf(groups: readonly number[], miniBatches: number): number[][] {
  const prompts = [...groupMembers(groups).values()];
  if (!(Number.isInteger(miniBatches) && miniBatches >= 1 && prompts.length % miniBatches === 0)) {
    throw new RangeError(
      `${prompts.length} prompts do not divide into ${miniBatches} mini-batches; choose a divisor of the prompts`,
    );
  }
  const size = prompts.length / miniBatches;
  return Array.from({ length: miniBatches }, (_, m) => prompts.slice(m * size, (m + 1) * size).flat());
}

/** Rewards of the greedy one-shot completions of the states of every plan; each completion is rewarded once. */
async function completionRewards(
  plans: readonly (readonly State[])[],
  trajectories: readonly Trajectory[],
  rewardsOf: (completions: readonly Completion[]) => Promise<readonly number[]>,
): Promise<number[][]> {
  const places = new Map<string, number>(), completions: Completion[] = [];
  const indices = plans.map((plan) =>
    plan.map(({ response, step }) => {
      const { greedy, tokens: { length } } = trajectories[response]!;
      if (step === undefined || !greedy) {
        throw new Error("completions need states on the rollout's path and its greedy completions recorded");
      }
      const key = `${response} ${step}`;
      if (!places.has(key)) {
        places.set(key, completions.length);
        completions.push({ response, tokens: greedy.slice(step * length, (step + 1) * length) });
      }
      return places.get(key)!;
    })
  );
  const rewards = await rewardsOf(completions);
  return indices.map((plan) => plan.map((index) => rewards[index]!));
}

/** Advantages of the states of one plan: those of equal rank are compared over their group. */
export function rankAdvantages(
  { objective: { id, rankAdvantages }, hyper }: Pick<PlanSettings, "objective" | "hyper">,
  states: readonly Pick<State, "response" | "rank">[],
  { rewards, groups }: Pick<GradedRollout, "rewards" | "groups">,
  completed: readonly number[],
): Float64Array {
  if (!rankAdvantages) throw new Error(`${id} asks for completions and has no advantages that use them`);
  const byRank = new Map<string, number[]>();
  states.forEach(({ response, rank }, s) => {
    const key = `${groups[response]} ${rank}`;
    if (!byRank.has(key)) byRank.set(key, []);
    byRank.get(key)!.push(s);
  });
  const advantages = new Float64Array(states.length);
  for (const members of byRank.values()) {
    const own = members.map((s) => rewards[states[s]!.response]!);
    const values = rankAdvantages(own, members.map((s) => completed[s]!), hyper);
    members.forEach((s, i) => advantages[s] = values[i]!);
  }
  return advantages;
}

/** Log-probs of the targets of states, in order, when the rollout drew them. */
function recordedAnchor(states: readonly State[], trajectories: readonly Trajectory[]): Float32Array {
  const anchor = new Float32Array(states.reduce((sum, { positions }) => sum + positions.length, 0));
  let target = 0;
  for (const { response, positions } of states) {
    const { prompt, logp } = trajectories[response]!;
    for (let k = 0; k < positions.length; k++) anchor[target++] = logp[positions[k]! - prompt.length]!;
  }
  return anchor;
}

/** Every target's own token and log-prob at rollout, then the k likeliest ones. */
function recordedTop(
  states: readonly State[],
  trajectories: readonly Trajectory[],
  k: number,
): RecordedTop {
  const tokens: number[] = [], logp: number[] = [];
  for (const { response, positions } of states) {
    const { prompt, topTokens, topLogp, ...own } = trajectories[response]!;
    for (const position of positions) {
      const i = position - prompt.length;
      tokens.push(own.tokens[i]!, ...topTokens!.subarray(i * k, (i + 1) * k));
      logp.push(own.logp[i]!, ...topLogp!.subarray(i * k, (i + 1) * k));
    }
  }
  return { count: k + 1, tokens: Uint32Array.from(tokens), logp: Float32Array.from(logp) };
}
