import { assertThrows } from "@std/assert";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, forward, tables } from "./mod.ts";
import * as reference from "./reference.ts";

const theta = 10000;
/** batch, sequence, rotated heads, all heads, head dimension */
const SHAPES = [
  [1, 1, 1, 1, 2],
  [2, 7, 2, 3, 6],
  [3, 20, 6, 9, 8],
  [2, 33, 5, 7, 16],
  [1, 130, 2, 3, 64],
  [2, 5, 3, 4, 10],
] as const;

const someRows = (rows: number) =>
  Uint32Array.from({ length: rows }, (_, i) => i).filter((i) => i % 3 === 0 || i === rows - 1);

for (const [batch, sequence, heads, allHeads, headDim] of SHAPES) {
  const name = `rope of ${batch}x${sequence} rows, ${heads} of ${allHeads} heads of ${headDim}`;
  backendTest(`${name} equals its f64 reference`, async (backend) => {
    const shape = { rows: batch * sequence, sequence, heads, headDim, stride: allHeads * headDim, theta };
    const x = testData(shape.rows * shape.stride, 1);
    // A longer table than the sequence: the prefix is what counts.
    const table = tables(sequence + 3, headDim, theta);
    // All rows of a batch, and some of them.
    for (const numbers of [Uint32Array.from({ length: shape.rows }, (_, i) => i), someRows(shape.rows)]) {
      for (const [run, expected] of [[forward, reference.forward], [backward, reference.backward]] as const) {
        const of = { ...shape, rows: numbers.length, numbers }, data = x.slice(0, of.rows * of.stride);
        await checkOp(backend, {
          inputs: { table, numbers },
          outputs: {},
          inout: { x: data },
          run: (on, views) => run(on, views as never, of),
          expected: { x: expected(data, of) },
        });
      }
    }
  });
}

Deno.test("rope backward equals central differences", () => {
  const shape = { rows: 6, sequence: 3, heads: 2, headDim: 4, stride: 13, theta };
  checkGradient(
    (at) => reference.forward(at, shape),
    (_, dy) => reference.backward(dy, shape),
    Float64Array.from(testData(6 * 13, 2)),
  );
});

backendTest("rope refuses odd heads, short rows and short tables", (backend) => {
  assertThrows(() => tables(4, 7, theta), RangeError, "expected an even head dimension, found 7");
  const x = backend.allocate("x", 64), table = backend.allocate("table", 16);
  const views = { x, table, numbers: backend.allocate("numbers", 4) };
  const shape = { rows: 4, sequence: 4, heads: 2, headDim: 8, stride: 16 };
  assertThrows(() => forward(backend, views, { ...shape, stride: 8 }), RangeError, "stride of 8");
  assertThrows(() => forward(backend, views, shape), RangeError, "a sequence of 4 needs 32");
  for (const view of Object.values(views)) backend.free(view);
  return Promise.resolve();
});
