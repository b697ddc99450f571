import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { checkFlaw, drawsOf, problemHash } from "./splits.ts";

Deno.test("splits: the hash that committed lists depend on", () => {
  assertEquals(problemHash(""), 0xab3e7c0b);
  assertEquals(problemHash("30,93,100=23"), 0x2d7c129c);
});

Deno.test("splits: draws depend on stream, seed and index alone, and both must be u32", () => {
  const word = (stream: number, seed: number, index: number) => drawsOf(stream, seed, index).word();
  assertEquals(word(7, 1, 2), word(7, 1, 2));
  for (const other of [word(8, 1, 2), word(7, 2, 2), word(7, 1, 3)]) assertNotEquals(other, word(7, 1, 2));
  for (const [seed, index] of [[-1, 0], [0, 0.5], [2 ** 32, 0], [0, NaN]] as const) {
    assertThrows(() => drawsOf(7, seed, index), RangeError, "expected");
  }
});

Deno.test("splits: a flaw is a probability", () => {
  checkFlaw(0);
  checkFlaw(1);
  for (const flaw of [-0.1, 1.1, NaN]) assertThrows(() => checkFlaw(flaw), RangeError, "[0, 1]");
});
