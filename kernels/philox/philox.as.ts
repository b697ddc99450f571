// Runs the generator as philox_test.wgsl does: counters [n, 4], keys [n, 2] -> words [n, 4], uniforms [n, 4].

import { philox4x32, uniforms_from_words } from "../wasm/philox.as";

const block = memory.data(64, 16);

export function philox_test(counters: usize, keys: usize, words: usize, uniforms: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++, counters += 16, keys += 8, words += 16, uniforms += 16) {
    philox4x32(
      v128.load32_splat(counters),
      v128.load32_splat(counters, 4),
      v128.load32_splat(counters, 8),
      v128.load32_splat(counters, 12),
      v128.load32_splat(keys),
      v128.load32_splat(keys, 4),
      block,
    );
    v128.store(words, v128.load(block));
    v128.store(uniforms, uniforms_from_words(v128.load(block)));
  }
}
