// Rows picked by index, and their gradient put back; shapes and formulas as in gather_rows.wgsl.

import { copy_row } from "../wasm/rows.as";

// Of an inverse index: a row that was not picked.
const NONE: u32 = 0xffffffff;

export function gather_rows_forward(x: usize, index: usize, y: usize, count: u32, dim: u32): void {
  const width: usize = dim << 2;
  for (let i: u32 = 0; i < count; i++, index += 4, y += width) {
    copy_row(y, x + <usize> load<u32>(index) * width, dim);
  }
}

export function gather_rows_backward(dy: usize, inverse: usize, dx: usize, rows: u32, dim: u32): void {
  const width: usize = dim << 2;
  for (let row: u32 = 0; row < rows; row++, inverse += 4, dx += width) {
    const i = load<u32>(inverse);
    if (i == NONE) memory.fill(dx, 0, width);
    else copy_row(dx, dy + <usize> i * width, dim);
  }
}
