// L2 norm of a gradient and the number of unusable elements; the slots, the tree and the order of every sum are those
// of grad_norm.wgsl. Slots are 8 bytes: the f32 sum and the u32 count.

import { first_lanes, madd, sum_lanes } from "../wasm/vector.as";

const GROUP: u32 = 64;
const VECTORS: u32 = 32;
const FAN_IN: u32 = 128;
// Bits of 2^50. As integers, NaN and infinity are larger.
const LARGEST: i32 = 0x58800000;

export function grad_norm_partial(gradients: usize, partials: usize, length: u32, first: u32): void {
  const vectors = (length + 3) >> 2;
  let slot = partials + (<usize> first << 3);
  for (let block: u32 = 0; block < vectors; block += GROUP * VECTORS) {
    for (let local: u32 = 0; local < GROUP; local++, slot += 8) {
      const end = min(block + local + GROUP * VECTORS, vectors);
      let squares = f32x4.splat(0), counts = i32x4.splat(0);
      for (let at = block + local; at < end; at += GROUP) {
        let x = v128.load(gradients + (<usize> at << 4));
        let bad = i32x4.gt_s(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(LARGEST));
        if (at == vectors - 1) {
          const inside = first_lanes(length - (at << 2));
          bad = v128.and(bad, inside);
          x = v128.and(x, inside);
        }
        x = v128.andnot(x, bad);
        squares = madd(x, x, squares);
        counts = i32x4.sub(counts, bad);
      }
      const count = i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1) +
        i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3);
      store<f32>(slot, sum_lanes(squares));
      store<i32>(slot, count, 4);
    }
  }
}

// Slot `begin` becomes the sum of itself and those up to `end`, all `stride` apart.
function sum_slots(tree: usize, to: usize, begin: u32, end: u32, stride: u32): void {
  const step = <usize> stride << 3;
  let slot = tree + <usize> begin * step, sum: f32 = 0, count: u32 = 0;
  for (let i = begin; i < end; i++, slot += step) {
    sum += load<f32>(slot);
    count += load<u32>(slot, 4);
  }
  store<f32>(to, sum);
  store<u32>(to, count, 4);
}

export function grad_norm_reduce(partials: usize, slots: u32, stride: u32): void {
  for (let begin: u32 = 0; begin < slots; begin += FAN_IN) {
    const end = min(begin + FAN_IN, slots);
    sum_slots(partials, partials + <usize> begin * (<usize> stride << 3), begin, end, stride);
  }
}

export function grad_norm_finish(partials: usize, stats: usize, slots: u32, stride: u32): void {
  sum_slots(partials, stats, 0, slots, stride);
  store<f32>(stats, sqrt<f32>(load<f32>(stats)));
}
