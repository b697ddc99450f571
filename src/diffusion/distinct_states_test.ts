import { assertEquals } from "@std/assert";
import { testIntegers } from "../model/testing.ts";
import { distinctStates, ownStates } from "./distinct_states.ts";

Deno.test("rows with equal words share a state, numbered by first appearance", () => {
  const cases: [number[], number, number[], number[]][] = [
    [[], 3, [], []],
    [[7, 7], 2, [0], [0]],
    [[1, 2, 2, 1, 1, 2, 2, 2, 2, 1], 2, [0, 1, 0, 2, 1], [0, 1, 3]],
    [[5, 5, 5], 1, [0, 0, 0], [0]],
    // Words beyond 2^31 keep their bits.
    [[0xffffffff, 0x7fffffff, 0xffffffff], 1, [0, 1, 0], [0, 1]],
  ];
  for (const [words, width, states, leaders] of cases) {
    const found = distinctStates(Uint32Array.from(words), width);
    assertEquals([[...found.states], [...found.leaders]], [states, leaders]);
  }
});

Deno.test("rows with equal hashes and other words are told apart", () => {
  // Of 2^18 random rows a few share their 32 bits by chance (measured: 4 pairs); every row is another.
  const rows = 2 ** 18, width = 2, words = new Uint32Array(rows * width);
  testIntegers(rows, 2 ** 31, 1).forEach((word, row) => words.set([word, row], row * width));
  assertEquals(distinctStates(words, width), ownStates(rows));
});
