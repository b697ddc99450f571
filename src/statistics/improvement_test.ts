import { assertAlmostEquals, assertEquals } from "@std/assert";
import { improvementPerTask, probabilityOfImprovement } from "./improvement.ts";

Deno.test("by hand: 3 of 4 pairs are won, one is a tie", () => {
  assertEquals(improvementPerTask([[0.5], [0.7]], [[0.5], [0.4]]), [3.5 / 4]);
  assertEquals(probabilityOfImprovement([[0.5, 0], [0.7, 0]], [[0.5, 1], [0.4, 1]]), 3.5 / 8);
});

Deno.test("both directions add up to 1, and an algorithm against itself is a coin", () => {
  const x = [[0.1, 0.4], [0.2, 0.4], [0.9, 0.6]], y = [[0.2, 0.5], [0.3, 0.4]];
  assertAlmostEquals(probabilityOfImprovement(x, y) + probabilityOfImprovement(y, x), 1, 1e-15);
  assertEquals(probabilityOfImprovement(x, x), 0.5);
});
