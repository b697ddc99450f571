import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { testData } from "../../kernels/testing.ts";
import {
  type AdvantageSettings,
  advantagesOf,
  center,
  leaveOneOut,
  softmaxDifference,
  zscore,
} from "./advantage.ts";

const rewards = Array.from(testData(7, 3));
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const EVERY: readonly AdvantageSettings[] = [
  { kind: "center" },
  { kind: "loo" },
  { kind: "zscore", std: "unbiased" },
  { kind: "zscore", std: "population", eps: 0 },
  { kind: "softmax-difference", psi: 0.5 },
];

Deno.test("a case by hand: rewards 1, 0, 0, 1", () => {
  assertEquals([...center([1, 0, 0, 1])], [0.5, -0.5, -0.5, 0.5]);
  assertEquals([...leaveOneOut([1, 0, 0, 1])].map((a) => a * 3), [2, -2, -2, 2]);
  assertEquals([...zscore([1, 0, 0, 1], { std: "population", eps: 0.5 })], [0.5, -0.5, -0.5, 0.5]);
  assertAlmostEquals(zscore([1, 0, 0, 1], { eps: 0 })[0]!, Math.sqrt(3) / 2, 1e-15);
});

Deno.test("center, zscore and loo sum to zero", () => {
  for (const settings of EVERY) {
    assertAlmostEquals(sum(advantagesOf(rewards, rewards.map(() => 0), settings)), 0, 1e-13);
  }
});

Deno.test("squares of zscore sum to G - 1 (unbiased) or G (population)", () => {
  const squares = (std: "unbiased" | "population") => sum(zscore(rewards, { std, eps: 0 }).map((a) => a * a));
  assertAlmostEquals(squares("unbiased"), rewards.length - 1, 1e-12);
  assertAlmostEquals(squares("population"), rewards.length, 1e-12);
});

Deno.test("loo is the reward minus the mean of the others, G / (G - 1) times center", () => {
  const centered = center(rewards);
  leaveOneOut(rewards).forEach((advantage, g) => {
    const others = rewards.filter((_, i) => i !== g);
    assertAlmostEquals(advantage, rewards[g]! - sum(others) / others.length, 1e-14);
    assertAlmostEquals(advantage, centered[g]! * rewards.length / (rewards.length - 1), 1e-15);
  });
});

Deno.test("equal rewards give exactly zero, whatever their value and number", () => {
  for (const settings of EVERY) {
    for (const reward of [0.1, 0.7, 1 / 3, 1e300, -5e-324]) {
      for (const size of [1, 2, 3, 5, 6, 7]) {
        const found = advantagesOf(new Array(size).fill(reward), new Array(size).fill(4), settings);
        assertEquals([...found], new Array(size).fill(0), `${settings.kind} of ${size} times ${reward}`);
      }
    }
  }
});

Deno.test("shifting rewards changes nothing; scaling them changes all but zscore", () => {
  // Multiples of 1/8 and powers of two: no rounding hides or fakes a difference.
  const exact = [0.5, 2, -1.25, 0.125];
  const groups = exact.map(() => 0);
  for (const settings of EVERY) {
    const plain = [...advantagesOf(exact, groups, settings)];
    assertEquals([...advantagesOf(exact.map((r) => r + 1024), groups, settings)], plain);
  }
  const scaled = (
    settings: AdvantageSettings,
  ) => [...advantagesOf(exact.map((r) => 4 * r), groups, settings)];
  const plain = (settings: AdvantageSettings) => [...advantagesOf(exact, groups, settings)];
  const standard: AdvantageSettings = { kind: "zscore", eps: 0 };
  assertEquals(scaled(standard), plain(standard));
  assertEquals(scaled({ kind: "center" }), plain({ kind: "center" }).map((a) => 4 * a));
  assertEquals(scaled({ kind: "loo" }), plain({ kind: "loo" }).map((a) => 4 * a));
});

Deno.test("groups are independent and may interleave", () => {
  const found = advantagesOf([1, 10, 0, 30, 2], [7, 2, 7, 2, 7], { kind: "center" });
  assertEquals([...found], [0, -10, -1, 10, 1]);
});

Deno.test("given takes the rewards as advantages", () => {
  assertEquals([...advantagesOf([0.7, 0.7], [0, 0], { kind: "given" })], [0.7, 0.7]);
});

Deno.test("a reward that is not finite and a missing group index are refused", () => {
  assertThrows(() => advantagesOf([1, NaN], [0, 0], { kind: "center" }), RangeError, "response 1 is NaN");
  assertThrows(() => advantagesOf([1, 2], [0], { kind: "center" }), RangeError, "2 rewards for 1");
});

Deno.test("softmax differences are those of wd1: by hand, odd in A, and 2 A / (G psi) for large psi", () => {
  // A = 1/2, -1/2: w+ = e / (e + 1) = 1 - w-.
  const high = Math.E / (Math.E + 1);
  softmaxDifference([1, 0]).forEach((w, i) => assertAlmostEquals(w, [2 * high - 1, 1 - 2 * high][i]!, 1e-15));
  const flipped = softmaxDifference(rewards.map((r) => -r), 0.7);
  softmaxDifference(rewards, 0.7).forEach((w, i) => assertAlmostEquals(w, -flipped[i]!, 1e-15));
  const psi = 1e4, centered = center(rewards);
  softmaxDifference(rewards, psi).forEach((w, i) =>
    assertAlmostEquals(w * rewards.length * psi / 2, centered[i]!, 1e-4)
  );
});
