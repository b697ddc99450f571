import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import { testData } from "../../kernels/testing.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import {
  chosenSteps,
  highestEntropySteps,
  meanEntropies,
  randomSteps,
  SELECTION,
  uniformSteps,
} from "./step_selection.ts";

const draws = (step = 0) => randomSequence({ seed: 3, stream: Stream.objectiveStates }, step);

/** A response of which `entropies[s]` belong to the tokens of step s. */
function trajectory(entropies: readonly (readonly number[])[]): Trajectory {
  const revealStep = Uint32Array.from(entropies.flatMap((own, step) => own.map(() => step)));
  return {
    prompt: Uint32Array.of(1),
    tokens: revealStep,
    revealStep,
    logp: new Float32Array(revealStep.length),
    entropy: Float32Array.from(entropies.flat()),
  };
}

Deno.test("the steps of highest entropy come in descending order, ties by the lower index", () => {
  assertEquals(highestEntropySteps([1, 2, 2, 0.5, 2], 4), [1, 2, 4, 0]);
  assertEquals(highestEntropySteps(Float32Array.of(0, 0, 0), 3), [0, 1, 2]);
});

Deno.test("the entropy of a step is the mean over its tokens, in any order of positions", () => {
  const one = trajectory([[1, 0.5], [], [0.25, 0.25, 1]]);
  assertEquals([...meanEntropies(one, 4)], [0.75, 0, 0.5, 0]);
  const flipped = { ...one, revealStep: one.revealStep.toReversed(), entropy: one.entropy.toReversed() };
  assertEquals(meanEntropies(flipped, 4), meanEntropies(one, 4));
});

Deno.test("random steps: no step twice, ascending, and every set of K equally likely", () => {
  const seen = new Map<string, number>();
  const rollouts = 6000;
  for (let step = 0; step < rollouts; step++) {
    const chosen = randomSteps(5, 2, draws(step));
    assert(chosen[0]! < chosen[1]!);
    seen.set(`${chosen}`, (seen.get(`${chosen}`) ?? 0) + 1);
  }
  assertEquals(seen.size, 10);
  // Chi-square with 9 degrees of freedom exceeds 27.9 once in a thousand; the draws are fixed.
  const expected = rollouts / 10;
  assert([...seen.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0) < 27.9);
});

Deno.test("K of T random steps times T / K is unbiased for the sum over all steps", () => {
  const gradients = testData(6, 8);
  const whole = gradients.reduce((a, b) => a + b, 0);
  const sets = Array.from({ length: 64 }, (_, bits) => [0, 1, 2, 3, 4, 5].filter((step) => bits >> step & 1));
  for (const count of [1, 2, 4, 6]) {
    const estimates = sets.filter(({ length }) => length === count)
      .map((chosen) => 6 / count * chosen.reduce((sum, step) => sum + gradients[step]!, 0));
    assertAlmostEquals(estimates.reduce((a, b) => a + b, 0) / estimates.length, whole, 1e-12);
  }
});

Deno.test("uniform steps lie at even distances and end at the last", () => {
  assertEquals(uniformSteps(8, 4), [1, 3, 5, 7]);
  assertEquals(uniformSteps(7, 3), [1, 3, 6]);
  assertEquals(uniformSteps(5, 5), [0, 1, 2, 3, 4]);
  assertEquals(uniformSteps(5, 1), [4]);
});

Deno.test("entropy chooses by response, random and uniform alike for all, and K = 0 or a K of no fewer takes every step", () => {
  const responses = [trajectory([[0], [1], [2]]), trajectory([[2], [1], [0]])];
  const choose = (selection: number, steps: number) =>
    chosenSteps(responses, 3, { steps, selection }, draws());
  assertEquals(choose(SELECTION.entropy, 2), [[2, 1], [0, 1]]);
  assertEquals(choose(SELECTION.uniform, 2), [[0, 2], [0, 2]]);
  const [first, second] = choose(SELECTION.random, 2);
  assertEquals(first, second);
  for (const selection of Object.values(SELECTION)) {
    assertEquals(choose(selection, 0), [[0, 1, 2], [0, 1, 2]]);
    for (const count of [3, 8]) {
      assertEquals(choose(selection, count).map((steps) => steps.toSorted()), [[0, 1, 2], [0, 1, 2]]);
    }
  }
});

Deno.test("more steps than there are, none, an unknown selection and an entropy that is no number are refused", () => {
  assertThrows(() => highestEntropySteps([1, 2], 3), RangeError, "1 to 2 steps, found 3");
  assertThrows(() => highestEntropySteps([1, 2], 0), RangeError, "found 0");
  assertThrows(() => highestEntropySteps([1, NaN], 1), RangeError, "step 1 is NaN");
  const one = [trajectory([[1], [2]])];
  const choose = (hyper: Record<string, number>) => () => chosenSteps(one, 2, hyper, draws());
  assertThrows(choose({ steps: -1, selection: 0 }), RangeError, '"steps" is -1, expected an integer');
  assertThrows(choose({ steps: 1, selection: 7 }), RangeError, '"selection" is 7');
});
