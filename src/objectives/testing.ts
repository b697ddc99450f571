/** Updates for tests of objectives. */

import { testData } from "../../kernels/testing.ts";
import type { Column } from "../../kernels/objectives/weigh.ts";
import { type PlanFacts, planFacts } from "./value.ts";

export interface Update {
  readonly facts: PlanFacts;
  readonly logProbs: Readonly<Record<"logp" | Column, Float64Array>>;
}

/** An update with one target of unit 1 per state, so that d_j is `deltas[response][j]`. */
export function updateWithDeltas(
  advantages: readonly number[],
  deltas: readonly (readonly number[])[],
  groups: readonly number[] = advantages.map(() => 0),
): Update {
  const states = deltas.flatMap((row, response) =>
    row.map((_, j) => ({ response, units: Float64Array.of(1), positions: Uint32Array.of(j % 8) }))
  );
  const lengths = advantages.map(() => 8);
  const facts = planFacts(states, { groups, lengths, completionLengths: lengths, advantages });
  const logp = Float64Array.from(deltas.flat()), zeros = new Float64Array(logp.length);
  return {
    facts,
    logProbs: { logp, anchor: zeros, reference: logp, recomputed: zeros, divergence: zeros },
  };
}

/** Numbers that f32 holds exactly, so that only the kernels round. */
function randomValues(length: number, salt: number, from: number, to: number): Float64Array {
  return Float64Array.from(testData(length, salt), (x) => Math.fround(from + (to - from) * (x + 1) / 2));
}

export interface RandomUpdateOptions {
  readonly prompts?: number;
  readonly group?: number;
  readonly states?: number;
  readonly length?: number;
  /** Half-width of the differences between current and anchor log-probs. */
  readonly drift?: number;
  readonly advantages?: readonly number[];
}

/** A random update; states have 0 to `length` targets. Advantages include both signs and 0. */
export function randomUpdate(salt: number, options: RandomUpdateOptions = {}): Update {
  const { prompts = 2, group = 3, states = 4, length = 7, drift = 0.2 } = options;
  const responses = prompts * group;
  const draw = testData(responses * states + responses, salt);
  const rows = Array.from({ length: responses * states }, (_, s) => {
    const targets = Math.floor((draw[s]! + 1) / 2 * (length + 0.999));
    return {
      response: Math.floor(s / states),
      units: new Float64Array(targets).fill(Math.fround(length / Math.max(1, targets))),
      positions: Uint32Array.from({ length: targets }, (_, k) => (3 * s + k) % length).sort(),
    };
  });
  const facts = planFacts(rows, {
    groups: Array.from({ length: responses }, (_, g) => g % prompts),
    lengths: new Array(responses).fill(length),
    completionLengths: Array.from({ length: responses }, (_, g) => Math.max(1, length - g % 3)),
    advantages: options.advantages ??
      Array.from({ length: responses }, (_, g) => g === 1 ? 0 : draw[responses * states + g]! * 2),
  });
  const targets = rows.reduce((sum, { units }) => sum + units.length, 0);
  const logp = randomValues(targets, salt + 1, -6, -0.01);
  const shift = randomValues(targets, salt + 2, -drift, drift);
  const shifted = (by: Float64Array) => logp.map((value, k) => Math.fround(value + by[k]!));
  return {
    facts,
    logProbs: {
      logp,
      anchor: shifted(shift),
      reference: randomValues(targets, salt + 3, -6, -0.01),
      recomputed: shifted(randomValues(targets, salt + 4, -drift, drift)),
      divergence: randomValues(targets, salt + 5, 0, 0.4),
    },
  };
}
