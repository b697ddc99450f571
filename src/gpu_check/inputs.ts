/** Numbers that both devices compute from: the same on every machine. */

import { randomSequence } from "../../kernels/philox/random.ts";

const KEY = 0x67707563;

/** `length` numbers in (-scale, scale). */
export function floats(length: number, salt: number, scale = 1): Float32Array {
  const draws = randomSequence({ seed: KEY, stream: salt });
  return Float32Array.from({ length }, () => scale * (2 * draws.uniform() - 1));
}

/** `length` integers in [0, below). */
export function integers(length: number, below: number, salt: number): Uint32Array {
  const draws = randomSequence({ seed: KEY, stream: salt });
  return Uint32Array.from({ length }, () => draws.below(below));
}

/** 0, 1, ... `length` - 1. */
export function upTo(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i);
}
