import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { checkGradient, testData } from "../../kernels/testing.ts";
import { k1, k2, k3 } from "./kl.ts";

const pairs = Array.from(testData(20, 1), (a, i) => [a * 3 - 3, testData(20, 2)[i]! * 3 - 3] as const);

Deno.test("k3 is never negative and zero only for equal log-probs", () => {
  for (const [a, b] of pairs) assert(k3(a, b).value > 0);
  assertEquals(k3(-2.5, -2.5).value, 0);
});

Deno.test("the mean of k1 and of k3 under theta is KL(theta || reference)", () => {
  const softmax = (x: number[]) => {
    const total = x.reduce((sum, value) => sum + Math.exp(value), 0);
    return x.map((value) => value - Math.log(total));
  };
  const theta = softmax([0.3, -1, 2, 0.1]), reference = softmax([1, 0.5, -0.2, 0]);
  const kl = theta.reduce((sum, a, v) => sum + Math.exp(a) * (a - reference[v]!), 0);
  for (const estimator of [k1, k3]) {
    const mean = theta.reduce((sum, a, v) => sum + Math.exp(a) * estimator(a, reference[v]!).value, 0);
    assertAlmostEquals(mean, kl, 1e-14);
  }
});

for (const estimator of [k1, k2, k3]) {
  Deno.test(`the derivative of ${estimator.name} equals central differences`, () => {
    const b = pairs.map(([, reference]) => reference);
    checkGradient(
      (a) => a.map((value, i) => estimator(value, b[i]!).value),
      (a, upstream) => a.map((value, i) => upstream[i]! * estimator(value, b[i]!).derivative),
      Float64Array.from(pairs, ([a]) => a),
      { tolerance: 1e-8 },
    );
  });
}
