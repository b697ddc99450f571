/**
 * CPU forms of weigh.wgsl and of the sums by position in reduce.wgsl, which take exp and log: in f64 on the host,
 * results rounded to f32.
 */

import { exp, log } from "../math/elementary.ts";
import { NO_TARGET, POSITION_WORDS, STATE_WORDS, TARGET_WORDS } from "./pack.ts";

/** What a weight may depend on: the fields of the WGSL struct of this name in prelude.wgsl. */
export interface WeightInputs {
  readonly logp: number;
  readonly delta: number;
  readonly referenceDelta: number;
  readonly unit: number;
  readonly advantage: number;
  readonly stateDelta: number;
  readonly stateReferenceDelta: number;
  readonly responseDelta: number;
  readonly responseReferenceDelta: number;
  readonly positionDelta: number;
  readonly positionReferenceDelta: number;
  readonly positionLogMass: number;
  readonly recomputedDelta: number;
  readonly divergence: number;
  readonly stateTargets: number;
  readonly responseStates: number;
  readonly responseLength: number;
  readonly completionLength: number;
  readonly responsePositions: number;
  readonly share: number;
}

export interface WeightTotals {
  readonly prompts: number;
  readonly responses: number;
  readonly states: number;
  readonly targets: number;
  readonly positions: number;
  readonly completionTokens: number;
  readonly responseTokens: number;
}

/** The weight on grad logp of one target. */
export type WeightFunction = (
  inputs: WeightInputs,
  hyper: Readonly<Record<string, number>>,
  totals: WeightTotals,
) => number;

/** Columns of `given`; see `allocatePlan`. */
export type Column = "anchor" | "reference" | "recomputed" | "divergence";

/** Start of a column of `given` that the update does not have. */
export const ABSENT = 0xffffffff;

type Buffer = "targets" | "states" | "logp" | "given" | "sums" | "means" | "positionSums" | "dlogp";
type Scalar =
  | "first"
  | "count"
  | "scope"
  | "byPosition"
  | Column
  | keyof WeightTotals
  | `hyper${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/**
 * `dlogp[k] = -weight` for a range of targets, from the buffers and scalars of the weight kernel.
 * @param hyperNames settings that hyper0, hyper1, ... hold; the function is given these and no others
 */
export function weighOnHost(weight: WeightFunction, hyperNames: readonly string[]) {
  return (
    { targets, states, ...buffers }: Readonly<Record<Buffer, Uint32Array>>,
    scalars: Readonly<Record<Scalar, number>>,
  ): void => {
    const units = floats(targets), facts = floats(states);
    const logp = floats(buffers.logp), given = floats(buffers.given);
    const column = (name: Column, k: number, otherwise: number) =>
      scalars[name] === ABSENT ? otherwise : given[scalars[name] + k]!;
    const sums = floats(buffers.sums), means = floats(buffers.means), dlogp = floats(buffers.dlogp);
    const hyper = Object.fromEntries(hyperNames.map((name, i) => [name, scalars[`hyper${i}` as Scalar]]));
    const { first, count, scope, byPosition } = scalars;
    const positionSums = floats(buffers.positionSums);
    for (let k = first; k < first + count; k++) {
      const state = targets[k * TARGET_WORDS + 1]!, at = state * STATE_WORDS, response = states[at + 2]!;
      const current = logp[k]!, place = targets[k * TARGET_WORDS + 2]! * POSITION_WORDS;
      const inputs = {
        logp: current,
        delta: current - column("anchor", k, current),
        referenceDelta: current - column("reference", k, current),
        unit: units[k * TARGET_WORDS]!,
        advantage: facts[at]!,
        stateDelta: scope >= 1 ? sums[2 * state]! : 0,
        stateReferenceDelta: scope >= 1 ? sums[2 * state + 1]! : 0,
        responseDelta: scope >= 2 ? means[2 * response]! : 0,
        responseReferenceDelta: scope >= 2 ? means[2 * response + 1]! : 0,
        positionDelta: byPosition ? positionSums[place]! : 0,
        positionReferenceDelta: byPosition ? positionSums[place + 1]! : 0,
        positionLogMass: byPosition ? positionSums[place + 2]! : 0,
        recomputedDelta: current - column("recomputed", k, current),
        divergence: column("divergence", k, 0),
        stateTargets: states[at + 4]!,
        responseStates: states[at + 5]!,
        responseLength: states[at + 6]!,
        completionLength: states[at + 7]!,
        responsePositions: states[at + 8]!,
        share: facts[at + 1]!,
      };
      dlogp[k] = -weight(inputs, hyper, scalars);
    }
  };
}

/** `position_sums` of reduce.wgsl: over the targets of each place, in order. */
export function positionSumsOnHost(
  { places, targets, ...buffers }: Readonly<
    Record<"places" | "targets" | "logp" | "given" | "positionSums", Uint32Array>
  >,
  { count, anchor, reference, power }: Readonly<Record<"count" | "anchor" | "reference" | "power", number>>,
): void {
  const units = floats(targets), logp = floats(buffers.logp), given = floats(buffers.given);
  const sums = floats(buffers.positionSums);
  const next = (k: number) => targets[k * TARGET_WORDS + 3]!;
  const difference = (column: number, k: number) => column === ABSENT ? 0 : logp[k]! - given[column + k]!;
  for (let place = 0; place < count; place++) {
    let delta = 0, referenceDelta = 0, highest = -Infinity, mass = 0;
    for (let k = places[place]!; k !== NO_TARGET; k = next(k)) {
      const unit = units[k * TARGET_WORDS]!;
      delta += unit * difference(anchor, k);
      referenceDelta += unit * difference(reference, k);
      highest = Math.max(highest, logp[k]!);
    }
    for (let k = places[place]!; k !== NO_TARGET; k = next(k)) {
      mass += units[k * TARGET_WORDS]! * exp(power * (logp[k]! - highest));
    }
    sums.set([delta, referenceDelta, power * highest + log(mass)], place * POSITION_WORDS);
  }
}

function floats(words: Uint32Array): Float32Array {
  return new Float32Array(words.buffer, words.byteOffset, words.length);
}
