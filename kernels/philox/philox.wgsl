// Philox4x32-10, equal bit for bit to philox.ts. A library: a kernel lists this file before its own.

const PHILOX_MULTIPLIER_0: u32 = 0xd2511f53u;
const PHILOX_MULTIPLIER_1: u32 = 0xcd9e8d57u;
const PHILOX_WEYL: vec2u = vec2u(0x9e3779b9u, 0xbb67ae85u);

// High 32 bits of the 64-bit product, from 16-bit parts: no sum below exceeds 2^32 - 1.
fn multiply_high(a: u32, b: u32) -> u32 {
  let a_low = a & 0xffffu;
  let a_high = a >> 16u;
  let b_low = b & 0xffffu;
  let b_high = b >> 16u;
  let middle = a_high * b_low + ((a_low * b_low) >> 16u);
  let carry = a_low * b_high + (middle & 0xffffu);
  return a_high * b_high + (middle >> 16u) + (carry >> 16u);
}

// Four random words for a counter and a key.
fn philox4x32(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    c = vec4u(
      multiply_high(PHILOX_MULTIPLIER_1, c.z) ^ c.y ^ k.x,
      PHILOX_MULTIPLIER_1 * c.z,
      multiply_high(PHILOX_MULTIPLIER_0, c.x) ^ c.w ^ k.y,
      PHILOX_MULTIPLIER_0 * c.x,
    );
    k += PHILOX_WEYL;
  }
  return c;
}

// A word as a number in (0, 1), as uniformFromWord in random.ts; exact in f32.
fn uniform_from_word(word: u32) -> f32 {
  return (f32(word >> 9u) + 0.5) * 1.1920928955078125e-7;
}
