/** What is known of one update before any forward pass: its states, their targets, its responses. */

import type { InputFrom, PlannedTarget, PlanTotals, WeightInputs } from "./inputs.ts";

/** A masked state: `units` and `positions` have one entry per target. */
export interface StateFacts {
  readonly response: number;
  readonly advantage: number;
  readonly units: ArrayLike<number>;
  /** Where each target stands; counted alike in all states of a response. */
  readonly positions: ArrayLike<number>;
}

export interface ResponseFacts {
  /** 1 / (prompts * responses of this prompt). */
  readonly share: number;
  /** Tokens of the response. */
  readonly length: number;
  /** Tokens up to and including the first end token. */
  readonly completionLength: number;
}

/** One update. */
export interface PlanFacts {
  /** Distinct prompts. */
  readonly prompts: number;
  readonly responses: readonly ResponseFacts[];
  /** In response order. */
  readonly states: readonly StateFacts[];
}

/** What a weight may use of each state. */
export type PlannedState = Pick<WeightInputs, InputFrom<"state">>;

/**
 * Facts of each state.
 * @throws RangeError if a response has no state or the states are in another order
 */
export function plannedStates({ states, responses }: Omit<PlanFacts, "prompts">): PlannedState[] {
  const spans = stateSpans(states, responses.length);
  const { perResponse } = placesOf(states, responses.length);
  return states.map(({ response, advantage, units }) => ({
    advantage,
    stateTargets: units.length,
    responseStates: spans[response]!.count,
    responseLength: responses[response]!.length,
    completionLength: responses[response]!.completionLength,
    responsePositions: perResponse[response]!,
    share: responses[response]!.share,
  }));
}

/** Facts of each target. @throws RangeError as `plannedStates` */
export function plannedTargets(facts: Omit<PlanFacts, "prompts">): PlannedTarget[] {
  return plannedStates(facts).flatMap((state, s) =>
    Array.from(facts.states[s]!.units, (unit) => ({ unit, ...state }))
  );
}

export function planTotals({ prompts, responses, states }: PlanFacts): PlanTotals {
  const { places, count } = placesOf(states, responses.length);
  return {
    prompts,
    responses: responses.length,
    states: states.length,
    targets: places.length,
    positions: count,
    completionTokens: responses.reduce((sum, { completionLength }) => sum + completionLength, 0),
    responseTokens: responses.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Distinct pairs of response and position, numbered through the plan in order of first appearance. */
export interface Places {
  /** Place of each target. */
  readonly places: Uint32Array;
  /** Distinct positions that are a target, of each response. */
  readonly perResponse: Uint32Array;
  readonly count: number;
}

/** Places of plans that are in use: packing, totals and values of an update all ask for them. */
const placesOfPlan = new WeakMap<readonly StateFacts[], Places>();

/** @throws RangeError if a state has other numbers of units and positions */
export function placesOf(states: readonly StateFacts[], responses: number): Places {
  let places = placesOfPlan.get(states);
  if (!places) placesOfPlan.set(states, places = numberPlaces(states, responses));
  return places;
}

function numberPlaces(states: readonly StateFacts[], responses: number): Places {
  let targets = 0, width = 0;
  states.forEach(({ units, positions }, s) => {
    if (units.length !== positions.length) {
      throw new RangeError(`state ${s} has ${units.length} units for ${positions.length} positions`);
    }
    targets += positions.length;
    for (let k = 0; k < positions.length; k++) width = Math.max(width, positions[k]! + 1);
  });
  // Of every pair its place + 1, or 0 where it was not met yet.
  const known = new Uint32Array(responses * width);
  const places = new Uint32Array(targets), perResponse = new Uint32Array(responses);
  let target = 0, count = 0;
  for (const { response, positions } of states) {
    for (let k = 0; k < positions.length; k++, target++) {
      const pair = response * width + positions[k]!;
      if (known[pair] === 0) {
        known[pair] = ++count;
        perResponse[response]!++;
      }
      places[target] = known[pair]! - 1;
    }
  }
  return { places, perResponse, count };
}

/** A run of consecutive items. */
export interface Span {
  readonly first: number;
  readonly count: number;
}

/**
 * States of each response.
 * @throws RangeError if a response has no state or the states are not in response order
 */
export function stateSpans(states: readonly { readonly response: number }[], responses: number): Span[] {
  const spans: { first: number; count: number }[] = [];
  states.forEach(({ response }, s) => {
    if (response === spans.length) spans.push({ first: s, count: 0 });
    if (response !== spans.length - 1) {
      throw new RangeError(
        `state ${s} belongs to response ${response}, expected ${
          Math.max(0, spans.length - 1)
        } or ${spans.length}: ` +
          "every response needs at least one state, in response order",
      );
    }
    spans[response]!.count++;
  });
  if (spans.length !== responses) {
    throw new RangeError(`the plan has states of ${spans.length} responses, expected ${responses}`);
  }
  return spans;
}
