/**
 * How an operand B lies in memory: as f32, or two to a word as bf16 or f16, which frozen weights need half the bytes
 * and half the bandwidth for. Products are sums in f32 of the values that the words stand for.
 */

export const STORAGES = ["f32", "bf16", "f16"] as const;
export type Storage = (typeof STORAGES)[number];

/** Words of so many elements. */
export function storedWords(storage: Storage, elements: number): number {
  return storage === "f32" ? elements : Math.ceil(elements / 2);
}

/** Every word holds two elements, the first in its lower half. */
const WORD_OF_BF16 = "bitcast<f32>(select(word << 16u, word & 0xffff0000u, i % 2u == 1u))";
const WORD_OF_F16 = "unpack2x16float(word)[i % 2u]";

/** WGSL of binding 1 and of `load_b(i)`, element i of B. */
export function scalarAccess(storage: Storage): string {
  if (storage === "f32") {
    return `@group(0) @binding(1) var<storage, read> b: array<f32>;
fn load_b(i: u32) -> f32 { return b[i]; }
`;
  }
  return `@group(0) @binding(1) var<storage, read> b: array<u32>;
fn load_b(i: u32) -> f32 {
  let word = b[i / 2u];
  return ${storage === "bf16" ? WORD_OF_BF16 : WORD_OF_F16};
}
`;
}

const PAIRS_OF_BF16 =
  "bitcast<vec4f>(vec4u(pair.x << 16u, pair.x & 0xffff0000u, pair.y << 16u, pair.y & 0xffff0000u))";
const PAIRS_OF_F16 = "vec4f(unpack2x16float(pair.x), unpack2x16float(pair.y))";

/** WGSL of binding 1 and of `load_b4(i)`, elements 4 i to 4 i + 3 of B. */
export function vec4Access(storage: Storage): string {
  if (storage === "f32") {
    return `@group(0) @binding(1) var<storage, read> b: array<vec4f>;
fn load_b4(i: u32) -> vec4f { return b[i]; }
`;
  }
  return `@group(0) @binding(1) var<storage, read> b: array<vec2u>;
fn load_b4(i: u32) -> vec4f {
  let pair = b[i];
  return ${storage === "bf16" ? PAIRS_OF_BF16 : PAIRS_OF_F16};
}
`;
}

/** Values as bf16, two to a word; rounded to the nearest, ties to even. NaN stays NaN. */
export function packBf16(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return pack(values.length, (i) => {
    const word = bits[i]!;
    // Rounding could carry a NaN's mantissa away.
    if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40;
    return (word + 0x7fff + (word >>> 16 & 1)) >>> 16;
  });
}

/** Values as f16, two to a word; rounded to the nearest, ties to even; beyond 65,520 infinite. NaN stays NaN. */
export function packF16(values: Float32Array): Uint32Array {
  const halves = new Uint16Array(Float16Array.from(values).buffer);
  return pack(values.length, (i) => halves[i]!);
}

function pack(length: number, half: (i: number) => number): Uint32Array {
  const words = new Uint32Array(Math.ceil(length / 2));
  for (let i = 0; i < length; i++) words[i >> 1]! |= half(i) << (i % 2 * 16);
  return words;
}
