import { assertEquals, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { countBits, itemBits, readItemBits } from "./item_bits.ts";

Deno.test("item i is bit i, most significant first, with zeros at the end", () => {
  assertEquals(itemBits([]), "");
  assertEquals(itemBits([true]), "80");
  assertEquals(itemBits([false, true, false, false, true, true, false, true, true]), "4d80");
});

Deno.test("bits read back, and count what they hold", () => {
  const random = randomSequence({ seed: 1, stream: 1 });
  for (let n = 0; n < 40; n++) {
    const items = Array.from({ length: n }, () => random.below(2) === 1);
    assertEquals(readItemBits(itemBits(items), n), items);
    assertEquals(countBits(itemBits(items), n), items.filter(Boolean).length);
  }
});

Deno.test("text of another length, with a bit after the last item, or in capitals is refused", () => {
  for (const [bits, n] of [["80", 9], ["8000", 8], ["c0", 1], ["C0", 2], ["0", 1]] as const) {
    assertEquals(countBits(bits, n), null, bits);
  }
  assertThrows(() => readItemBits("c0", 1), RangeError, "expected the bits of 1 items");
});
