import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { rankCorrelation } from "./egspo/entropy.ts";
import { firstReaching } from "./egspo/scores.ts";
import { cell, differences, over, pseudoValues, slope } from "./reading.ts";

Deno.test("estimates over seeds leave out what is missing, and one seed has no interval", () => {
  assertEquals(over([null, null]), null);
  assertEquals(over([3, null]), { value: 3, interval: null });
  const { value, interval } = over([1, 2, 3])!;
  assertEquals(value, 2);
  assertAlmostEquals(interval![0], 2 - 4.302652729696 / Math.sqrt(3), 1e-9);
  assertEquals([cell(over([3])), cell(null)], ["3", "-"]);
  assertEquals(differences([3, 5], [1, 7]), [2, -2]);
});

Deno.test("the slope of a line through exact points", () => {
  assertAlmostEquals(slope([[0, 1], [1, -1], [2, -3]]), -2, 1e-12);
  assertThrows(() => slope([[0, 1]]), RangeError, "two points");
});

Deno.test("rank correlation: order alone counts, ties share their ranks", () => {
  assertEquals(rankCorrelation([1, 2, 3, 4], [10, 20, 1000, 2000]), 1);
  assertEquals(rankCorrelation([1, 2, 3, 4], [9, 4, 1, 0]), -1);
  // Ranks 1.5, 1.5, 3 against 1, 2, 3.
  assertAlmostEquals(rankCorrelation([5, 5, 7], [1, 2, 3]), 1.5 / Math.sqrt(1.5 * 2), 1e-12);
});

Deno.test("the first evaluation that reaches a goal; the base model is none", () => {
  const curve = [0.9, 0.2, 0.5, 0.6].map((score, i) => ({
    score,
    rollouts: i,
    updates: i,
    responses: i,
    flops: i,
  }));
  assertEquals(firstReaching({ curve }, 0.5)!.rollouts, 2);
  assertEquals(firstReaching({ curve }, 0.7), null);
});

Deno.test("pseudo-values of a mean are the values, of a ratio of sums they carry its interval", () => {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  pseudoValues([1, 4, 7], mean).forEach((value, i) => assertAlmostEquals(value, [1, 4, 7][i]!, 1e-12));
  const ratio = (pairs: readonly (readonly [number, number])[]) =>
    pairs.reduce((sum, [a]) => sum + a, 0) / pairs.reduce((sum, [, b]) => sum + b, 0);
  assertEquals(pseudoValues([[2, 1], [4, 2], [6, 3]], ratio), [2, 2, 2]);
});
