/**
 * CPU forms of weigh.wgsl and of the sums by position in reduce.wgsl, which take exp and log: in f64 on the host,
 * results rounded to f32.
 */

import { exp, log } from "../math/elementary.ts";
import {
  byColumn,
  type Column,
  type InputFrom,
  type PlanTotals,
  type Source,
  SOURCES,
  TOTALS,
  type WeightInputs,
} from "./inputs.ts";
import { NO_TARGET, RECORDS } from "./pack.ts";

const { TargetFacts: TARGET, StateFacts: STATE, PositionSums: POSITION } = RECORDS;

/** The weight on grad logp of one target. */
export type WeightFunction = (
  inputs: WeightInputs,
  hyper: Readonly<Record<string, number>>,
  totals: PlanTotals,
) => number;

/** Start of a column of `given` that the update does not have. */
export const ABSENT = 0xffffffff;

/** Settings that a weight function may read on the device. */
export const HYPER_NAMES = [
  "hyper0",
  "hyper1",
  "hyper2",
  "hyper3",
  "hyper4",
  "hyper5",
  "hyper6",
  "hyper7",
] as const;

/** Scalars of the weight kernel: a range of targets, what is 0, starts of columns of `given`, totals, settings. */
export const WEIGH_SCALARS = {
  first: "u32",
  count: "u32",
  scope: "u32",
  byPosition: "u32",
  ...byColumn(() => "u32" as const),
  ...TOTALS,
  ...Object.fromEntries(HYPER_NAMES.map((name) => [name, "f32"])) as Record<
    typeof HYPER_NAMES[number],
    "f32"
  >,
} as const;

type Buffer = "targets" | "states" | "logp" | "given" | "sums" | "means" | "positionSums" | "dlogp";
type Scalars = Readonly<Record<keyof typeof WEIGH_SCALARS, number>>;

/**
 * `dlogp[k] = -weight` for a range of targets, from the buffers and scalars of the weight kernel.
 * @param hyperNames settings that hyper0, hyper1, ... hold; the function is given these and no others
 */
export function weighOnHost(weight: WeightFunction, hyperNames: readonly string[]) {
  let readers: readonly ((k: number) => number)[] = [], target = 0;
  // Inputs of `target`, read where the weight asks for them: to collect all of them costs more than the weight.
  const inputs = Object.defineProperties(
    {},
    Object.fromEntries(
      SOURCES.map(([name], i) => [name, { enumerable: true, get: () => readers[i]!(target) }]),
    ),
  ) as WeightInputs;
  return (buffers: Readonly<Record<Buffer, Uint32Array>>, scalars: Scalars): void => {
    const dlogp = floats(buffers.dlogp), { first, count } = scalars;
    const hyper = Object.fromEntries(hyperNames.map((name, i) => [name, scalars[HYPER_NAMES[i]!]]));
    readers = SOURCES.map(([name, source]) => readerOf(name, source, buffers, scalars));
    for (target = first; target < first + count; target++) {
      dlogp[target] = -weight(inputs, hyper, scalars);
    }
    readers = []; // The kernel outlives the backend: it must not keep the backend's memory.
  };
}

/** Reads one input of target k. */
function readerOf(
  name: string,
  source: Source,
  buffers: Readonly<Record<Buffer, Uint32Array>>,
  scalars: Scalars,
): (k: number) => number {
  const { targets, states } = buffers, { scope, byPosition } = scalars;
  const logp = floats(buffers.logp), given = floats(buffers.given);
  const word = (k: number, at: number) => targets[k * TARGET.words + at]!;
  const stateOf = (k: number) => word(k, TARGET.at.state);
  const zero = () => 0;
  switch (source.from) {
    case "logp":
      return (k) => logp[k]!;
    case "difference": {
      const start = scalars[source.column as Column];
      return start === ABSENT ? (k) => logp[k]! - logp[k]! : (k) => logp[k]! - given[start + k]!;
    }
    case "measure": {
      const start = scalars[name as Column];
      return start === ABSENT ? zero : (k) => given[start + k]!;
    }
    case "target": {
      const own = name as InputFrom<"target">,
        at = TARGET.at[own],
        words = wordsOf(targets, TARGET.types[own]);
      return (k) => words[k * TARGET.words + at]!;
    }
    case "state": {
      const own = name as InputFrom<"state">, at = STATE.at[own], words = wordsOf(states, STATE.types[own]);
      return (k) => words[stateOf(k) * STATE.words + at]!;
    }
    case "stateSum": {
      const sums = floats(buffers.sums), at = SIDES.indexOf(source.to);
      return scope < 1 ? zero : (k) => sums[2 * stateOf(k) + at]!;
    }
    case "responseMean": {
      const means = floats(buffers.means), at = SIDES.indexOf(source.to);
      const responseOf = (k: number) => states[stateOf(k) * STATE.words + STATE.at.response]!;
      return scope < 2 ? zero : (k) => means[2 * responseOf(k) + at]!;
    }
    case "positionSum": {
      const sums = floats(buffers.positionSums), at = POSITION.at[source.field];
      return byPosition ? (k) => sums[word(k, TARGET.at.place) * POSITION.words + at]! : zero;
    }
  }
}

/** Of the two sums of a state and the two means of a response. */
export const SIDES = ["anchor", "reference"] as const;

/** `position_sums` of reduce.wgsl: over the targets of each place, in order. */
export function positionSumsOnHost(
  { places, targets, ...buffers }: Readonly<
    Record<"places" | "targets" | "logp" | "given" | "positionSums", Uint32Array>
  >,
  { count, anchor, reference, power }: Readonly<Record<"count" | "anchor" | "reference" | "power", number>>,
): void {
  const units = floats(targets), logp = floats(buffers.logp), given = floats(buffers.given);
  const sums = floats(buffers.positionSums);
  const unitOf = (k: number) => units[k * TARGET.words + TARGET.at.unit]!;
  const next = (k: number) => targets[k * TARGET.words + TARGET.at.next]!;
  const difference = (column: number, k: number) => column === ABSENT ? 0 : logp[k]! - given[column + k]!;
  for (let place = 0; place < count; place++) {
    let delta = 0, referenceDelta = 0, highest = -Infinity, mass = 0;
    for (let k = places[place]!; k !== NO_TARGET; k = next(k)) {
      const unit = unitOf(k);
      delta += unit * difference(anchor, k);
      referenceDelta += unit * difference(reference, k);
      highest = Math.max(highest, logp[k]!);
    }
    for (let k = places[place]!; k !== NO_TARGET; k = next(k)) {
      mass += unitOf(k) * exp(power * (logp[k]! - highest));
    }
    sums.set([delta, referenceDelta, power * highest + log(mass)], place * POSITION.words);
  }
}

function floats(words: Uint32Array): Float32Array {
  return new Float32Array(words.buffer, words.byteOffset, words.length);
}

function wordsOf(words: Uint32Array, type: "f32" | "u32"): Float32Array | Uint32Array {
  return type === "f32" ? floats(words) : words;
}
