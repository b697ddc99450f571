import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { accumulate, forward } from "./mod.ts";
import * as reference from "./reference.ts";

for (const length of [1, 3, 4, 255, 256, 257, 2051]) {
  backendTest(`residual of ${length} elements equals its f64 reference`, async (backend) => {
    const a = testData(length, 1), b = testData(length, 2);
    const y = reference.forward(a, b);
    await checkOp(backend, {
      inputs: { a, b },
      outputs: { y: length },
      run: (on, views) => forward(on, views, { length }),
      expected: { y },
      tolerance: { y: { relative: 2 ** -24, absolute: 0 } },
    });
    await checkOp(backend, {
      inputs: { from: a },
      outputs: {},
      inout: { into: b },
      run: (on, views) => accumulate(on, views as never, { length }),
      expected: { into: y },
      tolerance: { into: { relative: 2 ** -24, absolute: 0 } },
    });
  });
}

backendTest("residual touches only the given number of elements", async (backend) => {
  const a = testData(11, 1), b = testData(11, 2);
  const into = Float64Array.from(b, (value, i) => i < 6 ? value + a[i]! : value);
  await checkOp(backend, {
    inputs: { from: a },
    outputs: {},
    inout: { into: b },
    run: (on, views) => accumulate(on, views as never, { length: 6 }),
    expected: { into },
  });
});

Deno.test("residual backward is the identity for both inputs", () => {
  const a = Float64Array.from(testData(7, 3)), b = Float64Array.from(testData(7, 4));
  checkGradient((at) => reference.forward(at, b), (_, dy) => reference.backward(dy).da, a);
  checkGradient((at) => reference.forward(a, at), (_, dy) => reference.backward(dy).db, b);
});
