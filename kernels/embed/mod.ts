/** Token embedding with optional learned absolute positions, and its gradient without atomics. */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./embed.wgsl" with { type: "text" };

/** Columns that one invocation owns: 4 where every row starts at a whole vec4. */
type Width = 1 | 4;
const wgsl = [prelude, shader];
const suffix = (width: Width) => width === 4 ? "4" : "";
const workgroups = (elements: number, width: Width) => flatGrid(Math.ceil(elements / width / 64));

const forwardKernel = (width: Width) =>
  defineKernel({
    name: `embed_forward${suffix(width)}`,
    cpu: { name: "embed_forward" },
    wgsl,
    entry: `forward${suffix(width)}`,
    buffers: { ids: "read", table: "read", position: "read", x: "write" },
    scalars: { rows: "u32", dim: "u32", sequence: "u32", learned: "u32" },
    grid: ({ rows, dim }) => workgroups(rows * dim, width),
  });

const tableKernel = (width: Width) =>
  defineKernel({
    name: `embed_backward_table${suffix(width)}`,
    cpu: { name: "embed_backward_table" },
    wgsl,
    entry: `backward_table${suffix(width)}`,
    buffers: { dx: "read", order: "read", starts: "read", dTable: "readwrite" },
    scalars: { vocab: "u32", dim: "u32" },
    grid: ({ vocab, dim }) => workgroups(vocab * dim, width),
  });

const positionKernel = (width: Width) =>
  defineKernel({
    name: `embed_backward_position${suffix(width)}`,
    cpu: { name: "embed_backward_position" },
    wgsl,
    entry: `backward_position${suffix(width)}`,
    buffers: { dx: "read", dPosition: "readwrite" },
    scalars: { rows: "u32", dim: "u32", sequence: "u32" },
    grid: ({ dim, sequence }) => workgroups(sequence * dim, width),
  });

const kernels = (width: Width) => ({
  forward: forwardKernel(width),
  table: tableKernel(width),
  position: positionKernel(width),
});
const scalar = kernels(1), vector = kernels(4);

export interface Shape {
  /** Batch times sequence. */
  readonly rows: number;
  readonly dim: number;
  /** Tokens per row of the batch: row r stands at position r % sequence. */
  readonly sequence: number;
}

/**
 * `x[r] = table[ids[r]]`, plus `position[r % sequence]` when `learned`.
 * ids: u32 [rows], each below vocab (`rowsByToken` checks this); table: f32 [vocab, dim]; position: f32 [sequence, dim],
 * not read unless `learned` (pass `table` again); x: f32 [rows, dim], written completely.
 * @throws RangeError if rows is no multiple of sequence.
 */
export function forward(
  backend: Backend,
  { ids, table, position, x }: { ids: View; table: View; position: View; x: View },
  { rows, dim, sequence, learned }: Shape & { learned: boolean },
): void {
  checkBatch(rows, sequence);
  const { forward: kernel } = dim % 4 === 0 ? vector : scalar;
  backend.run(kernel, { ids, table, position, x }, { rows, dim, sequence, learned: Number(learned) });
}

/**
 * Gradients of `forward`, both accumulating: `dTable[v] += sum of dx[r] with ids[r] = v` in row order, and, when
 * `dPosition` is given, `dPosition[p] += sum of dx[r] with r % sequence = p` in batch order.
 * dx: f32 [rows, dim]; starts: u32 [vocab + 1] and order: u32 [rows] from `rowsByToken`; dTable: f32 [vocab, dim];
 * dPosition: f32 [sequence, dim].
 * @throws RangeError if rows is no multiple of sequence.
 */
export function backward(
  backend: Backend,
  { dx, order, starts, dTable, dPosition }: {
    dx: View;
    order: View;
    starts: View;
    dTable: View;
    dPosition?: View | undefined;
  },
  { rows, dim, vocab, sequence }: Shape & { vocab: number },
): void {
  checkBatch(rows, sequence);
  const { table, position } = dim % 4 === 0 ? vector : scalar;
  backend.run(table, { dx, order, starts, dTable }, { vocab, dim });
  if (dPosition) backend.run(position, { dx, dPosition }, { rows, dim, sequence });
}

/**
 * The rows that hold each token: those with token v are `order[starts[v] .. starts[v + 1]]`, ascending. This lets one
 * invocation own a row of the table's gradient and sum it in a fixed order.
 * @throws RangeError naming the position and the id if an id is not below `vocab`.
 */
export function rowsByToken(ids: Uint32Array, vocab: number): { starts: Uint32Array; order: Uint32Array } {
  const starts = new Uint32Array(vocab + 1);
  ids.forEach((id, row) => {
    if (id >= vocab) {
      throw new RangeError(
        `token id ${id} at position ${row} is outside the vocabulary, expected 0 to ${vocab - 1}`,
      );
    }
    starts[id + 1]!++;
  });
  for (let v = 0; v < vocab; v++) starts[v + 1]! += starts[v]!;
  const next = starts.slice(0, vocab);
  const order = new Uint32Array(ids.length);
  ids.forEach((id, row) => order[next[id]!++] = row);
  return { starts, order };
}

function checkBatch(rows: number, sequence: number): void {
  if (sequence < 1 || rows % sequence !== 0) {
    throw new RangeError(`embed: ${rows} rows are no whole number of sequences of ${sequence} tokens`);
  }
}
