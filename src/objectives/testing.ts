/** Updates for tests of objectives. */

import { testData } from "../../kernels/testing.ts";
import { type LogProbs, type PlanFacts, planFacts } from "./evaluate.ts";

export interface Update {
  readonly facts: PlanFacts;
  readonly logProbs: LogProbs & { readonly anchor: Float64Array; readonly reference: Float64Array };
}

/** An update with one target of unit 1 per state, so that d_j is `deltas[response][j]`. */
export function updateWithDeltas(
  advantages: readonly number[],
  deltas: readonly (readonly number[])[],
  groups: readonly number[] = advantages.map(() => 0),
): Update {
  const states = deltas.flatMap((row, response) => row.map(() => ({ response, units: Float64Array.of(1) })));
  const facts = planFacts(states, { groups, lengths: advantages.map(() => 8), advantages });
  const logp = Float64Array.from(deltas.flat());
  return { facts, logProbs: { logp, anchor: new Float64Array(logp.length), reference: logp } };
}

/** Log-probs that f32 holds exactly, so that only the kernels round. */
function randomLogp(length: number, salt: number, from: number, to: number): Float64Array {
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
    };
  });
  const facts = planFacts(rows, {
    groups: Array.from({ length: responses }, (_, g) => g % prompts),
    lengths: new Array(responses).fill(length),
    advantages: options.advantages ??
      Array.from({ length: responses }, (_, g) => g === 1 ? 0 : draw[responses * states + g]! * 2),
  });
  const targets = rows.reduce((sum, { units }) => sum + units.length, 0);
  const logp = randomLogp(targets, salt + 1, -6, -0.01);
  const shift = randomLogp(targets, salt + 2, -drift, drift);
  const anchor = logp.map((value, k) => Math.fround(value + shift[k]!));
  return { facts, logProbs: { logp, anchor, reference: randomLogp(targets, salt + 3, -6, -0.01) } };
}
