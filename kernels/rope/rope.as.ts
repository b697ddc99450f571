// Rotary position embedding; shapes and formula as in rope.wgsl.

import { madd, store_tail } from "../wasm/vector.as";

export function rope_rotate(
  x: usize,
  table: usize,
  numbers: usize,
  rows: usize,
  sequence: usize,
  heads: usize,
  half: usize,
  stride: usize,
  direction: f32,
): void {
  const width = half << 2, whole = width & ~15, tail = half & 3;
  for (let row: usize = 0; row < rows; row++) {
    const angle = table + (<usize> load<u32>(numbers + (row << 2)) % sequence) * width * 2;
    let at = x + (row * stride << 2);
    for (let head: usize = 0; head < heads; head++, at += 2 * width) {
      for (let j: usize = 0; j < whole; j += 16) {
        const low = v128.load(at + j), high = v128.load(at + j + width);
        v128.store(at + j, low_of(low, high, angle + j, width, direction));
        v128.store(at + j + width, high_of(low, high, angle + j, width, direction));
      }
      if (tail) {
        const low = v128.load(at + whole), high = v128.load(at + whole + width);
        store_tail(at + whole, low_of(low, high, angle + whole, width, direction), <u32> tail);
        store_tail(at + whole + width, high_of(low, high, angle + whole, width, direction), <u32> tail);
      }
    }
  }
}

// low cos a - d high sin a
// @ts-ignore: decorator
@inline
function low_of(low: v128, high: v128, angle: usize, width: usize, direction: f32): v128 {
  const sine = f32x4.mul(f32x4.splat(-direction), v128.load(angle + width));
  return madd(high, sine, f32x4.mul(low, v128.load(angle)));
}

// high cos a + d low sin a
// @ts-ignore: decorator
@inline
function high_of(low: v128, high: v128, angle: usize, width: usize, direction: f32): v128 {
  const sine = f32x4.mul(f32x4.splat(direction), v128.load(angle + width));
  return madd(low, sine, f32x4.mul(high, v128.load(angle)));
}
