/**
 * One update as flat words for the device: what is known of its targets, states and responses before any forward
 * pass. Uploaded once per update; log-probs arrive later, indexed by target.
 */

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

/** Ends the targets of a place. */
export const NO_TARGET = 0xffffffff;

/** Words per record; the structs in prelude.wgsl. */
export const TARGET_WORDS = 4;
export const STATE_WORDS = 9;
export const RESPONSE_WORDS = 2;
export const POSITION_WORDS = 3;

export interface PackedPlan {
  /**
   * [targets, 4]: unit (f32), state, place (index of the pair of response and position in the plan), next target of
   * the same place or NO_TARGET.
   */
  readonly targets: Uint32Array;
  /** [places] first target of each place. */
  readonly places: Uint32Array;
  /**
   * [states, 9]: advantage (f32), share (f32), response, first target, targets, states of the response, length,
   * completion length, positions of the response.
   */
  readonly states: Uint32Array;
  /** [responses, 2]: first state, states. */
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
  const spans = stateSpans(states, responses.length);
  const { places, perResponse, count } = placesOf(states, responses.length);
  const firstTarget = new Uint32Array(states.length + 1);
  states.forEach((state, s) => firstTarget[s + 1] = firstTarget[s]! + state.units.length);
  const targetWords = new Uint32Array(firstTarget[states.length]! * TARGET_WORDS);
  const stateWords = new Uint32Array(states.length * STATE_WORDS);
  const targetFloats = new Float32Array(targetWords.buffer),
    stateFloats = new Float32Array(stateWords.buffer);
  states.forEach((state, s) => {
    const { share, length, completionLength } = responses[state.response]!;
    const at = s * STATE_WORDS;
    stateFloats[at] = state.advantage;
    stateFloats[at + 1] = share;
    stateWords.set(
      [
        state.response,
        firstTarget[s]!,
        state.units.length,
        spans[state.response]!.count,
        length,
        completionLength,
        perResponse[state.response]!,
      ],
      at + 2,
    );
    for (let k = firstTarget[s]!; k < firstTarget[s + 1]!; k++) {
      targetFloats[k * TARGET_WORDS] = state.units[k - firstTarget[s]!]!;
      targetWords[k * TARGET_WORDS + 1] = s;
      targetWords[k * TARGET_WORDS + 2] = places[k]!;
    }
  });
  const firstOfPlace = new Uint32Array(count).fill(NO_TARGET);
  for (let k = places.length - 1; k >= 0; k--) {
    targetWords[k * TARGET_WORDS + 3] = firstOfPlace[places[k]!]!;
    firstOfPlace[places[k]!] = k;
  }
  const responseWords = Uint32Array.from(spans.flatMap(({ first, count }) => [first, count]));
  return {
    targets: targetWords,
    places: firstOfPlace,
    states: stateWords,
    responses: responseWords,
    firstTarget,
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

/** @throws RangeError if a state has other numbers of units and positions */
export function placesOf(states: readonly StateFacts[], responses: number): Places {
  const known = Array.from({ length: responses }, () => new Map<number, number>());
  let count = 0;
  const places = states.flatMap(({ response, units, positions }, s) => {
    if (units.length !== positions.length) {
      throw new RangeError(`state ${s} has ${units.length} units for ${positions.length} positions`);
    }
    return Array.from(positions, (position) => {
      const own = known[response]!;
      if (!own.has(position)) own.set(position, count++);
      return own.get(position)!;
    });
  });
  return {
    places: Uint32Array.from(places),
    perResponse: Uint32Array.from(known, ({ size }) => size),
    count,
  };
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
