import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { detectableDifference, detectableMeanDifference } from "./detectable.ts";
import { equivalence } from "./equivalence.ts";
import { holm } from "./holm.ts";
import { discordant, mcnemar } from "./mcnemar.ts";
import { signFlipTest } from "./sign_flip.ts";

Deno.test("McNemar by hand: 1 against 5 of 6 coins", () => {
  const { exact, mid } = mcnemar(1, 5);
  assertAlmostEquals(exact, 2 * (1 + 6) / 64, 1e-15);
  assertAlmostEquals(mid, 2 * (1 + 6) / 64 - 6 / 64, 1e-15);
  assertEquals(mcnemar(5, 1), mcnemar(1, 5));
  assertEquals(mcnemar(0, 0), { exact: 1, mid: 1 });
  assertThrows(() => mcnemar(0.5, 1), RangeError, "whole counts");
});

Deno.test("McNemar's two ways of computing C(n, k) / 2^n agree, and large counts stay finite", () => {
  // The recurrence of the tail from C(54, 0) / 2^54 upwards is exact enough to compare with.
  let point = 2 ** -54, tail = 0;
  for (let k = 0; k <= 20; k++) {
    tail += point;
    point *= (54 - k) / (k + 1);
  }
  assertAlmostEquals(mcnemar(20, 34).exact, 2 * tail, 1e-14);
  const { exact, mid } = mcnemar(4900, 5100);
  // The normal approximation with continuity correction: z = 199 / 100.
  assertAlmostEquals(exact, 0.0466, 1e-3);
  assert(mid < exact && mid > 0.04);
  assertEquals(mcnemar(0, 5000).exact, 0);
});

Deno.test("discordant items are counted on common items only", () => {
  assertEquals(discordant([true, true, false, false], [true, false, true, true]), { b: 1, c: 2, n: 4 });
  assertThrows(() => discordant([true], []), RangeError, "common items");
});

Deno.test("Holm by hand: 0.01, 0.02, 0.03, 0.04 become 0.04, 0.06, 0.06, 0.06", () => {
  holm([0.03, 0.01, 0.04, 0.02]).forEach((p, i) =>
    assertAlmostEquals(p, [0.06, 0.04, 0.06, 0.06][i]!, 1e-15)
  );
  assertEquals(holm([0.4, 0.9]), [0.8, 0.9]);
  assertEquals(holm([0.6, 0.7]), [1, 1]);
  assertEquals(holm([]), []);
});

Deno.test("Holm rejects exactly what the step-down rule rejects", () => {
  const random = randomSequence({ seed: 1, stream: 1 });
  for (let i = 0; i < 200; i++) {
    const p = Array.from({ length: 1 + random.below(12) }, () => random.uniform() ** 3);
    const sorted = p.toSorted((a, b) => a - b);
    const stop = sorted.findIndex((value, rank) => value > 0.05 / (p.length - rank));
    const rejected = stop < 0 ? p.length : stop;
    assertEquals(holm(p).filter((value) => value <= 0.05).length, rejected);
  }
});

/** Every sign pattern, one by one. */
function signFlipByEnumeration(differences: readonly number[]): number {
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  let extreme = 0;
  for (let pattern = 0; pattern < 2 ** differences.length; pattern++) {
    const sum = differences.reduce((total, value, i) => total + (pattern >> i & 1 ? value : -value), 0);
    if (Math.abs(sum) >= observed) extreme++;
  }
  return extreme / 2 ** differences.length;
}

Deno.test("the sign-flip test equals the count of all sign patterns", () => {
  const random = randomSequence({ seed: 2, stream: 1 });
  for (let i = 0; i < 100; i++) {
    const differences = Array.from({ length: 1 + random.below(10) }, () => random.below(41) - 14);
    assertEquals(signFlipTest(differences), signFlipByEnumeration(differences), `${differences}`);
  }
  assertEquals(signFlipTest([3, 4, 5]), 2 / 8);
  assertEquals(signFlipTest([0, 0]), 1);
  assertEquals(signFlipTest([]), 1);
  assertEquals(signFlipTest(new Array(18).fill(1)), 2 / 2 ** 18);
  // A common unit changes nothing, and needs no more room than the units do.
  assertEquals(signFlipTest([3000, -4000, 9000, 1000]), signFlipTest([3, -4, 9, 1]));
  assertThrows(() => signFlipTest([0.5]), RangeError, "whole differences");
});

Deno.test("the sign-flip test keeps its level when there is no difference", () => {
  const random = randomSequence({ seed: 3, stream: 1 });
  let rejected = 0;
  for (let i = 0; i < 2000; i++) {
    const differences = Array.from({ length: 12 }, () => random.below(101) - 50);
    if (signFlipTest(differences) <= 0.05) rejected++;
  }
  // Binomial around at most 100, standard deviation 10.
  assert(rejected > 60 && rejected < 135, `${rejected}`);
});

Deno.test("detectable differences: 15 points on 164 problems, and 1 / sqrt n", () => {
  assertAlmostEquals(detectableDifference(82, 164), 0.155, 5e-4);
  assert(detectableDifference(0, 164) > 0.03);
  assertAlmostEquals(detectableMeanDifference(0.1, 18), 2.801585218 * 0.1 / Math.sqrt(18), 1e-9);
  assertThrows(() => detectableDifference(5, 4), RangeError, "0 <= correct <= n");
});

Deno.test("equivalence needs an interval inside the margin: neither noise nor one value is enough", () => {
  const differences = [0.01, -0.01, 0.02, -0.02, 0];
  // Mean 0, deviation 0.0158, t(4) at 90 % = 2.132: half width 0.0151.
  const { interval, mean, equivalent, n } = equivalence(differences, 0.016);
  assertEquals([n, mean, equivalent], [5, 0, true]);
  assertAlmostEquals(interval![1], 2.13184678632665 * Math.sqrt(0.00025) / Math.sqrt(5), 1e-12);
  assertEquals(equivalence(differences, 0.015).equivalent, false);
  assertEquals(equivalence(differences.map((d) => d + 0.01), 0.016).equivalent, false);
  assertEquals(equivalence([0], 0.5), { n: 1, mean: 0, interval: null, margin: 0.5, equivalent: false });
  assertEquals(equivalence([0, 0], 0.5).equivalent, true);
  assertThrows(() => equivalence([0], 0), RangeError, "positive margin");
});
