import { assertEquals, assertThrows } from "@std/assert";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, forward, inverseIndex, NONE } from "./mod.ts";
import * as reference from "./reference.ts";

/** Distinct rows in no particular order. */
function testIndex(rows: number, count: number): Uint32Array {
  const key = testData(rows, 1);
  return Uint32Array.from(Array.from(key.keys()).sort((a, b) => key[a]! - key[b]!).slice(0, count));
}

// rows, count, dim: elements around a workgroup, all rows and few of them, scalar and vec4 widths.
const SHAPES = [
  [1, 1, 1],
  [63, 63, 1],
  [64, 64, 1],
  [65, 65, 1],
  [131, 131, 1],
  [9, 4, 7],
  [65, 33, 8],
  [40, 1, 12],
] as const;

for (const [rows, count, dim] of SHAPES) {
  backendTest(`gather_rows picks ${count} of ${rows} rows of ${dim}`, async (backend) => {
    const index = testIndex(rows, count);
    const x = testData(rows * dim, 2), dy = testData(count * dim, 3);
    await checkOp(backend, {
      inputs: { x, index },
      outputs: { y: count * dim },
      run: (b, v) => forward(b, v, { count, dim }),
      expected: { y: reference.forward(x, index, dim) },
      tolerance: { y: { absolute: 0, relative: 0 } },
    });
    await checkOp(backend, {
      inputs: { dy, inverse: inverseIndex(index, rows) },
      outputs: { dx: rows * dim },
      run: (b, v) => backward(b, v, { rows, dim }),
      expected: { dx: reference.backward(dy, index, { rows, dim }) },
      tolerance: { dx: { absolute: 0, relative: 0 } },
    });
  });
}

Deno.test("gather_rows backward equals central differences", () => {
  const index = testIndex(5, 3);
  checkGradient(
    (at) => reference.forward(at, index, 2),
    (_, dy) => reference.backward(dy, index, { rows: 5, dim: 2 }),
    Float64Array.from(testData(10, 4)),
  );
});

Deno.test("inverseIndex marks the rows that are not picked", () => {
  assertEquals([...inverseIndex(Uint32Array.of(3, 0), 4)], [1, NONE, NONE, 0]);
});

Deno.test("inverseIndex rejects rows outside and repeated rows", () => {
  assertThrows(() => inverseIndex(Uint32Array.of(0, 4), 4), RangeError, "index 4 at position 1");
  assertThrows(() => inverseIndex(Uint32Array.of(2, 1, 2), 4), RangeError, "row 2 is picked twice");
});
