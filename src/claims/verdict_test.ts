import { assertEquals, assertThrows } from "@std/assert";
import {
  type Check,
  checkText,
  exactCheck,
  outcomeOf,
  seedCheck,
  verdictLine,
  verdictOf,
} from "./verdict.ts";

const check = (interval: Check["interval"], within: Check["within"]): Check => ({
  what: "gain",
  estimate: interval ? (interval[0] + interval[1]) / 2 : 1,
  interval,
  within,
});

Deno.test("a check is reproduced inside its range, not reproduced outside, and open where the interval crosses an end", () => {
  assertEquals(outcomeOf(check([0.1, 0.3], [0, null])), "reproduced");
  assertEquals(outcomeOf(check([-0.3, -0.1], [0, null])), "not reproduced");
  assertEquals(outcomeOf(check([-0.1, 0.3], [0, null])), "not decidable at this scale");
  assertEquals(outcomeOf(check([-0.1, 0.1], [-0.2, 0.2])), "reproduced");
  assertEquals(outcomeOf(check([0.1, 0.3], [-0.2, 0.2])), "not decidable at this scale");
  assertEquals(outcomeOf(check([0.3, 0.4], [-0.2, 0.2])), "not reproduced");
  // A tie is not a gain.
  assertEquals(outcomeOf(check([0, 0], [0, null])), "not reproduced");
  assertEquals(outcomeOf(check([0, 0], [null, 1e-6])), "reproduced");
});

Deno.test("without a spread, or with one that is not a number, nothing is decided", () => {
  assertEquals(outcomeOf(check(null, [0, null])), "not decidable at this scale");
  assertEquals(outcomeOf(check([NaN, 1], [0, null])), "not decidable at this scale");
  assertEquals(outcomeOf(check([Infinity, Infinity], [null, 1])), "not reproduced");
  assertEquals(outcomeOf(seedCheck("gain", [0.4], [0, null])), "not decidable at this scale");
});

Deno.test("a claim needs all of its checks, and falls with one of them", () => {
  const good = check([1, 2], [0, null]), bad = check([-2, -1], [0, null]), open = check([-1, 1], [0, null]);
  assertEquals(verdictOf([good, good]), "reproduced");
  assertEquals(verdictOf([good, open]), "not decidable at this scale");
  assertEquals(verdictOf([good, open, bad]), "not reproduced");
  assertThrows(() => verdictOf([]), RangeError, "at least one check");
});

Deno.test("the line of a verdict has the numbers and the rule", () => {
  assertEquals(
    checkText(seedCheck("gain", [0.5, 0.7, 0.6], [0, null])),
    "gain: 0.6 [0.3516, 0.8484], claimed above 0: reproduced",
  );
  assertEquals(
    verdictLine([exactCheck("ratio", 21.5, [null, 1.5])]),
    "not reproduced: ratio: 21.5, claimed below 1.5: not reproduced",
  );
});
