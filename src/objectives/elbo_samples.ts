/**
 * What the ELBO objectives share: their masked states and the estimates from them. In the notation of the papers,
 * l_j = sum_k u_k logp_k over the masked tokens of sample j, and d_j = l_j - l_old,j on the same mask.
 *
 * Settings:
 *   samples           n, masked states per response
 *   systematicCounts  0: t_j independent and uniform, every token masked with probability t_j, u = 1 / t_j;
 *                     1: mask counts on an even grid with a random start, u = L / count: the same expectation
 *                     with bounded units, where the variance of the 1 / t form is infinite
 *   normalize         0: raw sums as in the papers; 1: u / L, so that l_j, d_j and their exponents are means per
 *                     token and the objective is that of l_j / L
 */

import { randomSequence } from "../../kernels/philox/random.ts";
import { bernoulliState, countState, systematicCounts } from "../diffusion/forward_process.ts";
import type { EvaluatedState, Hyper, PlanRequest } from "./objective.ts";
import type { State } from "../diffusion/state.ts";

/**
 * The `samples` masked states of every response. Draws are keyed by (rollout, response, inner update, sample), so
 * the states of a response do not depend on the others in its batch.
 * @throws RangeError for a setting outside its range
 */
export function elboStates(request: PlanRequest, hyper: Hyper): State[] {
  const samples = setting(hyper, "samples", 1, 0xffff);
  const systematic = setting(hyper, "systematicCounts", 0, 1) === 1;
  const normalize = setting(hyper, "normalize", 0, 1) === 1;
  const { trajectories, step, innerUpdate, maskId, random } = request;
  return trajectories.flatMap((response, index) => {
    // Place 0 of an inner update starts the grid of counts, place j + 1 draws sample j.
    const draws = (place: number) => randomSequence(random, step, index, innerUpdate * (samples + 1) + place);
    const length = response.tokens.length;
    const counts = systematic ? systematicCounts(length, samples, 1 + draws(0).below(length)) : null;
    return Array.from({ length: samples }, (_, j) => {
      const own = draws(j + 1);
      const state = counts
        ? countState({ index, response, maskId }, counts[j]!, own)
        : bernoulliState({ index, response, maskId }, own.uniform(), own);
      return normalize ? { ...state, units: state.units.map((u) => u / length) } : state;
    });
  });
}

/** l_j: the ELBO estimate of one masked state. */
export function estimate({ units, logp }: EvaluatedState): number {
  return weightedSum(units, logp);
}

/** d_j = l_j - l_old,j, exactly 0 where the log-probs are equal. */
export function difference({ units, logp, anchor }: EvaluatedState): number {
  return weightedDifference(units, logp, anchor);
}

/** The same difference to the reference model. */
export function referenceDifference({ units, logp, reference }: EvaluatedState): number {
  return weightedDifference(units, logp, reference);
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

function weightedSum(units: ArrayLike<number>, values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < units.length; k++) sum += units[k]! * values[k]!;
  return sum;
}

function weightedDifference(
  units: ArrayLike<number>,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  let sum = 0;
  for (let k = 0; k < units.length; k++) sum += units[k]! * (a[k]! - b[k]!);
  return sum;
}

function setting(hyper: Hyper, name: string, lowest: number, highest: number): number {
  const value = hyper[name];
  if (Number.isInteger(value) && value! >= lowest && value! <= highest) return value!;
  throw new RangeError(`setting "${name}" is ${value}, expected an integer from ${lowest} to ${highest}`);
}
