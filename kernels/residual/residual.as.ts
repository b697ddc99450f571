// The residual stream; formulas as in residual.wgsl. Bytes moved: 12 per element.

import { add_rows } from "../wasm/rows.as";

export function residual_forward(a: usize, b: usize, y: usize, length: u32): void {
  add_rows(y, a, b, length);
}

export function residual_accumulate(from: usize, into: usize, length: u32): void {
  add_rows(into, into, from, length);
}
