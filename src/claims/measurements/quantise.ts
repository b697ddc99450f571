/** Weights as an inference engine of lower precision would hold them. */

import type { HostTensor, NamedTensors } from "../../model/parameters.ts";

/** Explicit mantissa bits of an f32. */
export const FULL_MANTISSA = 23;

/**
 * Rounds to floating-point numbers with `bits` explicit mantissa bits and the exponents of f32, halves to even:
 * 7 gives bf16, 3 the precision of 8-bit floats.
 * @throws RangeError unless bits is an integer from 1 to 23
 */
export function roundMantissa(values: Float32Array, bits: number): Float32Array {
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= FULL_MANTISSA)) {
    throw new RangeError(`${bits} mantissa bits: expected an integer from 1 to ${FULL_MANTISSA}`);
  }
  const dropped = FULL_MANTISSA - bits;
  const rounded = values.slice(), words = new Uint32Array(rounded.buffer);
  if (dropped === 0) return rounded;
  const half = 2 ** (dropped - 1), mask = 2 ** dropped - 1;
  words.forEach((word, i) => {
    // A carry out of the mantissa raises the exponent, as it should.
    const odd = (word >>> dropped) & 1;
    words[i] = (word + half - 1 + odd) & ~mask;
  });
  return rounded;
}

/** The same for every tensor of a model. */
export function roundedTensors(tensors: NamedTensors, bits: number): NamedTensors {
  return new Map(Array.from(tensors, ([name, { shape, data }]): [string, HostTensor] => [
    name,
    { shape, data: roundMantissa(data, bits) },
  ]));
}
