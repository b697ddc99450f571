import { assertAlmostEquals, assertThrows } from "@std/assert";
import { tProbability, tQuantile } from "./student.ts";

/** Two-sided 95 % points of published tables. */
const T95: [number, number][] = [
  [1, 12.7062047361747],
  [2, 4.30265272974946],
  [3, 3.18244630528371],
  [4, 2.77644510519779],
  [5, 2.57058183563631],
  [9, 2.26215716279820],
  [10, 2.22813885198627],
  [29, 2.04522964213270],
  [30, 2.04227245630124],
  [120, 1.97993040505278],
];

Deno.test("tQuantile equals published tables", () => {
  for (const [degrees, t] of T95) assertAlmostEquals(tQuantile(degrees), t, 1e-9);
  // Two-sided 90 % and 99.99 % points.
  assertAlmostEquals(tQuantile(2, 0.9), 2.91998558035373, 1e-9);
  assertAlmostEquals(tQuantile(23, 0.9), 1.71387152774705, 1e-9);
  assertAlmostEquals(tQuantile(1, 0.9999), 6366.19767120545, 1e-6);
  for (const degrees of [0, 1.5, NaN]) assertThrows(() => tQuantile(degrees), RangeError, "positive integer");
  for (const confidence of [-0.1, 1, NaN]) assertThrows(() => tQuantile(3, confidence), RangeError, "0.9999");
});

Deno.test("tProbability is the integral of the density", () => {
  // Densities in closed form: 1 / (pi (1 + t^2)) and (1 + t^2 / 2)^(-3/2) / (2 sqrt 2).
  assertAlmostEquals(tProbability(1, 1), 0.5, 1e-15);
  assertAlmostEquals(tProbability(-3, 1), 2 / Math.PI * Math.atan(3), 1e-15);
  assertAlmostEquals(tProbability(3, 2), 3 / Math.sqrt(11), 1e-15);
  for (const degrees of [3, 4, 7, 12]) {
    const steps = 4000, t = 2.5;
    let normaliser = 0, inside = 0;
    for (let i = 0; i < 400 * steps; i++) {
      const x = (i + 0.5) / steps, density = (1 + x * x / degrees) ** (-(degrees + 1) / 2);
      normaliser += density;
      if (x < t) inside += density;
    }
    assertAlmostEquals(tProbability(t, degrees), inside / normaliser, 2e-6);
  }
});
