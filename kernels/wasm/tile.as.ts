// The inner loop of every product, C = A B: tiles of 4 rows x 8 columns, one accumulator per element, k in order, so that
// how a product is cut into tiles and blocks never changes its bits.
//
// A tile reads A as [k][4 rows] and B as [k][8 columns]. The distance from k to k + 1 is free: a packed panel (16 and
// 32 bytes) and an operand that lies so already are read alike. One vector of A serves 4 rows by shuffles because on
// an engine with explicit bounds checks (Deno) a load costs 3 to 4 instructions, a shuffle 1.
// Reads up to 28 bytes past the last row of an operand.

import { madd, store_tail } from "./vector.as";

// 4 rows x 8 columns for `rows` rows, every 4 of them with the panel of A `a_next` bytes further.
//   to = [from +] A B [+ add]      from: sums to go on from, add: what is added last; 0 for none
// to, from and add: rows `row` bytes apart, of which `columns` <= 8 are used.
export function tiles(
  a: usize,
  a_step: usize,
  a_next: usize,
  b: usize,
  b_step: usize,
  depth: usize,
  from: usize,
  add: usize,
  to: usize,
  row: usize,
  rows: usize,
  columns: usize,
): void {
  const down = row << 2;
  while (true) {
    // Rows past the end are the last row once more.
    const row1 = rows > 1 ? row : 0, row2 = rows > 2 ? row1 + row : row1, row3 = rows > 3 ? row2 + row : row2;
    let c00 = f32x4.splat(0), c10 = c00, c20 = c00, c30 = c00, c01 = c00, c11 = c00, c21 = c00, c31 = c00;
    if (from) {
      c00 = v128.load(from), c01 = v128.load(from, 16);
      c10 = v128.load(from + row1), c11 = v128.load(from + row1, 16);
      c20 = v128.load(from + row2), c21 = v128.load(from + row2, 16);
      c30 = v128.load(from + row3), c31 = v128.load(from + row3, 16);
    }
    let at = a, bt = b;
    for (let k = depth; k > 0; k--) {
      const left = v128.load(bt), right = v128.load(bt, 16), rows4 = v128.load(at);
      let x = v128.shuffle<f32>(rows4, rows4, 0, 0, 0, 0);
      c00 = madd(x, left, c00), c01 = madd(x, right, c01);
      x = v128.shuffle<f32>(rows4, rows4, 1, 1, 1, 1);
      c10 = madd(x, left, c10), c11 = madd(x, right, c11);
      x = v128.shuffle<f32>(rows4, rows4, 2, 2, 2, 2);
      c20 = madd(x, left, c20), c21 = madd(x, right, c21);
      // Where multiplying and adding already fill the ports that shuffle, one row is cheaper to load.
      x = FAST ? v128.shuffle<f32>(rows4, rows4, 3, 3, 3, 3) : v128.load32_splat(at, 12);
      c30 = madd(x, left, c30), c31 = madd(x, right, c31);
      at += a_step, bt += b_step;
    }
    if (add) {
      c00 = f32x4.add(c00, v128.load(add)), c01 = f32x4.add(c01, v128.load(add, 16));
      c10 = f32x4.add(c10, v128.load(add + row1)), c11 = f32x4.add(c11, v128.load(add + row1, 16));
      c20 = f32x4.add(c20, v128.load(add + row2)), c21 = f32x4.add(c21, v128.load(add + row2, 16));
      c30 = f32x4.add(c30, v128.load(add + row3)), c31 = f32x4.add(c31, v128.load(add + row3, 16));
      add += down;
    }
    if (columns == 8) {
      v128.store(to, c00), v128.store(to, c01, 16);
      if (rows > 1) v128.store(to + row1, c10), v128.store(to + row1, c11, 16);
      if (rows > 2) v128.store(to + row2, c20), v128.store(to + row2, c21, 16);
      if (rows > 3) v128.store(to + row3, c30), v128.store(to + row3, c31, 16);
    } else {
      store_columns(to, c00, c01, columns);
      if (rows > 1) store_columns(to + row1, c10, c11, columns);
      if (rows > 2) store_columns(to + row2, c20, c21, columns);
      if (rows > 3) store_columns(to + row3, c30, c31, columns);
    }
    if (rows <= 4) return;
    rows -= 4, a += a_next, to += down;
    if (from) from += down;
  }
}

function store_columns(to: usize, left: v128, right: v128, columns: usize): void {
  if (columns < 4) return store_tail(to, left, <u32> columns);
  v128.store(to, left);
  if (columns > 4) store_tail(to + 16, right, <u32> columns - 4);
}

// Up to 4 rows of `depth` contiguous elements, `row` bytes apart, as [k][4] at `to` with `step` bytes from k to k + 1:
// a panel of A (step 16), or half a panel of B (step 32). Rows past the end are the last row once more.
export function pack4(from: usize, row: usize, rows: usize, depth: usize, to: usize, step: usize): void {
  const from1 = rows > 1 ? from + row : from, from2 = rows > 2 ? from1 + row : from1;
  const from3 = rows > 3 ? from2 + row : from2;
  const whole = (depth & ~3) << 2, end = depth << 2;
  for (let k: usize = 0; k < end; k += 4 << 2) {
    const x0 = v128.load(from + k), x1 = v128.load(from1 + k);
    const x2 = v128.load(from2 + k), x3 = v128.load(from3 + k);
    const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
    if (k < whole || k + 4 < end) v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
    if (k < whole || k + 8 < end) v128.store(to + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
    if (k < whole) v128.store(to + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    to += 4 * step;
  }
}

// 8 columns of `depth` rows, `row` bytes apart, as [k][8] at `to`: a panel of B.
export function pack8(from: usize, row: usize, depth: usize, to: usize): void {
  for (let k: usize = 0; k < depth; k++) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += row, to += 32;
  }
}
