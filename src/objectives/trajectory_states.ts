/**
 * States on the path that a rollout took: the response as it stood before a denoising step, scored at the tokens that
 * the step revealed. Which positions a step reveals depends on sampled tokens through their confidence; like the
 * published methods, the objectives here take the product of the token probabilities alone.
 */

import { randomSequence } from "../../kernels/philox/random.ts";
import { partlyScoredState } from "../diffusion/forward_process.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type { Hyper, PlanRequest, RolloutShape } from "./objective.ts";
import type { State } from "../diffusion/state.ts";
import { chosenCount, chosenSteps } from "./step_selection.ts";

/**
 * The state before step `from`, scored at what steps [from, to) reveal. Every unit is 1.
 * @param index of the response in its batch
 */
export function pathState(
  index: number,
  trajectory: Trajectory,
  { from, to }: { from: number; to: number },
  maskId: number,
): State {
  const { revealStep } = trajectory;
  const masked: number[] = [], scored: number[] = [];
  for (let i = 0; i < revealStep.length; i++) {
    if (revealStep[i]! < from) continue;
    masked.push(i);
    if (revealStep[i]! < to) scored.push(i);
  }
  return { ...partlyScoredState({ index, response: trajectory, maskId }, { masked, scored }, 1), step: from };
}

/**
 * The states before the chosen steps of every response, by rank; see step_selection.ts for the settings.
 * @param isWanted which ranks; default all
 */
export function chosenStates(
  { trajectories, rolloutSteps, step, maskId, random }: PlanRequest,
  hyper: Hyper,
  isWanted: (rank: number) => boolean = () => true,
): State[] {
  const chosen = chosenSteps(trajectories, rolloutSteps, hyper, randomSequence(random, step));
  return trajectories.flatMap((trajectory, index) =>
    chosen[index]!.flatMap((from, rank) =>
      isWanted(rank) ? [{ ...pathState(index, trajectory, { from, to: from + 1 }, maskId), rank }] : []
    )
  );
}

/** States that `chosenStates` makes of a response. */
export function chosenPerResponse(hyper: Hyper, { rolloutSteps }: RolloutShape): number {
  return chosenCount(hyper, rolloutSteps);
}
