import { assert, assertEquals, assertThrows } from "@std/assert";
import fixture from "../conformance/fixtures/elbo.json" with { type: "json" };
import { exactElboByCount } from "./elbo.ts";
import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import {
  bernoulliState,
  blockState,
  complementPositions,
  countState,
  coupledStates,
  drawIndependently,
  drawPositions,
  everyPosition,
  maskedState,
  partlyScoredState,
  systematicCounts,
  uniformCounts,
} from "./forward_process.ts";

const MASK = 99;
const response = { prompt: Uint32Array.of(MASK, 7, 7), tokens: Uint32Array.of(10, 11, 12, 13, 14, 15) };
const LENGTH = response.tokens.length;
const sequence = (step: number) => randomSequence({ seed: 5, stream: Stream.objectiveStates }, step);

Deno.test("a masked state hides exactly its positions and scores exactly these", () => {
  const state = maskedState({ index: 4, response, maskId: MASK }, [0, 2, 5], 2);
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
      () => maskedState({ index: 0, response, maskId: MASK }, positions, 1),
      RangeError,
      "expected ascending positions",
    );
  }
});

Deno.test("a count state masks that many of the response and never the prompt", () => {
  for (let step = 0; step < 60; step++) {
    const count = 1 + step % LENGTH;
    const state = countState({ index: 0, response, maskId: MASK }, count, sequence(step));
    assertEquals(state.positions.length, count);
    assertEquals([...state.units], new Array(count).fill(LENGTH / count));
    assertEquals(state.inputIds.slice(0, 3), response.prompt);
    assertEquals(state.inputIds.filter((id) => id === MASK).length, count + 1);
    state.positions.forEach((at, k) => {
      assertEquals(state.inputIds[at], MASK);
      assertEquals(state.targets[k], response.tokens[at - 3]);
    });
    assertEquals(countState({ index: 0, response, maskId: MASK }, count, sequence(step)), state);
  }
  for (const count of [0, 7, 1.5]) {
    assertThrows(
      () => countState({ index: 0, response, maskId: MASK }, count, sequence(0)),
      RangeError,
      "masked tokens",
    );
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
    const state = bernoulliState({ index: 0, response, maskId: MASK }, t, random);
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
  assertEquals(bernoulliState({ index: 0, response, maskId: MASK }, 1, sequence(2)).positions.length, LENGTH);
  for (const t of [0, -0.1, 1.1, NaN]) {
    assertThrows(
      () => bernoulliState({ index: 0, response, maskId: MASK }, t, sequence(2)),
      RangeError,
      "mask ratio",
    );
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

Deno.test("a state may hide more than it scores, and a part of the prompt", () => {
  const masking = { masked: [0, 2, 5], scored: [2], prompt: [1, 2] };
  const state = partlyScoredState({ index: 1, response, maskId: MASK }, masking, 0.5);
  assertEquals([...state.inputIds], [MASK, MASK, MASK, MASK, 11, MASK, 13, 14, MASK]);
  assertEquals([[...state.positions], [...state.targets], [...state.units]], [[5], [12], [0.5]]);
  const refused = (changes: Partial<typeof masking>, message: string) =>
    assertThrows(
      () => partlyScoredState({ index: 1, response, maskId: MASK }, { ...masking, ...changes }, 1),
      RangeError,
      message,
    );
  refused({ scored: [3] }, "position 3 is scored and not masked");
  refused({ prompt: [3] }, "expected ascending positions in [0, 3)");
  refused({ scored: [5, 2] }, "expected ascending positions in [0, 6)");
});

Deno.test("each position is drawn with the ratio, none at 0 and all at 1", () => {
  assertEquals(drawIndependently(50, 0, sequence(0)).length, 0);
  assertEquals([...drawIndependently(5, 1, sequence(0))], [0, 1, 2, 3, 4]);
  const random = sequence(1), draws = 4000;
  const counts = new Array(LENGTH).fill(0);
  for (let i = 0; i < draws; i++) for (const at of drawIndependently(LENGTH, 0.15, random)) counts[at]++;
  for (const count of counts) {
    assert(Math.abs(count - draws * 0.15) < 4.5 * Math.sqrt(draws * 0.15 * 0.85), `${count} of ${draws}`);
  }
});

Deno.test("coupled states: mask and complement score every token exactly once, for any count", () => {
  for (let count = 0; count <= LENGTH; count++) {
    const [masked, rest] = coupledStates({ index: 2, response, maskId: MASK }, count, sequence(count));
    assertEquals([...masked.positions, ...rest.positions].sort(), [3, 4, 5, 6, 7, 8]);
    assertEquals(masked.positions.length, count);
    assertEquals([...masked.units], new Array(count).fill((LENGTH + 1) / count));
    assertEquals([...rest.units], new Array(LENGTH - count).fill((LENGTH + 1) / (LENGTH - count)));
  }
});

Deno.test("the coupled estimator is unbiased: its mean over counts and masks is the ELBO", () => {
  const L = 5;
  const conditional = (position: number, masked: number) =>
    -3 * randomSequence({ seed: 2, stream: 1 }, 0, masked, position).uniform();
  const bits = (positions: readonly number[]) => positions.reduce((set, i) => set | 1 << i, 0);
  const sum = (positions: readonly number[]) =>
    positions.reduce((total, i) => total + conditional(i, bits(positions)), 0);
  let mean = 0;
  for (let mask = 0; mask < 1 << L; mask++) {
    const masked = [...everyPosition(L)].filter((i) => mask >> i & 1);
    const rest = [...everyPosition(L)].filter((i) => !(mask >> i & 1));
    const l = masked.length;
    const half = (l ? (L + 1) / l * sum(masked) : 0) + (l < L ? (L + 1) / (L - l) * sum(rest) : 0);
    const choose = [1, 5, 10, 10, 5, 1][l]!;
    mean += half / 2 / (choose * (L + 1));
  }
  const exact = exactElboByCount(L, conditional);
  assert(Math.abs(mean - exact) < 1e-13 * Math.abs(exact), `${mean}, exact ${exact}`);
});

Deno.test("a block state masks a part of one block, all after it, and scores the masked completion tokens", () => {
  const masking = { completionLength: 5, blockLength: 2, lightRatio: 0 };
  const seen = new Set<string>();
  for (let step = 0; step < 200; step++) {
    const state = blockState({ index: 0, response, maskId: MASK }, masking, sequence(step));
    const positions = [...state.positions].map((at) => at - 3);
    seen.add(positions.join());
    assertEquals([...state.units], positions.map(() => 5 / positions.length));
    assertEquals(state.inputIds[8], MASK, "what follows the completion is masked");
    assertEquals([...state.inputIds.slice(0, 3)], [...response.prompt]);
    const hidden = [...everyPosition(6)].filter((i) => state.inputIds[3 + i] === MASK);
    assertEquals(hidden, [...positions, 5]);
  }
  // Block 0, 1 or 2 with one of its masks, and the completion tokens of later blocks.
  assertEquals([...seen].sort(), ["0,1,2,3,4", "0,2,3,4", "1,2,3,4", "2,3,4", "2,4", "3,4", "4"]);
});

Deno.test("light masking of a block state reaches the prompt and earlier blocks only, and is scored there", () => {
  const long = { prompt: new Uint32Array(40).fill(7), tokens: new Uint32Array(40).fill(8) };
  let prompt = 0, early = 0, earlyTokens = 0;
  for (let step = 0; step < 300; step++) {
    const masking = { completionLength: 40, blockLength: 20, lightRatio: 0.15 };
    const { inputIds, positions } = blockState(
      { index: 0, response: long, maskId: MASK },
      masking,
      sequence(step),
    );
    prompt += inputIds.slice(0, 40).filter((id) => id === MASK).length;
    assertEquals([...positions], [...everyPosition(80)].filter((i) => i >= 40 && inputIds[i] === MASK));
    if (inputIds.slice(60).every((id) => id === MASK)) continue; // The first block, or all of the second.
    early += inputIds.slice(40, 60).filter((id) => id === MASK).length;
    earlyTokens += 20;
  }
  assert(Math.abs(prompt / (300 * 40) - 0.15) < 0.02, `${prompt}`);
  assert(Math.abs(early / earlyTokens - 0.15) < 0.03, `${early} of ${earlyTokens}`);
  for (const completionLength of [0, 41]) {
    assertThrows(
      () =>
        blockState({ index: 0, response: long, maskId: MASK }, {
          completionLength,
          blockLength: 4,
          lightRatio: 0,
        }, sequence(0)),
      RangeError,
      `a completion of ${completionLength} in 40 tokens`,
    );
  }
});
