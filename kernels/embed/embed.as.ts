// Token embedding and its gradient; shapes and formulas as in embed.wgsl. Gradients add rows in the same order.

import { add_rows, copy_row } from "../wasm/rows.as";

export function embed_forward(
  ids: usize,
  table: usize,
  position: usize,
  x: usize,
  rows: u32,
  dim: u32,
  sequence: u32,
  learned: u32,
): void {
  const width: usize = dim << 2;
  for (let row: u32 = 0, p: u32 = 0; row < rows; row++, x += width, ids += 4) {
    const token = table + <usize> load<u32>(ids) * width;
    if (learned) add_rows(x, token, position + <usize> p * width, dim);
    else copy_row(x, token, dim);
    if (++p == sequence) p = 0;
  }
}

export function embed_backward_table(
  dx: usize,
  order: usize,
  starts: usize,
  dTable: usize,
  vocab: u32,
  dim: u32,
): void {
  const width: usize = dim << 2;
  for (let token: u32 = 0; token < vocab; token++, dTable += width, starts += 4) {
    const end = load<u32>(starts, 4);
    for (let i = load<u32>(starts); i < end; i++) {
      add_rows(dTable, dTable, dx + <usize> load<u32>(order + (<usize> i << 2)) * width, dim);
    }
  }
}

export function embed_backward_position(
  dx: usize,
  dPosition: usize,
  rows: u32,
  dim: u32,
  sequence: u32,
): void {
  const batch = rows / sequence, elements = sequence * dim;
  for (let b: u32 = 0; b < batch; b++, dx += <usize> elements << 2) {
    add_rows(dPosition, dPosition, dx, elements);
  }
}
