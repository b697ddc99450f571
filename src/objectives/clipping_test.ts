import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { OFF, passes, surrogate } from "./clipping.ts";

const BOUNDS = { clipLow: 0.2, clipHigh: 0.5 };

Deno.test("S by hand: outward moves stop at the bound, inward moves never do", () => {
  const cases = [
    // ratio, A, S, gradient flows
    [1.4, 2, 2.8, true],
    [1.75, 2, 3, false],
    [1.75, -2, -3.5, true],
    [0.5, 2, 1, true],
    [0.5, -2, -1.6, false],
    [0.875, -2, -1.75, true],
    [3, 0, 0, true],
  ] as const;
  for (const [ratio, advantage, value, flows] of cases) {
    assertAlmostEquals(surrogate(ratio, advantage, BOUNDS), value, 1e-15);
    assertEquals(passes(ratio, advantage, BOUNDS), flows, `ratio ${ratio}, A ${advantage}`);
  }
});

Deno.test("where the gradient flows S is r A, elsewhere it does not change with the ratio", () => {
  for (let r = 0.05; r < 3; r += 0.1) {
    for (const advantage of [-1.5, -0.25, 0.25, 1.5]) {
      const value = surrogate(r, advantage, BOUNDS);
      if (passes(r, advantage, BOUNDS)) assertEquals(value, r * advantage);
      else assertEquals(value, surrogate(advantage > 0 ? r + 1 : r / 2, advantage, BOUNDS));
    }
  }
});

Deno.test("bounds of 0 pass a ratio of exactly 1 for both signs; OFF passes everything", () => {
  for (const advantage of [-1, 1]) {
    assert(passes(1, advantage, { clipLow: 0, clipHigh: 0 }));
    assert(!passes(1 + advantage * 1e-15, advantage, { clipLow: 0, clipHigh: 0 }));
    for (const ratio of [0, 1e-20, 1, 1e20]) {
      assert(passes(ratio, advantage, { clipLow: OFF, clipHigh: OFF }));
      assertEquals(surrogate(ratio, advantage, { clipLow: OFF, clipHigh: OFF }), ratio * advantage);
    }
  }
});
