// Philox4x32-10, equal bit for bit to philox.ts: four blocks at once, one per lane.

// Four random words for each of four counters (c0, c1, c2, c3) and keys (k0, k1). The words of block b are written
// to words + 16 b.
export function philox4x32(c0: v128, c1: v128, c2: v128, c3: v128, k0: v128, k1: v128, words: usize): void {
  const multiplier0 = i32x4.splat(0xd2511f53), multiplier1 = i32x4.splat(0xcd9e8d57);
  const weyl0 = i32x4.splat(0x9e3779b9), weyl1 = i32x4.splat(0xbb67ae85);
  for (let round = 0; round < 10; round++) {
    const a0 = i64x2.extmul_low_i32x4_u(c0, multiplier0), a1 = i64x2.extmul_high_i32x4_u(c0, multiplier0);
    const b0 = i64x2.extmul_low_i32x4_u(c2, multiplier1), b1 = i64x2.extmul_high_i32x4_u(c2, multiplier1);
    // Of 64-bit products, the odd words are the high halves.
    c0 = v128.xor(v128.xor(i32x4.shuffle(b0, b1, 1, 3, 5, 7), c1), k0);
    c1 = i32x4.shuffle(b0, b1, 0, 2, 4, 6);
    c2 = v128.xor(v128.xor(i32x4.shuffle(a0, a1, 1, 3, 5, 7), c3), k1);
    c3 = i32x4.shuffle(a0, a1, 0, 2, 4, 6);
    k0 = i32x4.add(k0, weyl0);
    k1 = i32x4.add(k1, weyl1);
  }
  const low01 = i32x4.shuffle(c0, c1, 0, 4, 1, 5), low23 = i32x4.shuffle(c2, c3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(c0, c1, 2, 6, 3, 7), high23 = i32x4.shuffle(c2, c3, 2, 6, 3, 7);
  v128.store(words, i32x4.shuffle(low01, low23, 0, 1, 4, 5));
  v128.store(words, i32x4.shuffle(low01, low23, 2, 3, 6, 7), 16);
  v128.store(words, i32x4.shuffle(high01, high23, 0, 1, 4, 5), 32);
  v128.store(words, i32x4.shuffle(high01, high23, 2, 3, 6, 7), 48);
}

// Words as numbers in (0, 1), as uniformFromWord in random.ts.
// @ts-ignore: decorator
@inline
export function uniforms_from_words(words: v128): v128 {
  const upper = f32x4.convert_i32x4_s(i32x4.shr_u(words, 9));
  return f32x4.mul(f32x4.add(upper, f32x4.splat(0.5)), f32x4.splat(1.1920928955078125e-7));
}
