import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { randomSequence } from "../../../kernels/philox/random.ts";
import { referenceOf, rowOf } from "./sampling_error.ts";

const DIMENSIONS = 400, REPEATS = 200;
const truth = Float32Array.from({ length: DIMENSIONS }, (_, i) => i % 7 - 3);
const size = Math.hypot(...truth);

/** `truth` times `scale` plus noise of standard deviation `spread` in every element. */
function noisy(count: number, scale: number, spread: number, seed: number): Float32Array[] {
  return Array.from({ length: count }, (_, r) => {
    const random = randomSequence({ seed, stream: 0 }, r);
    return truth.map((value) => {
      // Twelve uniform numbers less six: variance 1.
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += random.uniform();
      return scale * value + spread * sum;
    });
  });
}

Deno.test("deviation, distance and noise of an unbiased estimator agree, and its bias is near 0", () => {
  const reference = referenceOf(noisy(2, 1, 0.2, 1));
  const row = rowOf(4, noisy(REPEATS, 1, 2, 2), reference, reference);
  const expected = 2 * Math.sqrt(DIMENSIONS) / size;
  assertAlmostEquals(row.deviation!, expected, 0.02 * expected);
  assertAlmostEquals(row.distance!, row.noise!, 0.1 * row.noise!);
  assert(Math.abs(row.bias!) < 0.5 * row.noise!, `bias ${row.bias}`);
});

Deno.test("a bias shows through the noise, and the error of the reference is taken out", () => {
  const reference = referenceOf(noisy(2, 1, 0.5, 3));
  const row = rowOf(1, noisy(REPEATS, 0.7, 2, 4), reference, referenceOf(noisy(2, 0.7, 0.5, 5)));
  assertAlmostEquals(row.bias!, 0.3, 0.03);
  assert(Math.abs(row.biasToTarget!) < 0.08, `${row.biasToTarget}`);
  assert(row.distance! > row.bias!);
});

Deno.test("gradients that are not finite are counted and left out; with fewer than two others nothing is known", () => {
  const reference = referenceOf(noisy(2, 1, 0.1, 6));
  const [a, b] = noisy(2, 1, 1, 7), broken = Float32Array.of(Infinity, ...a!.subarray(1));
  assertEquals(rowOf(1, [a!, broken, b!], reference, reference).nonFinite, 1);
  assertEquals(rowOf(1, [a!, broken], reference, reference), {
    samples: 1,
    deviation: null,
    misalignment: null,
    distance: null,
    noise: null,
    bias: null,
    biasToTarget: null,
    nonFinite: 1,
  });
});
