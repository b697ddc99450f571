/**
 * One update as flat words for the device: what is known of its targets, states and responses before any forward
 * pass. Uploaded once per update; log-probs arrive later, indexed by target.
 */

import {
  placesOf,
  type PlannedState,
  plannedStates,
  type ResponseFacts,
  type StateFacts,
  stateSpans,
} from "./facts.ts";
import type { InputFrom } from "./inputs.ts";
import type { PositionSum } from "./position_sums.ts";

/** Ends the targets of a place. */
export const NO_TARGET = 0xffffffff;

type Word = "f32" | "u32";

/** A record of words: their types, their indices within it, and how many they are. */
function record<F extends string>(types: Readonly<Record<F, Word>>) {
  const names = Object.keys(types) as F[];
  const at = Object.fromEntries(names.map((name, i) => [name, i])) as Record<F, number>;
  return { types, at, words: names.length };
}

const TARGET_TYPES = {
  unit: "f32",
  state: "u32",
  place: "u32",
  next: "u32",
} as const satisfies Record<InputFrom<"target"> | "state" | "place" | "next", Word>;

const STATE_TYPES = {
  advantage: "f32",
  share: "f32",
  response: "u32",
  firstTarget: "u32",
  stateTargets: "u32",
  responseStates: "u32",
  responseLength: "u32",
  completionLength: "u32",
  responsePositions: "u32",
} as const satisfies Record<keyof PlannedState | "response" | "firstTarget", Word>;

const POSITION_TYPES = {
  delta: "f32",
  referenceDelta: "f32",
  logMass: "f32",
} as const satisfies Record<keyof PositionSum, Word>;

/** The structs of these names in prelude.wgsl; reduce.as.ts reads StateFacts and ResponseFacts by offset. */
export const RECORDS = {
  /** `place`: index of the pair of response and position; `next`: next target of the same place or NO_TARGET. */
  TargetFacts: record(TARGET_TYPES),
  StateFacts: record(STATE_TYPES),
  ResponseFacts: record({ firstState: "u32", states: "u32" }),
  PositionSums: record(POSITION_TYPES),
};
const { TargetFacts: TARGET, StateFacts: STATE } = RECORDS;

export interface PackedPlan {
  /** [targets] TargetFacts. */
  readonly targets: Uint32Array;
  /** [places] first target of each place. */
  readonly places: Uint32Array;
  /** [states] StateFacts. */
  readonly states: Uint32Array;
  /** [responses] ResponseFacts. */
  readonly responses: Uint32Array;
  /** First target of each state, then the number of targets: [states + 1]. */
  readonly firstTarget: Uint32Array;
}

/**
 * Packs one update.
 * @param states in response order: the states of a response are consecutive
 * @throws RangeError if a response has no state or the states are in another order
 */
export function packPlan(states: readonly StateFacts[], responses: readonly ResponseFacts[]): PackedPlan {
  const planned = plannedStates({ states, responses });
  const { places, count } = placesOf(states, responses.length);
  const firstTarget = new Uint32Array(states.length + 1);
  states.forEach((state, s) => firstTarget[s + 1] = firstTarget[s]! + state.units.length);
  const targetWords = new Uint32Array(firstTarget[states.length]! * TARGET.words);
  const stateWords = new Uint32Array(states.length * STATE.words);
  const targetFloats = new Float32Array(targetWords.buffer),
    stateFloats = new Float32Array(stateWords.buffer);
  const fields = Object.keys(STATE.types) as (keyof typeof STATE.types)[];
  const arrays = fields.map((name) => STATE.types[name] === "f32" ? stateFloats : stateWords);
  states.forEach(({ response, units }, s) => {
    const facts = { ...planned[s]!, response, firstTarget: firstTarget[s]! };
    for (let f = 0; f < fields.length; f++) arrays[f]![s * STATE.words + f] = facts[fields[f]!];
    for (let k = firstTarget[s]!; k < firstTarget[s + 1]!; k++) {
      targetFloats[k * TARGET.words + TARGET.at.unit] = units[k - firstTarget[s]!]!;
      targetWords[k * TARGET.words + TARGET.at.state] = s;
      targetWords[k * TARGET.words + TARGET.at.place] = places[k]!;
    }
  });
  const firstOfPlace = new Uint32Array(count).fill(NO_TARGET);
  for (let k = places.length - 1; k >= 0; k--) {
    targetWords[k * TARGET.words + TARGET.at.next] = firstOfPlace[places[k]!]!;
    firstOfPlace[places[k]!] = k;
  }
  const spans = stateSpans(states, responses.length);
  return {
    targets: targetWords,
    places: firstOfPlace,
    states: stateWords,
    responses: Uint32Array.from(spans.flatMap(({ first, count }) => [first, count])),
    firstTarget,
  };
}
