/** What an update is made of, known before any forward pass: masked states, their targets, and weights per target. */

import { type PlanFacts, plannedTargets, planTotals } from "../../kernels/objectives/facts.ts";
import { type PackedPlan, packPlan } from "../../kernels/objectives/pack.ts";
import type { DistributionWeights, Hyper, Objective, PlanTotals } from "../objectives/objective.ts";
import type { State } from "../diffusion/state.ts";
import type { Learner } from "./learner.ts";
import { cutMicroBatches, type MicroBatch } from "./micro_batches.ts";

/** Part of a distribution per target: its own token, then the likeliest ones. */
export interface RecordedTop {
  /** Tokens per target. */
  readonly count: number;
  /** [targets, count] */
  readonly tokens: Uint32Array;
  readonly logp: Float32Array;
}

/** The states of one update with everything known before a forward pass. */
export interface PreparedUpdate {
  readonly states: readonly State[];
  readonly facts: PlanFacts;
  readonly totals: PlanTotals;
  readonly packed: PackedPlan;
  readonly microBatches: readonly MicroBatch[];
  /** Log-probs per target that ratios are taken against, where they were recorded, as at a rollout. */
  readonly recordedAnchor: Float32Array | null;
  /** What was recorded of the distributions that targets were drawn from, for a divergence. */
  readonly recordedTop: RecordedTop | null;
  /** Weights of terms over the whole distribution, per target; null when the settings have none. */
  readonly distribution: { readonly kl: Float32Array | null; readonly entropy: Float32Array | null };
}

/**
 * Packs a plan.
 * @param facts advantages, units, shares and lengths of the same states
 * @throws RangeError if a single state exceeds the learner's micro-batch
 */
export function prepareUpdate(
  { limits }: Pick<Learner, "limits">,
  objective: Objective,
  hyper: Hyper,
  states: readonly State[],
  facts: PlanFacts,
  recordedAnchor: Float32Array | null,
  recordedTop: RecordedTop | null = null,
): PreparedUpdate {
  const totals = planTotals(facts);
  const weights = plannedTargets(facts).map((target) => objective.distribution?.(target, hyper, totals));
  const column = (name: keyof DistributionWeights) =>
    weights.some((weight) => weight && weight[name] !== 0)
      ? Float32Array.from(weights, (weight) => weight![name])
      : null;
  return {
    states,
    facts,
    totals,
    packed: packPlan(facts.states, facts.responses),
    microBatches: cutMicroBatches(states, limits),
    recordedAnchor,
    recordedTop,
    distribution: { kl: column("kl"), entropy: column("entropy") },
  };
}
