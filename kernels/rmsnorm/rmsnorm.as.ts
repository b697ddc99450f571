// RMSNorm; shapes and formulas as in rmsnorm.wgsl. Sums over a row run in four lanes, columns mod 4; sums over rows
// run in order.

import { first_lanes, load_tail, madd, store_tail, sum_lanes } from "../wasm/vector.as";

export function rmsnorm_forward(
  x: usize,
  weight: usize,
  y: usize,
  rstd: usize,
  rows: u32,
  dim: u32,
  eps: f32,
): void {
  const width: usize = dim << 2, whole: usize = width & ~15, tail: u32 = dim & 3;
  const zero = f32x4.splat(0);
  for (let row: u32 = 0; row < rows; row++, x += width, y += width, rstd += 4) {
    let squares = zero;
    for (let c: usize = 0; c < whole; c += 16) {
      const value = v128.load(x + c);
      squares = madd(value, value, squares);
    }
    if (tail) {
      const value = load_tail(x + whole, tail, zero);
      squares = madd(value, value, squares);
    }
    const r = <f32> 1 / sqrt<f32>(sum_lanes(squares) / <f32> dim + eps);
    store<f32>(rstd, r);
    const r4 = f32x4.splat(r);
    for (let c: usize = 0; c < whole; c += 16) {
      v128.store(y + c, f32x4.mul(f32x4.mul(v128.load(x + c), r4), v128.load(weight + c)));
    }
    if (tail) {
      const value = f32x4.mul(f32x4.mul(v128.load(x + whole), r4), v128.load(weight + whole));
      store_tail(y + whole, value, tail);
    }
  }
}

export function rmsnorm_backward(
  x: usize,
  weight: usize,
  rstd: usize,
  dy: usize,
  dx: usize,
  rows: u32,
  dim: u32,
): void {
  const width: usize = dim << 2, whole: usize = width & ~15, tail: u32 = dim & 3;
  const zero = f32x4.splat(0);
  for (let row: u32 = 0; row < rows; row++, x += width, dy += width, dx += width, rstd += 4) {
    let dots = zero;
    for (let c: usize = 0; c < whole; c += 16) {
      dots = madd(f32x4.mul(v128.load(dy + c), v128.load(weight + c)), v128.load(x + c), dots);
    }
    if (tail) {
      const value = f32x4.mul(v128.load(dy + whole), v128.load(weight + whole));
      dots = f32x4.add(dots, v128.and(f32x4.mul(value, v128.load(x + whole)), first_lanes(tail)));
    }
    const r = load<f32>(rstd);
    const r4 = f32x4.splat(r), shift = f32x4.splat(sum_lanes(dots) / <f32> dim * r * r);
    for (let c: usize = 0; c < whole; c += 16) {
      v128.store(dx + c, next_dx(dx + c, x + c, dy + c, weight + c, r4, shift));
    }
    if (tail) {
      store_tail(dx + whole, next_dx(dx + whole, x + whole, dy + whole, weight + whole, r4, shift), tail);
    }
  }
}

// dx + r (weight dy - x shift)
// @ts-ignore: decorator
@inline
function next_dx(dx: usize, x: usize, dy: usize, weight: usize, r: v128, shift: v128): v128 {
  const part = f32x4.sub(
    f32x4.mul(v128.load(weight), v128.load(dy)),
    f32x4.mul(v128.load(x), shift),
  );
  return madd(r, part, v128.load(dx));
}

export function rmsnorm_backward_weight(
  x: usize,
  rstd: usize,
  dy: usize,
  dweight: usize,
  rows: u32,
  dim: u32,
): void {
  const width: usize = dim << 2, whole: usize = width & ~15, tail: u32 = dim & 3;
  for (let c: usize = 0; c < whole; c += 16) {
    v128.store(dweight + c, column_sums(x + c, dy + c, rstd, v128.load(dweight + c), rows, width));
  }
  if (tail) {
    const sums = column_sums(x + whole, dy + whole, rstd, v128.load(dweight + whole), rows, width);
    store_tail(dweight + whole, sums, tail);
  }
}

// sum + sum over rows of dy x rstd, for four columns
// @ts-ignore: decorator
@inline
function column_sums(x: usize, dy: usize, rstd: usize, sum: v128, rows: u32, width: usize): v128 {
  for (let row: u32 = 0; row < rows; row++, x += width, dy += width, rstd += 4) {
    sum = madd(f32x4.mul(v128.load(dy), v128.load(x)), v128.load32_splat(rstd), sum);
  }
  return sum;
}
