import { assert, assertEquals } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { tieGroups } from "./tie_groups.ts";

const apart = (...pairs: [number, number][]) => (i: number, j: number) =>
  pairs.some(([a, b]) => a === i && b === j);

Deno.test("by hand: chains overlap, a clear difference opens a group", () => {
  assertEquals(tieGroups(0, () => true), []);
  assertEquals(tieGroups(3, () => false), ["a", "a", "a"]);
  assertEquals(tieGroups(3, () => true), ["a", "b", "c"]);
  assertEquals(tieGroups(3, apart([0, 2])), ["a", "ab", "b"]);
  assertEquals(tieGroups(4, apart([0, 3], [1, 3])), ["a", "a", "ab", "b"]);
  assertEquals(tieGroups(4, apart([0, 1], [2, 3])), ["ab", "cd", "ac", "bd"]);
});

Deno.test("items share a letter exactly when they are not told apart, and no letter is superfluous", () => {
  const random = randomSequence({ seed: 1, stream: 1 });
  for (let round = 0; round < 60; round++) {
    const count = 2 + random.below(14), density = random.uniform();
    const told = Array.from(
      { length: count },
      () => Array.from({ length: count }, () => random.uniform() < density),
    );
    const groups = tieGroups(count, (i, j) => told[i]![j]!).map((text) => text.match(/\(\d+\)|./g) ?? []);
    const shared = (letters: string[][], i: number, j: number) =>
      letters[i]!.some((letter) => letters[j]!.includes(letter));
    const holds = (letters: string[][]) =>
      letters.every((own, i) =>
        own.length > 0 && letters.every((_, j) => j <= i || shared(letters, i, j) !== told[i]![j]!)
      );
    assert(holds(groups));
    for (const letter of new Set(groups.flat())) {
      assert(!holds(groups.map((own) => own.filter((each) => each !== letter))), `${letter} says nothing`);
    }
  }
});

Deno.test("24 items with a thorny pattern all have letters", () => {
  const groups = tieGroups(24, (i, j) => (i * 7 + j * 3) % 5 === 0);
  assert(groups.length === 24 && groups.every((own) => own.length > 0));
});
