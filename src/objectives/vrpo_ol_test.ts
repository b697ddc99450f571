import { assertAlmostEquals } from "@std/assert";
import { hyperOf, weightsOf } from "./value.ts";
import { randomUpdate } from "../../kernels/objectives/testing.ts";
import { vrpoOl } from "./vrpo_ol.ts";

Deno.test("two passes: dF/dl_j times u is the weight of every target of state j, off-policy", () => {
  const advantage = 1.3, n = 4;
  const { facts, logProbs } = randomUpdate(3, { prompts: 1, group: 1, states: n, advantages: [advantage] });
  // Pass 1: the scalars of all states, without gradients.
  let target = 0;
  const d = facts.states.map(({ units }) =>
    Array.from(units, (unit) => unit * (logProbs.logp[target]! - logProbs.anchor[target++]!))
      .reduce((a, b) => a + b, 0)
  );
  const literal = (values: readonly number[]) => advantage * Math.exp(values.reduce((a, b) => a + b, 0) / n);
  // Pass 2: each state alone, with the coefficient dF/dl_j.
  const step = 1e-6;
  const expected = facts.states.flatMap(({ units }, j) => {
    const moved = (by: number) => d.map((x, i) => i === j ? x + by : x);
    const coefficient = (literal(moved(step)) - literal(moved(-step))) / (2 * step);
    return Array.from(units, (unit) => coefficient * unit);
  });
  weightsOf(vrpoOl, hyperOf(vrpoOl), facts, logProbs).forEach((w, k) => {
    assertAlmostEquals(w, expected[k]!, 1e-8 * Math.max(1, Math.abs(w)));
  });
});
