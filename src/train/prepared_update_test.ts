import { assert, assertEquals, assertThrows } from "@std/assert";
import { testIntegers } from "../model/testing.ts";
import type { State } from "../diffusion/state.ts";
import { cutMicroBatches } from "./prepared_update.ts";

/** A state of distinct tokens, the positions at `positions` of which are scored. */
function state(first: number, length: number, positions: readonly number[]): State {
  return {
    response: 0,
    inputIds: Uint32Array.from({ length }, (_, i) => first + i),
    positions: Uint32Array.from(positions),
    targets: Uint32Array.from(positions),
    units: new Float64Array(positions.length).fill(1),
  };
}

Deno.test("a case by hand: two lengths, a full batch, a state without targets", () => {
  const states = [
    state(10, 3, [1, 2]),
    state(20, 3, []),
    state(30, 3, [0]),
    state(40, 2, [1]),
    state(50, 3, [2]),
  ];
  const whole = (batch: number, sequence: number, targets: number) => ({ batch, sequence, targets });
  assertEquals(cutMicroBatches(states, { rows: 6, targets: 4 }), [
    {
      firstState: 0,
      states: 2,
      ids: Uint32Array.of(10, 11, 12, 20, 21, 22),
      targetRows: Uint32Array.of(1, 2),
      places: Uint32Array.of(0, 1),
      shape: whole(2, 3, 2),
      signal: whole(2, 3, 2),
    },
    {
      firstState: 2,
      states: 1,
      ids: Uint32Array.of(30, 31, 32),
      targetRows: Uint32Array.of(0),
      places: Uint32Array.of(2),
      shape: whole(1, 3, 1),
      signal: whole(1, 3, 1),
    },
    {
      firstState: 3,
      states: 1,
      ids: Uint32Array.of(40, 41),
      targetRows: Uint32Array.of(1),
      places: Uint32Array.of(3),
      shape: whole(1, 2, 1),
      signal: whole(1, 2, 1),
    },
    {
      firstState: 4,
      states: 1,
      ids: Uint32Array.of(50, 51, 52),
      targetRows: Uint32Array.of(2),
      places: Uint32Array.of(4),
      shape: whole(1, 3, 1),
      signal: whole(1, 3, 1),
    },
  ]);
  // The first and the third state are silent: they change places with the others, and nothing else.
  assertEquals(
    cutMicroBatches(states.filter((_, s) => s !== 3), { rows: 15, targets: 5 }, (s) => s % 2 === 0),
    [
      {
        firstState: 0,
        states: 4,
        ids: Uint32Array.of(20, 21, 22, 50, 51, 52, 10, 11, 12, 30, 31, 32),
        targetRows: Uint32Array.of(5, 7, 8, 9),
        places: Uint32Array.of(3, 0, 1, 2),
        shape: whole(4, 3, 4),
        signal: whole(2, 3, 1),
      },
    ],
  );
  assertEquals(cutMicroBatches([], { rows: 1, targets: 1 }), []);
});

Deno.test("batches keep the order, never mix lengths, and take as many states as the limits allow", () => {
  for (let salt = 0; salt < 50; salt++) {
    const draw = testIntegers(60, 1000, salt);
    const states = Array.from({ length: 20 }, (_, i) => {
      const length = 3 + draw[i]! % 2;
      const masked = Array.from({ length }, (_, p) => p).filter((p) => draw[20 + i]! >> p & 1);
      return state(10 * i, length, masked);
    });
    const limits = { rows: 4 + draw[40]! % 14, targets: 4 + draw[41]! % 8 };
    const silent = (s: number) => draw[42 + s % 18]! % 3 === 0;
    const heard = (s: number) => !silent(s);
    const batches = cutMicroBatches(states, limits, silent);
    const places = batches.flatMap((batch) => [...batch.places]).sort((a, b) => a - b);
    assertEquals(places, Array.from({ length: places.length }, (_, k) => k));
    let at = 0, target = 0;
    batches.forEach(({ firstState, states: count, places, ids, targetRows, shape, signal }, b) => {
      assertEquals(firstState, at);
      assert(places.every((place) => place >= target && place < target + places.length));
      const numbers = Array.from({ length: count }, (_, i) => at + i);
      const first = numbers.filter(heard), own = numbers.map((s) => states[s]!);
      const ordered = [...first, ...numbers.filter((s) => !heard(s))].map((s) => states[s]!);
      const targets = first.reduce((sum, s) => sum + states[s]!.targets.length, 0);
      assertEquals(signal, { ...shape, batch: first.length, targets });
      assertEquals([...ids], ordered.flatMap(({ inputIds }) => [...inputIds]));
      // A row of targets names the token at its position, as every token here is another.
      assertEquals(
        Array.from(targetRows, (row) => ids[row]),
        ordered.flatMap(({ inputIds, positions }) => Array.from(positions, (p) => inputIds[p])),
      );
      const planned = own.flatMap(({ inputIds, positions }) => Array.from(positions, (p) => inputIds[p]));
      assertEquals(
        Array.from(places, (place) => planned[place - target]),
        Array.from(targetRows, (row) => ids[row]),
      );
      assertEquals(new Set(own.map(({ inputIds }) => inputIds.length)), new Set([shape.sequence]));
      assertEquals([shape.batch * shape.sequence, shape.targets], [ids.length, targetRows.length]);
      assert(ids.length <= limits.rows && targetRows.length <= limits.targets);
      at += count;
      target += targetRows.length;
      const next = batches[b + 1] && states[at]!;
      if (!next) return;
      const fits = ids.length + shape.sequence <= limits.rows &&
        targetRows.length + next.targets.length <= limits.targets;
      assert(next.inputIds.length !== shape.sequence || !fits, `batch ${b} could hold state ${at}`);
    });
    assertEquals(at, states.length);
  }
});

Deno.test("a state that exceeds the limits is refused, wherever it stands", () => {
  const small = state(10, 3, [1]);
  assertThrows(
    () => cutMicroBatches([small, state(20, 5, [1])], { rows: 4, targets: 4 }),
    RangeError,
    "one state of 5 tokens and 1 targets exceeds the micro-batch of 4 tokens and 4 targets; raise microBatch",
  );
  assertThrows(
    () => cutMicroBatches([small, state(20, 3, [0, 1, 2])], { rows: 9, targets: 2 }),
    RangeError,
    "one state of 3 tokens and 3 targets exceeds the micro-batch of 9 tokens and 2 targets",
  );
});
