/**
 * Which denoising steps of a trajectory an objective evaluates.
 *
 * Settings:
 *   steps      K, chosen steps of a response, all of a rollout that has fewer; 0: all of them, in order
 *   selection  0: the K steps of highest mean entropy, descending (EGSPO, arXiv 2603.12554)
 *              1: K random steps, every set of K equally likely, the same for all responses of a rollout
 *              2: K evenly spaced steps, the last of the rollout among them
 *
 * The released code of EGSPO draws K - 1 steps with replacement and adds the last one. Here a random choice has no
 * step twice, so that T / K times its sum is an unbiased estimate of the sum over all T steps.
 */

import type { RandomSequence } from "../../kernels/philox/random.ts";
import { drawPositions } from "../diffusion/forward_process.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type { Hyper } from "./objective.ts";

/** Values of the setting `selection`. */
export const SELECTION = { entropy: 0, random: 1, uniform: 2 } as const;

/**
 * Chosen steps of every response, by rank.
 * @param steps denoising steps of the rollout
 * @param draws for the random choice
 * @throws RangeError for a setting outside its range
 */
export function chosenSteps(
  trajectories: readonly Trajectory[],
  steps: number,
  hyper: Hyper,
  draws: RandomSequence,
): number[][] {
  const count = chosenCount(hyper, steps);
  const same = (chosen: number[]) => trajectories.map(() => chosen);
  if (hyper.steps === 0) return same(Array.from({ length: steps }, (_, step) => step));
  switch (hyper.selection) {
    case SELECTION.entropy:
      return trajectories.map((trajectory) => highestEntropySteps(meanEntropies(trajectory, steps), count));
    case SELECTION.random:
      return same(randomSteps(steps, count, draws));
    case SELECTION.uniform:
      return same(uniformSteps(steps, count));
    default:
      throw new RangeError(`setting "selection" is ${hyper.selection}, expected 0, 1 or 2`);
  }
}

/** The number of chosen steps. @throws RangeError unless the setting is an integer of at least 0 */
export function chosenCount(hyper: Hyper, steps: number): number {
  const count = hyper.steps!;
  if (Number.isInteger(count) && count >= 0) return count === 0 ? steps : Math.min(count, steps);
  throw new RangeError(`setting "steps" is ${count}, expected an integer of at least 0 (all)`);
}

/** Mean entropy in nats of the tokens revealed in each step; 0 for a step that reveals none. */
export function meanEntropies({ revealStep, entropy }: Trajectory, steps: number): Float64Array {
  const sums = new Float64Array(steps), counts = new Float64Array(steps);
  for (let i = 0; i < revealStep.length; i++) {
    sums[revealStep[i]!]! += entropy[i]!;
    counts[revealStep[i]!]!++;
  }
  for (let step = 0; step < steps; step++) if (counts[step]! > 0) sums[step]! /= counts[step]!;
  return sums;
}

/**
 * The `count` steps with the largest mean entropy, descending; equal entropies by the lower index.
 * @param meanEntropy [steps] nats, mean over the tokens revealed in a step
 * @throws RangeError if there are fewer than `count` steps or an entropy is not finite
 */
export function highestEntropySteps(meanEntropy: ArrayLike<number>, count: number): number[] {
  checkCount(meanEntropy.length, count);
  const entropy = Array.from(meanEntropy);
  const broken = entropy.findIndex((h) => !Number.isFinite(h));
  if (broken >= 0) {
    throw new RangeError(`the entropy of step ${broken} is ${entropy[broken]}, expected a number`);
  }
  return entropy.map((_, step) => step)
    .sort((i, j) => entropy[j]! - entropy[i]! || i - j)
    .slice(0, count);
}

/** `count` of `steps` steps, every set equally likely, ascending. @throws RangeError unless 1 <= count <= steps */
export function randomSteps(steps: number, count: number, random: RandomSequence): number[] {
  checkCount(steps, count);
  return [...drawPositions(steps, count, random)];
}

/** `count` of `steps` steps at even distances, ending at the last. @throws RangeError unless 1 <= count <= steps */
export function uniformSteps(steps: number, count: number): number[] {
  checkCount(steps, count);
  return Array.from({ length: count }, (_, k) => Math.floor((k + 1) * steps / count) - 1);
}

function checkCount(steps: number, count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= steps) return;
  throw new RangeError(`expected to select 1 to ${steps} steps, found ${count}`);
}
