/**
 * Advantages: how a reward compares with the other responses to the same prompt. Each function takes the rewards
 * of one group. A group of equal rewards, and a group of one, carries no signal: its advantages are exactly 0.
 */

import { exp } from "../../kernels/math/elementary.ts";

/** `given` takes the rewards themselves as advantages. */
export type AdvantageKind = "center" | "zscore" | "loo" | "softmax-difference" | "given";

/** Divisor of the variance: `unbiased` G - 1, `population` G. */
export type StandardDeviation = "unbiased" | "population";

export interface AdvantageSettings {
  readonly kind: AdvantageKind;
  /** For `zscore`; default "unbiased". */
  readonly std?: StandardDeviation;
  /** Added to the standard deviation of `zscore`; default 1e-6. */
  readonly eps?: number;
  /** Temperature of `softmax-difference`; default 1. */
  readonly psi?: number;
}

/** A = R - mean R. */
export function center(rewards: ArrayLike<number>): Float64Array {
  const first = rewards[0]!;
  // Distances to one reward are small and, for equal rewards, exactly 0; so is then their mean.
  const distance = Float64Array.from(rewards, (reward) => reward - first);
  const mean = sum(distance) / distance.length;
  return distance.map((d) => d - mean);
}

/** A = (R - mean R) / (std R + eps). */
export function zscore(
  rewards: ArrayLike<number>,
  { std = "unbiased", eps = 1e-6 }: { std?: StandardDeviation; eps?: number } = {},
): Float64Array {
  const centered = center(rewards);
  const squares = sum(centered.map((a) => a * a));
  if (squares === 0) return centered;
  const deviation = Math.sqrt(squares / (std === "unbiased" ? centered.length - 1 : centered.length));
  return centered.map((a) => a / (deviation + eps));
}

/** Leave one out: A = R - mean of the other rewards = G / (G - 1) * (R - mean R). */
export function leaveOneOut(rewards: ArrayLike<number>): Float64Array {
  const centered = center(rewards);
  const size = centered.length;
  return size === 1 ? centered : centered.map((a) => a * size / (size - 1));
}

/**
 * w+ - w-, the weights of wd1 (arXiv 2507.08838): w+ = softmax(A / psi), w- = softmax(-A / psi) over the group,
 * A = R - mean R. For large psi it approaches 2 A / (G psi).
 */
export function softmaxDifference(rewards: ArrayLike<number>, psi = 1): Float64Array {
  const centered = center(rewards);
  const softmax = (sign: number) => {
    const highest = centered.reduce((most, a) => Math.max(most, sign * a), -Infinity);
    const powers = centered.map((a) => exp((sign * a - highest) / psi)), total = sum(powers);
    return powers.map((power) => power / total);
  };
  const negative = softmax(-1);
  return softmax(1).map((positive, i) => positive - negative[i]!);
}

/**
 * Advantages of a batch, normalised inside the groups of responses to the same prompt.
 * @param rewards [responses]
 * @param groups prompt of each response, any integers, in any order
 * @throws RangeError for arrays of different lengths and for a reward that is not finite
 */
export function advantagesOf(
  rewards: ArrayLike<number>,
  groups: ArrayLike<number>,
  settings: AdvantageSettings,
): Float64Array {
  if (rewards.length !== groups.length) {
    throw new RangeError(`advantages: ${rewards.length} rewards for ${groups.length} group indices`);
  }
  const result = new Float64Array(rewards.length);
  for (const members of groupMembers(groups).values()) {
    const own = members.map((response) => {
      const reward = rewards[response]!;
      if (Number.isFinite(reward)) return reward;
      throw new RangeError(
        `advantages: the reward of response ${response} is ${reward}, expected a finite number`,
      );
    });
    const values = ofGroup(own, settings);
    members.forEach((response, i) => result[response] = values[i]!);
  }
  return result;
}

/** Responses of each prompt, in order of first appearance. */
export function groupMembers(groups: ArrayLike<number>): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (let response = 0; response < groups.length; response++) {
    const group = groups[response]!;
    if (!members.has(group)) members.set(group, []);
    members.get(group)!.push(response);
  }
  return members;
}

function ofGroup(rewards: readonly number[], settings: AdvantageSettings): ArrayLike<number> {
  switch (settings.kind) {
    case "center":
      return center(rewards);
    case "zscore":
      return zscore(rewards, settings);
    case "loo":
      return leaveOneOut(rewards);
    case "softmax-difference":
      return softmaxDifference(rewards, settings.psi);
    case "given":
      return rewards;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
