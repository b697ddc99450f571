/** Random updates for tests of weights. */

import { testData } from "../testing.ts";
import type { PlanFacts } from "./facts.ts";
import { byColumn, type Column } from "./inputs.ts";

export interface Update {
  readonly facts: PlanFacts;
  readonly logProbs: Readonly<Record<"logp" | Column, Float64Array>>;
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
  const advantages = options.advantages ??
    Array.from({ length: responses }, (_, g) => g === 1 ? 0 : draw[responses * states + g]! * 2);
  const facts = {
    prompts,
    responses: Array.from({ length: responses }, (_, g) => ({
      share: 1 / (prompts * group),
      length,
      completionLength: Math.max(1, length - g % 3),
    })),
    states: rows.map((row) => ({ ...row, advantage: advantages[row.response]! })),
  };
  const targets = rows.reduce((sum, { units }) => sum + units.length, 0);
  const logp = randomValues(targets, salt + 1, -6, -0.01);
  const near = (salt: number) => {
    const shift = randomValues(targets, salt, -drift, drift);
    return logp.map((value, k) => Math.fround(value + shift[k]!));
  };
  const columns = byColumn(({ name, from }, i) => {
    if (from === "measure") return randomValues(targets, salt + 2 + i, 0, 0.4);
    return name === "reference" ? randomValues(targets, salt + 2 + i, -6, -0.01) : near(salt + 2 + i);
  });
  return { facts, logProbs: { logp, ...columns } };
}
