import { assertEquals, assertThrows } from "@std/assert";
import { highestEntropySteps } from "./step_selection.ts";

Deno.test("the steps of highest entropy come in descending order, ties by the lower index", () => {
  assertEquals(highestEntropySteps([1, 2, 2, 0.5, 2], 4), [1, 2, 4, 0]);
  assertEquals(highestEntropySteps(Float32Array.of(0, 0, 0), 3), [0, 1, 2]);
});

Deno.test("more steps than there are, none, and an entropy that is no number are refused", () => {
  assertThrows(() => highestEntropySteps([1, 2], 3), RangeError, "1 to 2 steps, found 3");
  assertThrows(() => highestEntropySteps([1, 2], 0), RangeError, "found 0");
  assertThrows(() => highestEntropySteps([1, NaN], 1), RangeError, "step 1 is NaN");
});
