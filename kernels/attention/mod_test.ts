import { assertThrows } from "@std/assert";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, forward, scratchLength, type Shape } from "./mod.ts";
import * as reference from "./reference.ts";

/** batch, sequence, heads, kvHeads, headDim */
const SHAPES = [
  [1, 1, 1, 1, 1],
  [2, 1, 3, 3, 8],
  [3, 5, 3, 3, 8],
  [2, 20, 3, 1, 8],
  [2, 14, 4, 2, 8],
  [1, 33, 2, 1, 4],
  [3, 19, 3, 2, 5],
  [2, 9, 5, 3, 12],
  [1, 32, 4, 4, 16],
  [1, 41, 2, 2, 32],
  [1, 17, 2, 1, 64],
  [1, 10, 1, 1, 72],
] as const;

function setup(
  [batch, sequence, heads, kvHeads, headDim]: readonly [number, number, number, number, number],
) {
  const shape: Shape = { batch, sequence, heads, kvHeads, headDim };
  const rows = batch * sequence;
  return { shape, qkvLength: rows * (heads + 2 * kvHeads) * headDim, outLength: rows * heads * headDim };
}

for (const sizes of SHAPES) {
  const { shape, qkvLength, outLength } = setup(sizes);
  const { batch, sequence, heads, kvHeads, headDim } = shape;
  const name = `attention of ${batch}x${sequence}, ${heads} heads on ${kvHeads}, head dimension ${headDim}`;
  backendTest(`${name} equals its f64 reference`, async (backend) => {
    // Scores of a few units: neither uniform nor one-hot probabilities.
    const qkv = testData(qkvLength, 1).map((x) => 2 * x), dout = testData(outLength, 2);
    const { out, lse } = reference.forward(qkv, shape);
    await checkOp(backend, {
      inputs: { qkv },
      outputs: { out: outLength, lse: lse.length },
      run: (on, views) => forward(on, views, shape),
      expected: { out, lse },
      tolerance: { out: { relative: 2e-6 } },
    });
    // A probability inherits the absolute error of its score, a dot product of headDim terms.
    await checkOp(backend, {
      inputs: { qkv, out: Float32Array.from(out), lse: Float32Array.from(lse), dout },
      outputs: { dqkv: qkvLength },
      inout: {},
      run: (on, views) => {
        const scratch = on.allocate("scratch", scratchLength(shape));
        backward(on, { ...views, scratch }, shape);
        on.free(scratch);
      },
      expected: { dqkv: reference.backward(qkv, dout, shape) },
      tolerance: { dqkv: { relative: 4e-6 } },
    });
  });
}

for (const headDim of [3, 8]) {
  backendTest(`attention with head dimension ${headDim} survives scores of thousands`, async (backend) => {
    const { shape, qkvLength, outLength } = setup([1, 12, 2, 1, headDim]);
    // Far apart scores: exp of the raw ones would overflow. Quarters keep every product exact.
    const qkv = testData(qkvLength, 5).map((x) => Math.round(256 * x) / 4);
    const { out, lse } = reference.forward(qkv, shape);
    await checkOp(backend, {
      inputs: { qkv },
      outputs: { out: outLength, lse: lse.length },
      run: (on, views) => forward(on, views, shape),
      expected: { out, lse },
      // The scaled scores round to 2^-24 of their size, and a probability changes by as much as its score.
      tolerance: { out: { relative: 1e-3 } },
    });
  });
}

Deno.test("attention backward equals central differences", () => {
  for (const sizes of [[2, 3, 3, 2, 2], [1, 4, 2, 1, 3]] as const) {
    const { shape, qkvLength } = setup(sizes);
    checkGradient(
      (at) => reference.forward(at, shape).out,
      (at, dy) => reference.backward(at, dy, shape),
      Float64Array.from(testData(qkvLength, 6), (x) => 2 * x),
    );
  }
});

backendTest("attention refuses more key heads than query heads", (backend) => {
  const view = backend.allocate("view", 64);
  const { shape } = setup([1, 2, 2, 3, 4]);
  assertThrows(
    () => forward(backend, { qkv: view, out: view, lse: view }, shape),
    RangeError,
    "expected 1 to 2 key heads (one per query head), found 3",
  );
  backend.free(view);
  return Promise.resolve();
});
