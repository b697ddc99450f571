// Bidirectional attention, any head dimension; formulas and layouts as in attention.wgsl and layout.wgsl.
//
// Everything runs on scores with the queries in the lanes: for a block of 8 queries, S[key][8] = K Q', so that maximum,
// sum and exp run down the keys without crossing lanes, and S lies as the panel of A that the product with V reads.
// Backward holds P and dS of BLOCK queries for all keys, turned as [4 keys][query][4 keys], which is the panel of A for
// dK = dS' Q and dV = P' dOut, and computes all three gradients in one pass over the scores.

import { log4 } from "../wasm/math.as";
import { pack4, tiles } from "../wasm/tile.as";
import { constant, madd, store_tail } from "../wasm/vector.as";

const LOG2_E: f32 = 1.44269502, LN2: f32 = 0.693147182;
const LEAST = memory.data<f32>([-125]);
// Adding 1.5 * 2^23 leaves a rounded integer in the low bits.
const TO_INTEGER = memory.data<f32>([12582912]);
const P0 = memory.data<f32>([1]);
const P1 = memory.data<f32>([0.6931470037]);
const P2 = memory.data<f32>([0.2402224243]);
const P3 = memory.data<f32>([0.0555073359]);
const P4 = memory.data<f32>([0.009671513]);
const P5 = memory.data<f32>([0.0013264727]);

// 2^t for t < 126, at least 2^-125, to 2e-7 of itself: t = n + f, |f| <= 1/2, and a minimax polynomial for 2^f.
// @ts-ignore: decorator
@inline
function power_of_two(t: v128): v128 {
  const bounded = f32x4.pmax(t, constant(LEAST)), magic = constant(TO_INTEGER);
  const shifted = f32x4.add(bounded, magic), f = f32x4.sub(bounded, f32x4.sub(shifted, magic));
  let p = madd(constant(P5), f, constant(P4));
  p = madd(p, f, constant(P3));
  p = madd(p, f, constant(P2));
  p = madd(p, f, constant(P1));
  p = madd(p, f, constant(P0));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

// Queries whose scores backward holds at a time; a multiple of 8.
const BLOCK: usize = 128;

// f32 in a panel of up to `rows` rows of 4 or 8 times `depth`.
// @ts-ignore: decorator
@inline
function panels(rows: usize, depth: usize): usize {
  return ((rows + 7) & ~7) * depth << 2;
}

// Keys or values of one head as panels of 4 rows.
function pack_rows(from: usize, row: usize, rows: usize, depth: usize, to: usize): void {
  for (let j: usize = 0; j < rows; j += 4, to += depth << 4) pack4(from + j * row, row, rows - j, depth, to, 16);
}

// [8 rows][depth] as [depth][8]; rows past the end are the last row once more.
function pack_columns(from: usize, row: usize, rows: usize, depth: usize, to: usize): void {
  pack4(from, row, rows, depth, to, 32);
  const rest: usize = rows > 4 ? rows - 4 : 1;
  pack4(rows > 4 ? from + 4 * row : from, row, rest, depth, to + 16, 32);
}

// to[rows][columns] = [from +] A B, B's rows `b_step` apart.
function product(
  a: usize,
  a_step: usize,
  a_next: usize,
  b: usize,
  b_step: usize,
  depth: usize,
  sum: bool,
  to: usize,
  row: usize,
  rows: usize,
  columns: usize,
): void {
  for (let c: usize = 0; c < columns; c += 8, to += 32, b += 32) {
    tiles(a, a_step, a_next, b, b_step, depth, sum ? to : 0, 0, to, row, rows, min(8, columns - c));
  }
}

export function attention_forward(
  q: usize,
  kv: usize,
  starts: usize,
  out: usize,
  lse: usize,
  batch: usize,
  sequence: usize,
  queries: usize,
  heads: usize,
  kv_heads: usize,
  head_dim: usize,
  scale: f32,
  scratch: usize,
): void {
  const width = head_dim << 2, stride = 2 * kv_heads * width, across = heads * width;
  const keys = scratch, columns = keys + panels(sequence, head_dim), scores = columns + panels(8, head_dim);
  for (let b: usize = 0; b < batch; b++, starts += 4, kv += sequence * stride) {
    const first = <usize> load<u32>(starts), asked = <usize> load<u32>(starts, 4) - first;
    if (!asked) continue;
    let packed: usize = -1;
    for (let h: usize = 0; h < heads; h++) {
      const g = h * kv_heads / heads, key = kv + g * width, value = key + kv_heads * width;
      if (g != packed) pack_rows(key, stride, sequence, head_dim, keys);
      packed = g;
      for (let i: usize = 0; i < asked; i += 8) {
        const count = min(8, asked - i), at = (first + i) * across + h * width;
        pack_columns(q + at, across, count, head_dim, columns);
        tiles(keys, 16, width << 2, columns, 32, head_dim, 0, 0, scores, 32, (sequence + 3) & ~3, 8);
        const y = out + at, statistics = lse + ((h * queries + first + i) << 2);
        attend(scores, value, stride, sequence, scale, y, across, head_dim, min(4, count), statistics);
        if (count > 4) {
          attend(scores + 16, value, stride, sequence, scale, y + 4 * across, across, head_dim, count - 4, statistics + 16);
        }
      }
    }
  }
}

// Softmax of 4 of the 8 columns of scores, and its products with the values.
function attend(
  scores: usize,
  value: usize,
  stride: usize,
  sequence: usize,
  scale: f32,
  y: usize,
  across: usize,
  head_dim: usize,
  count: usize,
  statistics: usize,
): void {
  const end = scores + (sequence << 5), scale4 = f32x4.splat(scale * LOG2_E);
  let highest = v128.load(scores);
  for (let at = scores + 32; at < end; at += 32) highest = f32x4.pmax(highest, v128.load(at));
  highest = f32x4.mul(highest, scale4);
  let total = f32x4.splat(0);
  for (let at = scores; at < end; at += 32) {
    const p = power_of_two(f32x4.sub(f32x4.mul(v128.load(at), scale4), highest));
    total = f32x4.add(total, p);
    v128.store(at, p);
  }
  const value_lse = madd(highest, f32x4.splat(LN2), log4(total));
  if (count == 4) v128.store(statistics, value_lse);
  else store_tail(statistics, value_lse, <u32> count);
  product(scores, 32, 0, value, stride, sequence, false, y, across, count, head_dim);
  const inverse = f32x4.div(f32x4.splat(1), total);
  scale_row(y, head_dim, v128.shuffle<f32>(inverse, inverse, 0, 0, 0, 0));
  if (count > 1) scale_row(y + across, head_dim, v128.shuffle<f32>(inverse, inverse, 1, 1, 1, 1));
  if (count > 2) scale_row(y + 2 * across, head_dim, v128.shuffle<f32>(inverse, inverse, 2, 2, 2, 2));
  if (count > 3) scale_row(y + 3 * across, head_dim, v128.shuffle<f32>(inverse, inverse, 3, 3, 3, 3));
}

function scale_row(row: usize, columns: usize, factor: v128): void {
  const whole = (columns & ~3) << 2, tail = columns & 3;
  for (let c: usize = 0; c < whole; c += 16) v128.store(row + c, f32x4.mul(v128.load(row + c), factor));
  if (tail) store_tail(row + whole, f32x4.mul(v128.load(row + whole), factor), <u32> tail);
}

export function attention_delta(
  out: usize,
  dout: usize,
  delta: usize,
  queries: usize,
  heads: usize,
  head_dim: usize,
): void {
  const width = head_dim << 2, across = heads * width;
  for (let h: usize = 0; h < heads; h++, out += width, dout += width) {
    for (let i: usize = 0; i < queries; i += 4, delta += 16) {
      const count = min(4, queries - i), at = i * across;
      const sums = dots(dout + at, out + at, across, head_dim, count);
      if (count == 4) v128.store(delta, sums);
      else store_tail(delta, sums, <u32> count);
    }
    delta -= ((queries + 3) & ~3) - queries << 2;
  }
}

export function attention_backward(
  q: usize,
  kv: usize,
  starts: usize,
  lse: usize,
  delta: usize,
  dout: usize,
  dq: usize,
  dkv: usize,
  batch: usize,
  sequence: usize,
  queries: usize,
  heads: usize,
  kv_heads: usize,
  head_dim: usize,
  scale: f32,
  scratch: usize,
): void {
  const width = head_dim << 2, stride = 2 * kv_heads * width, across = heads * width;
  const key_tiles = (sequence + 3) >> 2, most = min(BLOCK, (sequence + 7) & ~7);
  const keys = scratch, values = keys + panels(sequence, head_dim);
  const columns = values + panels(sequence, head_dim), dys = columns + panels(8, head_dim);
  const scores = dys + panels(8, head_dim), dscores = scores + panels(sequence, 8);
  const turned = dscores + panels(sequence, 8), dturned = turned + panels(sequence, most);
  for (let b: usize = 0; b < batch; b++, starts += 4, kv += sequence * stride, dkv += sequence * stride) {
    const first = <usize> load<u32>(starts), asked = <usize> load<u32>(starts, 4) - first;
    if (!asked) {
      memory.fill(dkv, 0, sequence * stride);
      continue;
    }
    for (let h: usize = 0; h < heads; h++) {
      const g = h * kv_heads / heads, key = kv + g * width, value = key + kv_heads * width;
      const dkey = dkv + g * width, dvalue = dkey + kv_heads * width;
      const fresh = h == 0 || (h - 1) * kv_heads / heads != g;
      if (fresh) {
        pack_rows(key, stride, sequence, head_dim, keys);
        pack_rows(value, stride, sequence, head_dim, values);
      }
      for (let begin: usize = 0; begin < asked; begin += most) {
        const block = min(most, asked - begin), tile = ((block + 7) & ~7) << 4;
        const from = (first + begin) * across + h * width;
        for (let i: usize = 0; i < block; i += 8) {
          const count = min(8, block - i), at = from + i * across;
          pack_columns(q + at, across, count, head_dim, columns);
          pack_columns(dout + at, across, count, head_dim, dys);
          tiles(keys, 16, width << 2, columns, 32, head_dim, 0, 0, scores, 32, key_tiles << 2, 8);
          tiles(values, 16, width << 2, dys, 32, head_dim, 0, 0, dscores, 32, key_tiles << 2, 8);
          for (let half: usize = 0; half < count; half += 4) {
            const statistics = (h * queries + first + begin + i + half) << 2;
            gradients(
              scores + (half << 2),
              dscores + (half << 2),
              v128.load(lse + statistics),
              v128.load(delta + statistics),
              scale,
              key_tiles,
              turned + ((i + half) << 4),
              dturned + ((i + half) << 4),
              tile,
            );
          }
          product(dscores, 32, 16, key, stride, sequence, false, dq + at, across, count, head_dim);
        }
        const later = !fresh || begin > 0;
        product(dturned, 16, tile, q + from, across, block, later, dkey, stride, sequence, head_dim);
        product(turned, 16, tile, dout + from, across, block, later, dvalue, stride, sequence, head_dim);
      }
    }
  }
}

// Dot products of up to 4 rows.
function dots(x: usize, y: usize, row: usize, columns: usize, rows: usize): v128 {
  let result = f32x4.splat(0);
  const whole = (columns & ~3) << 2, tail = (columns & 3) << 2;
  for (let r: usize = 0; r < 4; r++) {
    let sum = f32x4.splat(0);
    for (let c: usize = 0; c < whole; c += 16) sum = madd(v128.load(x + c), v128.load(y + c), sum);
    let dot = (f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)) +
      (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
    for (let c: usize = 0; c < tail; c += 4) dot += load<f32>(x + whole + c) * load<f32>(y + whole + c);
    result = f32x4.replace_lane(v128.shuffle<f32>(result, result, 1, 2, 3, 0), 3, dot);
    if (r + 1 < rows) x += row, y += row;
  }
  return result;
}

// For 4 queries and all keys: p = exp(scale s - lse) and ds = scale p (dp - delta), both turned, ds also in place of dp.
function gradients(
  scores: usize,
  dscores: usize,
  lse: v128,
  delta: v128,
  scale: f32,
  key_tiles: usize,
  turned: usize,
  dturned: usize,
  tile: usize,
): void {
  const scale4 = f32x4.splat(scale), scale2 = f32x4.splat(scale * LOG2_E);
  lse = f32x4.mul(lse, f32x4.splat(LOG2_E));
  for (let j: usize = 0; j < key_tiles; j++) {
    const p0 = power_of_two(f32x4.sub(f32x4.mul(v128.load(scores), scale2), lse));
    const p1 = power_of_two(f32x4.sub(f32x4.mul(v128.load(scores, 32), scale2), lse));
    const p2 = power_of_two(f32x4.sub(f32x4.mul(v128.load(scores, 64), scale2), lse));
    const p3 = power_of_two(f32x4.sub(f32x4.mul(v128.load(scores, 96), scale2), lse));
    const d0 = f32x4.mul(f32x4.mul(p0, scale4), f32x4.sub(v128.load(dscores), delta));
    const d1 = f32x4.mul(f32x4.mul(p1, scale4), f32x4.sub(v128.load(dscores, 32), delta));
    const d2 = f32x4.mul(f32x4.mul(p2, scale4), f32x4.sub(v128.load(dscores, 64), delta));
    const d3 = f32x4.mul(f32x4.mul(p3, scale4), f32x4.sub(v128.load(dscores, 96), delta));
    v128.store(dscores, d0), v128.store(dscores, d1, 32), v128.store(dscores, d2, 64), v128.store(dscores, d3, 96);
    turn(p0, p1, p2, p3, turned);
    turn(d0, d1, d2, d3, dturned);
    scores += 128, dscores += 128, turned += tile, dturned += tile;
  }
}

// Four vectors as the columns of four vectors.
// @ts-ignore: decorator
@inline
function turn(x0: v128, x1: v128, x2: v128, x3: v128, to: usize): void {
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7), high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 16);
  v128.store(to, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 32);
  v128.store(to, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 48);
}
