import { assertAlmostEquals, assertEquals } from "@std/assert";
import { trustMeasures } from "./trust.ts";

const state = (advantage: number, targets: number) => ({
  response: 0,
  advantage,
  units: new Float64Array(targets).fill(1),
  positions: Uint32Array.from({ length: targets }, (_, i) => i),
});

Deno.test("trust measures by hand: 1 of 3 targets with a signal is held back, ratios are 2, 1, 1/2 and 1", () => {
  const [two, half] = [Math.log(2), Math.log(0.5)].map(Math.fround) as [number, number];
  const found = trustMeasures({ states: [state(1, 2), state(0, 1), state(-1, 1)] }, {
    logp: Float32Array.of(two - 1, -2, half - 3, -1),
    anchor: Float32Array.of(-1, -2, -3, -1),
    dlogp: Float32Array.of(0, -0.5, 0, 0.5),
  });
  assertAlmostEquals(found.maskShare, 1 / 3, 1e-15);
  assertAlmostEquals(found.kl!, ((2 - 1 - two) + (0.5 - 1 - half)) / 4, 1e-7);
  assertAlmostEquals(found.maxRatio!, 2, 1e-6);
});

Deno.test("without an anchor, or without targets, there is no ratio; without a signal nothing is held back", () => {
  const arrays = { logp: Float32Array.of(-1), dlogp: Float32Array.of(0) };
  assertEquals(trustMeasures({ states: [state(0, 1)] }, { ...arrays, anchor: null }), {
    maskShare: 0,
    kl: null,
    maxRatio: null,
  });
  const none = new Float32Array(0);
  const empty = trustMeasures({ states: [state(1, 0)] }, { logp: none, dlogp: none, anchor: none });
  assertEquals(empty, { maskShare: 0, kl: null, maxRatio: null });
});
