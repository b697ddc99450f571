// Matrix product; layouts as in plain.wgsl, and the same bits: k is summed in order into one accumulator per element,
// and is added to C last (accumulate 1) or goes on from C (2).
//
// B goes through blocks of DEPTH x COLUMNS, packed into panels of 8 columns (256 KiB), A through blocks of ROWS rows,
// packed into panels of 4 rows unless its rows lie along k. Sums of more than DEPTH terms wait in C between blocks, or
// in `scratch` where C still holds what is added. Sizes of scratch: mod.ts.

import { pack4, pack8, tiles } from "../wasm/tile.as";

const DEPTH: usize = 256;
const COLUMNS: usize = 256;
const ROWS: usize = 64;

// How B is stored; 16-bit halves are decoded block by block, into the end of `scratch`.
const F32: u32 = 0, BF16: u32 = 1;

function from_bf16(half: u32): f32 {
  return reinterpret<f32>(half << 16);
}

function from_f16(half: u32): f32 {
  const sign = (half & 0x8000) << 16, exponent = (half >> 10) & 31, mantissa = half & 0x3ff;
  if (exponent == 0) return (sign ? -1 : 1) * <f32> mantissa * 5.9604644775390625e-8;
  return reinterpret<f32>(sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) | (mantissa << 13));
}

export function matmul(
  a: usize,
  b: usize,
  c: usize,
  m: usize,
  n: usize,
  k: usize,
  a_row: usize,
  a_inner: usize,
  b_inner: usize,
  b_col: usize,
  accumulate: u32,
  storage: u32,
  scratch: usize,
): void {
  const panels_b = scratch, panels_a = panels_b + (DEPTH * COLUMNS << 2), sums = panels_a + (DEPTH * ROWS << 2);
  const blocks = (k + DEPTH - 1) / DEPTH, deep = (k + blocks - 1) / blocks, row = n << 2;
  const packed = a_inner == 1 && a_row != 1;
  const decoded = sums + (accumulate == 1 && blocks > 1 ? m * n << 2 : 0);
  const a_step: usize = packed ? 16 : a_inner << 2;
  for (let column: usize = 0; column < n; column += COLUMNS) {
    const columns = min(COLUMNS, n - column);
    for (let inner: usize = 0; inner < k; inner += deep) {
      const depth = min(deep, k - inner), panel = depth << 5;
      const corner = inner * b_inner + column * b_col;
      if (storage == F32) {
        pack_b(b + (corner << 2), b_inner << 2, b_col << 2, depth, columns, panels_b);
      } else {
        const along: usize = b_inner == 1 ? 1 : columns, across: usize = b_inner == 1 ? depth : 1;
        for (let j: usize = 0; j < columns; j++) {
          for (let i: usize = 0; i < depth; i++) {
            const half: u32 = load<u16>(b + (corner + i * b_inner + j * b_col << 1));
            store<f32>(decoded + (i * along + j * across << 2), storage == BF16 ? from_bf16(half) : from_f16(half));
          }
        }
        pack_b(decoded, along << 2, across << 2, depth, columns, panels_b);
      }
      const last = inner + depth == k;
      for (let first: usize = 0; first < m; first += ROWS) {
        const rows = min(ROWS, m - first), offset = (first * n + column) << 2;
        let from = a + (first * a_row + inner * a_inner << 2);
        if (packed) {
          for (let i: usize = 0; i < rows; i += 4) {
            pack4(from + i * (a_row << 2), a_row << 2, rows - i, depth, panels_a + i * (depth << 2), 16);
          }
          from = panels_a;
        }
        const partial = accumulate == 1 && blocks > 1 ? sums + offset : c + offset;
        const to = last ? c + offset : partial;
        for (let i: usize = 0, at: usize = 0; i < columns; i += 8, at += 32) {
          tiles(
            from,
            a_step,
            packed ? depth << 4 : a_row << 4,
            panels_b + i * (depth << 2),
            32,
            depth,
            inner > 0 || accumulate == 2 ? partial + at : 0,
            last && accumulate == 1 ? to + at : 0,
            to + at,
            row,
            rows,
            min(8, columns - i),
          );
        }
      }
    }
  }
}

// A block of B as panels of 8 columns.
function pack_b(from: usize, inner: usize, column: usize, depth: usize, columns: usize, to: usize): void {
  for (let i: usize = 0; i < columns; i += 8) {
    if (inner == 4) {
      const panel = from + i * column, rest = columns - i;
      pack4(panel, column, rest, depth, to, 32);
      if (rest > 4) pack4(panel + 4 * column, column, rest - 4, depth, to + 16, 32);
    } else {
      pack8(from + (i << 2), inner, depth, to);
    }
    to += depth << 5;
  }
}
