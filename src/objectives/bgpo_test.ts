import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { testData } from "../../kernels/testing.ts";
import { bgpo } from "./bgpo.ts";
import { hyperOf, valueOf, weightsOf } from "./value.ts";
import type { Update } from "../../kernels/objectives/testing.ts";
import { updateWithDeltas } from "./testing.ts";
import { vrpoOl } from "./vrpo_ol.ts";

const bound = ({ facts, logProbs }: Update) => valueOf(bgpo, hyperOf(bgpo), facts, logProbs);
const estimate = ({ facts, logProbs }: Update) => valueOf(vrpoOl, hyperOf(vrpoOl), facts, logProbs);
const weights = ({ facts, logProbs }: Update) => weightsOf(bgpo, hyperOf(bgpo), facts, logProbs);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const draws = (count: number, salt: number, scale: number) =>
  Array.from(testData(count, salt), (x) => scale * x);

Deno.test("R_lb <= R_hat for random d, both signs of A and any number of samples", () => {
  for (const samples of [1, 2, 3, 8, 16]) {
    for (const scale of [1e-3, 0.1, 1, 5]) {
      for (const advantage of [1.7, 0.3, -0.3, -1.7]) {
        const update = updateWithDeltas([advantage], [draws(samples, samples, scale)]);
        const slack = 1e-14 * Math.abs(estimate(update));
        assert(
          bound(update) <= estimate(update) + slack,
          `A ${advantage}, ${samples} samples, scale ${scale}`,
        );
      }
    }
  }
});

Deno.test("with the two lemmas swapped R_lb is no lower bound", () => {
  const d = [-2, 0.5, 3];
  for (const advantage of [1, -1]) {
    const swapped = advantage * mean(d.map((x) => advantage >= 0 ? Math.exp(x) : 1 + x));
    assert(swapped > estimate(updateWithDeltas([advantage], [d])), `A ${advantage}`);
  }
});

Deno.test("on-policy R_lb = R_hat = A", () => {
  for (const advantage of [1.25, 0, -0.75]) {
    const update = updateWithDeltas([advantage], [[0, 0, 0]]);
    assertAlmostEquals(bound(update), advantage, 1e-15);
    assertAlmostEquals(estimate(update), advantage, 1e-15);
  }
});

Deno.test("for A >= 0 the gradient does not change with the old policy; for A < 0 it does", () => {
  const positive = [0.1, 2, -3].map((d) => weights(updateWithDeltas([0.8], [[d, -d]])));
  assertEquals(positive[1], positive[0]);
  assertEquals(positive[2], positive[0]);
  const negative = [0.1, 2].map((d) => weights(updateWithDeltas([-0.8], [[d, -d]])));
  assert(negative[0]![0] !== negative[1]![0]);
});

Deno.test("one sample: R_lb = R_hat for A < 0, R_hat - R_lb = A (e^d - 1 - d) for A >= 0", () => {
  for (const d of [-2, -0.3, 0.4, 1.5]) {
    const negative = updateWithDeltas([-0.6], [[d]]);
    assertEquals(bound(negative), estimate(negative));
    const positive = updateWithDeltas([0.6], [[d]]);
    assertAlmostEquals(estimate(positive) - bound(positive), 0.6 * (Math.exp(d) - 1 - d), 1e-14);
  }
});

Deno.test("for A < 0 the gap is |A| (mean e^d - e^(mean d)), zero iff all d are equal", () => {
  const d = [0.3, -1.2, 0.9, 0.1];
  const update = updateWithDeltas([-1.4], [d]);
  const gap = estimate(update) - bound(update);
  assertAlmostEquals(gap, 1.4 * (mean(d.map(Math.exp)) - Math.exp(mean(d))), 1e-14);
  assert(gap > 0.1);
  const equal = updateWithDeltas([-1.4], [[0.3, 0.3, 0.3]]);
  assertAlmostEquals(estimate(equal) - bound(equal), 0, 1e-15);
});

Deno.test("to second order the gap is A (mean d)^2 / 2 for A >= 0 and |A| var(d) / 2 for A < 0", () => {
  const d = draws(6, 4, 1e-3).map((x) => x + 5e-4);
  const center = mean(d), variance = mean(d.map((x) => (x - center) ** 2));
  const gap = (advantage: number) => {
    const update = updateWithDeltas([advantage], [d]);
    return estimate(update) - bound(update);
  };
  assertAlmostEquals(gap(2) / (2 * center ** 2 / 2), 1, 2e-3);
  assertAlmostEquals(gap(-2) / (2 * variance / 2), 1, 2e-3);
});

Deno.test("the gradient is the sum of what each sample alone adds", () => {
  const d = [0.4, -0.8, 1.1];
  for (const advantage of [1.2, -1.2]) {
    const together = weights(updateWithDeltas([advantage], [d]));
    d.forEach((x, j) => {
      const [alone] = weights(updateWithDeltas([advantage], [[x]]));
      assertAlmostEquals(together[j]!, alone! / d.length, 1e-15);
    });
  }
});

Deno.test("d <= -1 gives finite values and weights", () => {
  const update = updateWithDeltas([1, -1], [[-1, -40, -1e6], [-1, -40, -1e6]]);
  assert(Number.isFinite(bound(update)) && weights(update).every(Number.isFinite));
});
