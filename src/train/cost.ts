/** What a run costs, known from its settings alone: sequence forward passes, and room for the updates' buffers. */

import { distributionTerms } from "../objectives/distribution.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";
import { needsOf } from "../objectives/value.ts";
import { type RolloutSizes, shapeOf } from "./rollout_plan.ts";
import type { EngineOptions, MemoryMode } from "./update_engine.ts";

/** What decides how many forward passes a state costs. */
export interface StateCost {
  readonly objective: Pick<
    Objective,
    "anchor" | "needsReference" | "scope" | "recomputed" | "distribution"
  >;
  readonly hyper: Hyper;
  readonly mode: MemoryMode;
}

/**
 * Forward passes that one state of an update costs; a backward pass counts as two.
 * @param onPolicy whether the update is the first over its rollout, whose policy is the old one
 */
export function forwardsPerState({ objective, hyper, mode }: StateCost, onPolicy: boolean): number {
  const old = onPolicy ? 0 : (objective.anchor === "old" ? 1 : 0) + (objective.recomputed ? 1 : 0);
  const exactKl = distributionTerms(objective, hyper).kl;
  const reference = (needsOf(objective, hyper).reference ? 1 : 0) + (exactKl ? 1 : 0);
  const firstPass = objective.scope === "response" && mode === "two-pass" ? 1 : 0;
  return 3 + old + reference + firstPass;
}

/** Forward passes of one step: the rollout, and `states` masked states per response in every inner update. */
export function forwardsPerStep(sizes: RolloutSizes, states: number, cost: StateCost): number {
  const { prompts, group, miniBatches = 1, rollout } = sizes, responses = prompts * group;
  let total = responses * rollout.steps;
  for (let number = 0; number < updatesPerRollout(sizes); number++) {
    total += responses / miniBatches * states * forwardsPerState(cost, number === 0);
  }
  return total;
}

/** Updates that go over one rollout. */
function updatesPerRollout(
  { innerUpdates, miniBatches = 1 }: Pick<RolloutSizes, "innerUpdates" | "miniBatches">,
): number {
  return innerUpdates * miniBatches;
}

/** Buffers that the updates of a run need: spread into the options of `createUpdateEngine`. */
export function engineSizes(
  sizes: RolloutSizes,
  objective: Objective,
  hyper: Hyper,
  responseLength: number,
): Pick<EngineOptions, "updates" | "capacity"> {
  const responses = sizes.prompts * sizes.group / (sizes.miniBatches ?? 1);
  const states = responses * objective.statesPerResponse(hyper, shapeOf(sizes));
  return {
    updates: updatesPerRollout(sizes),
    capacity: { responses, states, targets: states * responseLength },
  };
}
