import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { mean, median, quantile, standardDeviation } from "./moments.ts";

Deno.test("mean, deviation, median and quantiles by hand", () => {
  assertEquals(mean([1, 2, 3]), 2);
  assertEquals(standardDeviation([1, 2, 3]), 1);
  assertEquals(median([5, 1, 3]), 3);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals([0, 0.25, 0.5, 1].map((q) => quantile([4, 0, 2], q)), [0, 1, 2, 4]);
  assertAlmostEquals(quantile([0, 1], 0.975), 0.975, 1e-15);
});

Deno.test("what has no value is refused", () => {
  assertThrows(() => mean([]), RangeError);
  assertThrows(() => standardDeviation([1]), RangeError);
  assertThrows(() => quantile([], 0.5), RangeError);
  for (const q of [-0.1, 1.1, NaN]) assertThrows(() => quantile([1], q), RangeError, "0 <= q <= 1");
});
