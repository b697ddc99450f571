/** CPU form of weigh.wgsl: the weight function of an objective in f64 on the host, its result rounded to f32. */

import { STATE_WORDS, TARGET_WORDS } from "./pack.ts";

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
  readonly stateTargets: number;
  readonly responseStates: number;
  readonly responseLength: number;
  readonly share: number;
}

export interface WeightTotals {
  readonly prompts: number;
  readonly responses: number;
  readonly states: number;
  readonly targets: number;
}

/** The weight on grad logp of one target. */
export type WeightFunction = (
  inputs: WeightInputs,
  hyper: Readonly<Record<string, number>>,
  totals: WeightTotals,
) => number;

type Buffer = "targets" | "states" | "logp" | "anchor" | "reference" | "sums" | "means" | "dlogp";
type Scalar = "first" | "count" | "scope" | keyof WeightTotals | `hyper${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

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
    const logp = floats(buffers.logp), anchor = floats(buffers.anchor), reference = floats(buffers.reference);
    const sums = floats(buffers.sums), means = floats(buffers.means), dlogp = floats(buffers.dlogp);
    const hyper = Object.fromEntries(hyperNames.map((name, i) => [name, scalars[`hyper${i}` as Scalar]]));
    const { first, count, scope } = scalars;
    for (let k = first; k < first + count; k++) {
      const state = targets[k * TARGET_WORDS + 1]!, at = state * STATE_WORDS, response = states[at + 2]!;
      const inputs = {
        logp: logp[k]!,
        delta: logp[k]! - anchor[k]!,
        referenceDelta: logp[k]! - reference[k]!,
        unit: units[k * TARGET_WORDS]!,
        advantage: facts[at]!,
        stateDelta: scope >= 1 ? sums[2 * state]! : 0,
        stateReferenceDelta: scope >= 1 ? sums[2 * state + 1]! : 0,
        responseDelta: scope >= 2 ? means[2 * response]! : 0,
        responseReferenceDelta: scope >= 2 ? means[2 * response + 1]! : 0,
        stateTargets: states[at + 4]!,
        responseStates: states[at + 5]!,
        responseLength: states[at + 6]!,
        share: facts[at + 1]!,
      };
      dlogp[k] = -weight(inputs, hyper, scalars);
    }
  };
}

function floats(words: Uint32Array): Float32Array {
  return new Float32Array(words.buffer, words.byteOffset, words.length);
}
