/** Picks rows by index: only the scored positions of a sequence need logits. */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./gather_rows.wgsl" with { type: "text" };

/** What `inverseIndex` holds for a row that no index picks. */
export const NONE = 0xffffffff;

/** Columns that one invocation owns: 4 where every row starts at a whole vec4. */
type Width = 1 | 4;
const wgsl = [prelude, shader];
const suffix = (width: Width) => width === 4 ? "4" : "";

const forwardKernel = (width: Width) =>
  defineKernel({
    name: `gather_rows_forward${suffix(width)}`,
    cpu: { name: "gather_rows_forward" },
    wgsl,
    entry: `forward${suffix(width)}`,
    buffers: { x: "read", index: "read", y: "write" },
    scalars: { count: "u32", dim: "u32" },
    grid: ({ count, dim }) => flatGrid(Math.ceil(count * dim / width / 64)),
  });

const backwardKernel = (width: Width) =>
  defineKernel({
    name: `gather_rows_backward${suffix(width)}`,
    cpu: { name: "gather_rows_backward" },
    wgsl,
    entry: `backward${suffix(width)}`,
    buffers: { dy: "read", inverse: "read", dx: "write" },
    scalars: { rows: "u32", dim: "u32" },
    grid: ({ rows, dim }) => flatGrid(Math.ceil(rows * dim / width / 64)),
  });

const kernels = (width: Width) => ({ forward: forwardKernel(width), backward: backwardKernel(width) });
const scalar = kernels(1), vector = kernels(4);

/** `y[i] = x[index[i]]`. x: f32 [rows, dim]; index: u32 [count], each below rows; y: f32 [count, dim]. */
export function forward(
  backend: Backend,
  { x, index, y }: { x: View; index: View; y: View },
  { count, dim }: { count: number; dim: number },
): void {
  backend.run((dim % 4 === 0 ? vector : scalar).forward, { x, index, y }, { count, dim });
}

/**
 * `dx[r] = dy[inverse[r]]`, and 0 for a row that was not picked: dx is written completely.
 * dy: f32 [count, dim]; inverse: u32 [rows] from `inverseIndex`; dx: f32 [rows, dim].
 */
export function backward(
  backend: Backend,
  { dy, inverse, dx }: { dy: View; inverse: View; dx: View },
  { rows, dim }: { rows: number; dim: number },
): void {
  backend.run((dim % 4 === 0 ? vector : scalar).backward, { dy, inverse, dx }, { rows, dim });
}

/**
 * Where each of `rows` rows went: `inverse[index[i]] = i`, and `NONE` for the others.
 * @throws RangeError if an index is not below `rows`, or picks a row twice (its gradient would need a sum).
 */
export function inverseIndex(index: Uint32Array, rows: number): Uint32Array {
  const inverse = new Uint32Array(rows).fill(NONE);
  index.forEach((row, i) => {
    if (row >= rows) {
      throw new RangeError(`index ${row} at position ${i} picks no row, expected 0 to ${rows - 1}`);
    }
    if (inverse[row] !== NONE) {
      throw new RangeError(
        `row ${row} is picked twice, at positions ${inverse[row]} and ${i}; pick each row once`,
      );
    }
    inverse[row] = i;
  });
  return inverse;
}
