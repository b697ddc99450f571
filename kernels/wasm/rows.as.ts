// Rows of f32 copied and added.

import { store_tail } from "./vector.as";

// to[i] = from[i]
// @ts-ignore: decorator
@inline
export function copy_row(to: usize, from: usize, dim: u32): void {
  const whole: usize = (dim & ~3) << 2, tail: u32 = dim & 3;
  for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
  if (tail) store_tail(to + whole, v128.load(from + whole), tail);
}

// to[i] = a[i] + b[i]
// @ts-ignore: decorator
@inline
export function add_rows(to: usize, a: usize, b: usize, dim: u32): void {
  const whole: usize = (dim & ~3) << 2, tail: u32 = dim & 3;
  for (let i: usize = 0; i < whole; i += 16) {
    v128.store(to + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  }
  if (tail) store_tail(to + whole, f32x4.add(v128.load(a + whole), v128.load(b + whole)), tail);
}
