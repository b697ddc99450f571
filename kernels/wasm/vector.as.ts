// What every kernel needs of four f32 lanes. Rows may start anywhere; a row's last lanes, fewer than four, are taken
// as a whole vector whose lanes past the end are replaced (`load_tail`) or left alone (`store_tail`).

// sum + x y: two roundings, or one where the build may fuse them.
// @ts-ignore: decorator
@inline
export function madd(x: v128, y: v128, sum: v128): v128 {
  if (FAST) return v128.relaxed_madd<f32>(x, y, sum);
  return f32x4.add(sum, f32x4.mul(x, y));
}

// All ones in the first `lanes` lanes, 0 <= lanes <= 4.
// @ts-ignore: decorator
@inline
export function first_lanes(lanes: u32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
}

// The first `lanes` lanes at an address, `fill` in the others. Reads 16 bytes.
// @ts-ignore: decorator
@inline
export function load_tail(at: usize, lanes: u32, fill: v128): v128 {
  return v128.bitselect(v128.load(at), fill, first_lanes(lanes));
}

// Writes the first `lanes` lanes, 1 <= lanes <= 3.
export function store_tail(at: usize, value: v128, lanes: u32): void {
  v128.store32_lane(at, value, 0);
  if (lanes > 1) v128.store32_lane(at, value, 1, 4);
  if (lanes > 2) v128.store32_lane(at, value, 2, 8);
}

// (x0 + x1) + (x2 + x3)
// @ts-ignore: decorator
@inline
export function sum_lanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

// @ts-ignore: decorator
@inline
export function max_lanes(x: v128): f32 {
  const pairs = f32x4.pmax(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, i32x4.shuffle(pairs, pairs, 1, 0, 3, 2)), 0);
}

// A constant in memory, in all lanes. Engines make a literal vector anew at each use, from two or three instructions;
// this is one.
// @ts-ignore: decorator
@inline
export function constant(at: usize): v128 {
  return v128.load32_splat(at);
}
