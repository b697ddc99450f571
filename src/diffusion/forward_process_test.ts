import { assert, assertEquals, assertThrows } from "@std/assert";
import fixture from "../conformance/fixtures/elbo.json" with { type: "json" };
import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import {
  bernoulliState,
  complementPositions,
  countState,
  drawPositions,
  maskedState,
  systematicCounts,
  uniformCounts,
} from "./forward_process.ts";

const MASK = 99;
const response = { prompt: Uint32Array.of(MASK, 7, 7), tokens: Uint32Array.of(10, 11, 12, 13, 14, 15) };
const LENGTH = response.tokens.length;
const sequence = (step: number) => randomSequence({ seed: 5, stream: Stream.objectiveStates }, step);

Deno.test("a masked state hides exactly its positions and scores exactly these", () => {
  const state = maskedState(4, response, [0, 2, 5], 2, MASK);
  assertEquals([...state.inputIds], [MASK, 7, 7, MASK, 11, MASK, 13, 14, MASK]);
  assertEquals([...state.positions], [3, 5, 8]);
  assertEquals([...state.targets], [10, 12, 15]);
  assertEquals([...state.units], [2, 2, 2]);
  assertEquals(state.response, 4);
  assertEquals([...response.tokens], [10, 11, 12, 13, 14, 15]);
});

Deno.test("positions out of order or range are refused", () => {
  for (const positions of [[2, 1], [1, 1], [6], [-1], [0.5]]) {
    assertThrows(
      () => maskedState(0, response, positions, 1, MASK),
      RangeError,
      "expected ascending positions",
    );
  }
});

Deno.test("a count state masks that many of the response and never the prompt", () => {
  for (let step = 0; step < 60; step++) {
    const count = 1 + step % LENGTH;
    const state = countState(0, response, count, MASK, sequence(step));
    assertEquals(state.positions.length, count);
    assertEquals([...state.units], new Array(count).fill(LENGTH / count));
    assertEquals(state.inputIds.slice(0, 3), response.prompt);
    assertEquals(state.inputIds.filter((id) => id === MASK).length, count + 1);
    state.positions.forEach((at, k) => {
      assertEquals(state.inputIds[at], MASK);
      assertEquals(state.targets[k], response.tokens[at - 3]);
    });
    assertEquals(countState(0, response, count, MASK, sequence(step)), state);
  }
  for (const count of [0, 7, 1.5]) {
    assertThrows(() => countState(0, response, count, MASK, sequence(0)), RangeError, "masked tokens");
  }
});

/** Pearson's statistic against equal probabilities. */
function chiSquare(counts: readonly number[], total: number): number {
  const expected = total / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

Deno.test("every subset of a size is equally likely (chi-square, 19 degrees of freedom, p > 1e-4)", () => {
  const counts = new Map<string, number>();
  const random = sequence(0);
  for (let i = 0; i < 20_000; i++) {
    const key = drawPositions(6, 3, random).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assertEquals(counts.size, 20);
  assert(chiSquare([...counts.values()], 20_000) < 48.7);
});

Deno.test("a Bernoulli state masks each position with probability t, weighted by 1 / t", () => {
  const draws = 20_000, t = 0.3;
  const masked = new Array(LENGTH).fill(0);
  let empty = 0;
  const random = sequence(1);
  for (let i = 0; i < draws; i++) {
    const state = bernoulliState(0, response, t, MASK, random);
    for (const at of state.positions) masked[at - 3]++;
    assert(state.units.every((u) => u === 1 / t));
    if (state.positions.length === 0) {
      empty++;
      assertEquals([...state.inputIds.slice(3)], [...response.tokens]);
    }
  }
  const deviation = (count: number, p: number) =>
    Math.abs(count - draws * p) / Math.sqrt(draws * p * (1 - p));
  for (const count of masked) assert(deviation(count, t) < 4.5, `${count} of ${draws}`);
  assert(deviation(empty, (1 - t) ** LENGTH) < 4.5, `${empty} empty masks`);
});

Deno.test("mask ratio 1 masks everything; a ratio outside (0, 1] is refused", () => {
  assertEquals(bernoulliState(0, response, 1, MASK, sequence(2)).positions.length, LENGTH);
  for (const t of [0, -0.1, 1.1, NaN]) {
    assertThrows(() => bernoulliState(0, response, t, MASK, sequence(2)), RangeError, "mask ratio");
  }
});

Deno.test("a mask and its complement cover every position once", () => {
  for (let count = 0; count <= 9; count++) {
    const positions = drawPositions(9, count, sequence(count));
    const both = [...positions, ...complementPositions(9, positions)].sort();
    assertEquals(both, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  }
});

Deno.test("systematic counts equal the fixtures", () => {
  for (const { L, b, k, l, u } of fixture.systematic_counts) {
    const counts = systematicCounts(L, b, k);
    assertEquals(counts, l);
    counts.forEach((count, j) => assert(Math.abs(L / count - u[j]!) <= 1e-12 * u[j]!));
  }
});

Deno.test("systematic counts are exactly uniform over a uniform start, for every n and length up to 24", () => {
  for (let length = 1; length <= 24; length++) {
    for (let n = 1; n <= 24; n++) {
      for (let j = 0; j < n; j++) {
        const seen = new Set<number>();
        for (let k = 1; k <= length; k++) seen.add(systematicCounts(length, n, k)[j]!);
        assertEquals(seen.size, length, `length ${length}, n ${n}, sample ${j}`);
        assert(Math.min(...seen) === 1 && Math.max(...seen) === length);
      }
    }
  }
});

Deno.test("systematic counts keep their spacing", () => {
  for (const [length, n] of [[24, 4], [10, 4], [37, 16]] as const) {
    for (let k = 1; k <= length; k++) {
      const counts = systematicCounts(length, n, k);
      assertEquals(counts.length, n);
      for (let j = 1; j < n; j++) {
        const gap = (counts[j]! - counts[j - 1]! + length) % length;
        assert(Math.abs(gap - length / n) < 1, `gap ${gap}`);
      }
    }
  }
  assertThrows(() => systematicCounts(8, 4, 0), RangeError, "start 0");
  assertThrows(() => systematicCounts(8, 4, 9), RangeError, "start 9");
  assertThrows(() => systematicCounts(8, 0, 1), RangeError, "0 mask counts");
});

Deno.test("uniform counts are uniform on 1 to length (chi-square, 7 degrees of freedom, p > 1e-4)", () => {
  const counts = new Array(8).fill(0);
  for (const count of uniformCounts(8, 8000, sequence(3))) counts[count - 1]++;
  assert(chiSquare(counts, 8000) < 29.9, counts.join());
});
