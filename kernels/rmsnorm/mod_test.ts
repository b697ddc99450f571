import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, forward } from "./mod.ts";
import * as reference from "./reference.ts";

const eps = 1e-5;
const SHAPES = [[1, 1], [1, 24], [63, 5], [64, 32], [65, 33], [131, 24]] as const;

for (const [rows, dim] of SHAPES) {
  backendTest(`rmsnorm ${rows}x${dim} equals its f64 reference`, async (backend) => {
    const x = testData(rows * dim, 1), weight = testData(dim, 2), dy = testData(rows * dim, 3);
    const shape = { rows, dim, eps };
    const { y, rstd } = reference.forward(x, weight, shape);
    await checkOp(backend, {
      inputs: { x, weight },
      outputs: { y: rows * dim, rstd: rows },
      run: (b, v) => forward(b, v, shape),
      expected: { y, rstd },
    });
    const { dx, dweight } = reference.backward(x, weight, dy, shape);
    const before = testData(rows * dim, 4), weightBefore = testData(dim, 5);
    await checkOp(backend, {
      inputs: { x, weight, rstd: Float32Array.from(rstd), dy },
      outputs: {},
      inout: { dx: before, dweight: weightBefore },
      run: (b, v) => backward(b, v as never, shape),
      expected: {
        dx: dx.map((g, i) => g + before[i]!),
        dweight: dweight.map((g, i) => g + weightBefore[i]!),
      },
      tolerance: { dweight: { relative: 1e-6 * Math.sqrt(rows) } },
    });
  });
}

Deno.test("rmsnorm backward equals central differences", () => {
  const shape = { rows: 3, dim: 7, eps };
  const x = Float64Array.from(testData(21, 6)), weight = Float64Array.from(testData(7, 7));
  checkGradient(
    (at) => reference.forward(at, weight, shape).y,
    (at, dy) => reference.backward(at, weight, dy, shape).dx,
    x,
  );
  checkGradient(
    (at) => reference.forward(x, at, shape).y,
    (at, dy) => reference.backward(x, at, dy, shape).dweight,
    weight,
  );
});
