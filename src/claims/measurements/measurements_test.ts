import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backendTest, checkGradient } from "../../../kernels/testing.ts";
import { deviceWeightsOf } from "../../objectives/device.ts";
import { weightTolerance } from "../../objectives/device_tolerance.ts";
import { hyperOf, valueOf, weightsOf } from "../../objectives/value.ts";
import { randomUpdate } from "../../../kernels/objectives/testing.ts";
import { bgpoExponential, bgpoTangent, measuredObjective } from "./objectives.ts";
import { roundMantissa } from "./quantise.ts";
import { cosine, distance2, dot, meanVector, norm } from "./vectors.ts";

Deno.test("rounding to 7 mantissa bits gives bf16, halves to even, carries into the exponent", () => {
  const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!;
  const rounded = (word: number, mantissa: number) =>
    bits(roundMantissa(new Float32Array(Uint32Array.of(word).buffer), mantissa)[0]!);
  assertEquals(rounded(0x3f800001, 7), 0x3f800000);
  assertEquals(rounded(0x3f808000, 7), 0x3f800000);
  assertEquals(rounded(0x3f818000, 7), 0x3f820000);
  assertEquals(rounded(0xbf80c000, 7), 0xbf810000);
  assertEquals(rounded(0x3fffffff, 7), 0x40000000);
  assertEquals(rounded(0x3f812345, 23), 0x3f812345);
  assertEquals([...roundMantissa(Float32Array.of(1.0625, 1.1875, -0.3), 3)], [1, 1.25, -0.3125]);
  assertThrows(() => roundMantissa(new Float32Array(1), 0), RangeError, "an integer from 1 to 23");
});

Deno.test("vectors: products, distances, means and cosines in f64", () => {
  const a = Float32Array.of(3, 4), b = Float32Array.of(4, -3);
  assertEquals([dot(a, b), norm(a), distance2(a, b)], [0, 5, 50]);
  assertEquals([...meanVector([a, b])], [3.5, 0.5]);
  assertAlmostEquals(cosine(a, a), 1, 1e-15);
  assert(Number.isNaN(cosine(a, Float32Array.of(0, 0))));
});

for (const objective of [bgpoTangent, bgpoExponential]) {
  Deno.test(`${objective.id}: the weights are the derivatives of the literal objective`, () => {
    const { facts, logProbs } = randomUpdate(3, { drift: 0.4 });
    const hyper = hyperOf(objective);
    checkGradient(
      (logp) => Float64Array.of(valueOf(objective, hyper, facts, { ...logProbs, logp })),
      (logp, [upstream]) =>
        weightsOf(objective, hyper, facts, { ...logProbs, logp }).map((w) => w * upstream!),
      logProbs.logp,
      { tolerance: 1e-7 },
    );
  });

  backendTest(`${objective.id}: the WGSL form equals the f64 form`, async (backend) => {
    const { facts, logProbs } = randomUpdate(4, { drift: 0.4 });
    const exact = weightsOf(objective, hyperOf(objective), facts, logProbs);
    const found = await deviceWeightsOf(backend, { objective, hyper: hyperOf(objective) }, facts, logProbs);
    const tolerance = weightTolerance(facts, logProbs);
    found.forEach((w, k) =>
      assert(Math.abs(w - exact[k]!) <= tolerance * Math.abs(exact[k]!), `weight ${k}`)
    );
  });
}

Deno.test("each lemma is BGPO's own form for one sign of the advantage, and not for the other", () => {
  const bgpo = measuredObjective("bgpo");
  const { facts, logProbs } = randomUpdate(9, { drift: 0.4 });
  const targets = facts.states.flatMap(({ advantage, units }) => Array.from(units, () => advantage));
  const weights = (objective: typeof bgpo) => weightsOf(objective, hyperOf(objective), facts, logProbs);
  const published = weights(bgpo), tangent = weights(bgpoTangent), exponential = weights(bgpoExponential);
  let apart = 0;
  targets.forEach((advantage, k) => {
    assertEquals(published[k], (advantage >= 0 ? tangent : exponential)[k]);
    if (tangent[k] !== exponential[k]) apart++;
  });
  assert(apart > 0);
});
