/**
 * Sums over the targets of a response that stand at the same position, in any of its states: what couples states
 * token by token. The device forms are in reduce.wgsl and, for the CPU, in weigh.ts.
 */

import { exp, log } from "../math/elementary.ts";

/** Targets of one state: where they stand, u, and their log-probs. */
export interface PlacedState {
  readonly positions: ArrayLike<number>;
  readonly units: ArrayLike<number>;
  readonly logp: ArrayLike<number>;
  readonly anchor: ArrayLike<number>;
  readonly reference: ArrayLike<number>;
}

export interface PositionSum {
  /** sum_k u_k (logp_k - anchor_k). */
  readonly delta: number;
  /** sum_k u_k (logp_k - reference_k). */
  readonly referenceDelta: number;
  /** log sum_k u_k p_k^b, with the largest term taken out before the exponential: no p^b underflows. */
  readonly logMass: number;
}

/**
 * The sums of each position that is a target in one of the states.
 * @param states of one response
 * @param power b of the mass
 */
export function positionSums(states: readonly PlacedState[], power = 0): Map<number, PositionSum> {
  const targets = states.flatMap(({ positions, units, logp, anchor, reference }) =>
    Array.from(positions, (position, k) => ({
      position,
      unit: units[k]!,
      logp: logp[k]!,
      delta: units[k]! * (logp[k]! - anchor[k]!),
      referenceDelta: units[k]! * (logp[k]! - reference[k]!),
    }))
  );
  const positions = new Set(targets.map(({ position }) => position));
  const sumsAt = (position: number): PositionSum => {
    const own = targets.filter((target) => target.position === position);
    const highest = Math.max(...own.map(({ logp }) => logp));
    const sum = (term: (target: typeof own[number]) => number) =>
      own.reduce((total, target) => total + term(target), 0);
    return {
      delta: sum(({ delta }) => delta),
      referenceDelta: sum(({ referenceDelta }) => referenceDelta),
      logMass: power * highest + log(sum(({ unit, logp }) => unit * exp(power * (logp - highest)))),
    };
  };
  return new Map(Array.from(positions, (position) => [position, sumsAt(position)]));
}
