import { assertEquals, assertThrows } from "@std/assert";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { backward, forward, rowsByToken } from "./mod.ts";
import * as reference from "./reference.ts";

/** Token ids that skip some of the vocabulary and repeat others. */
function testIds(rows: number, vocab: number, salt: number): Uint32Array {
  return Uint32Array.from(testData(rows, salt), (u) => Math.floor((u * u) * vocab) % vocab);
}

// batch, sequence, dim, vocab: elements around a workgroup, odd widths, one token, one row.
const SHAPES = [
  [1, 1, 1, 1],
  [7, 9, 1, 5],
  [1, 64, 1, 64],
  [5, 13, 1, 3],
  [131, 1, 1, 7],
  [3, 7, 5, 11],
  [4, 16, 4, 17],
  [3, 11, 12, 64],
  [5, 13, 32, 53],
] as const;

for (const [batch, sequence, dim, vocab] of SHAPES) {
  for (const learned of [true, false]) {
    const kind = learned ? "with" : "without";
    backendTest(
      `embed ${batch}x${sequence}x${dim}, vocabulary ${vocab}, ${kind} positions`,
      async (backend) => {
        const shape = { rows: batch * sequence, dim, sequence };
        const ids = testIds(shape.rows, vocab, 1);
        const table = testData(vocab * dim, 2), position = testData(sequence * dim, 3);
        await checkOp(backend, {
          inputs: { ids, table, position },
          outputs: { x: shape.rows * dim },
          run: (b, v) => forward(b, learned ? v : { ...v, position: v.table }, { ...shape, learned }),
          expected: { x: reference.forward(ids, table, learned ? position : null, shape) },
        });
        const dx = testData(shape.rows * dim, 4);
        const tableBefore = testData(vocab * dim, 5), positionBefore = testData(sequence * dim, 6);
        const { dTable, dPosition } = reference.backward(ids, dx, vocab, shape);
        await checkOp(backend, {
          inputs: { dx, ...rowsByToken(ids, vocab) },
          outputs: {},
          inout: { dTable: tableBefore, dPosition: positionBefore },
          run: (b, { dx, order, starts, dTable, dPosition }) =>
            backward(
              b,
              { dx, order, starts, dTable: dTable!, dPosition: learned ? dPosition : undefined },
              { ...shape, vocab },
            ),
          expected: {
            dTable: dTable.map((g, i) => g + tableBefore[i]!),
            dPosition: dPosition.map((g, i) => (learned ? g : 0) + positionBefore[i]!),
          },
          tolerance: { dTable: { relative: 1e-6 * Math.sqrt(shape.rows) } },
        });
      },
    );
  }
}

Deno.test("embed backward equals central differences", () => {
  const shape = { rows: 6, dim: 3, sequence: 3 };
  const ids = testIds(6, 4, 7);
  const table = Float64Array.from(testData(12, 8)), position = Float64Array.from(testData(9, 9));
  checkGradient(
    (at) => reference.forward(ids, at, position, shape),
    (_, dx) => reference.backward(ids, dx, 4, shape).dTable,
    table,
  );
  checkGradient(
    (at) => reference.forward(ids, table, at, shape),
    (_, dx) => reference.backward(ids, dx, 4, shape).dPosition,
    position,
  );
});

Deno.test("rowsByToken lists the rows of each token in order", () => {
  const { starts, order } = rowsByToken(Uint32Array.of(2, 0, 2, 2, 0), 4);
  assertEquals([...starts], [0, 2, 2, 5, 5]);
  assertEquals([...order], [1, 4, 0, 2, 3]);
});

Deno.test("rowsByToken names an id outside the vocabulary", () => {
  assertThrows(() => rowsByToken(Uint32Array.of(1, 3, 4), 4), RangeError, "token id 4 at position 2");
});

backendTest("embed rejects rows that are no whole number of sequences", (backend) => {
  const x = backend.allocate("x", 5);
  const shape = { rows: 5, dim: 1, sequence: 2 };
  assertThrows(
    () => forward(backend, { ids: x, table: x, position: x, x }, { ...shape, learned: false }),
    RangeError,
    "5 rows",
  );
  backend.free(x);
  return Promise.resolve();
});
