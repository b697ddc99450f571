/** What keeps problems apart: a stable hash of a problem, and draws that depend on nothing but their arguments. */

import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";

/**
 * 32-bit hash of a problem's canonical text: FNV-1a over UTF-16 code units, then MurmurHash3's finaliser.
 * Committed exclusion lists hold its values, so it must never change.
 */
export function problemHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The draws of the `index`-th item of a stream, whatever was drawn for other indices.
 * @throws RangeError unless seed and index are integers in [0, 2^32)
 */
export function drawsOf(stream: number, seed: number, index: number): RandomSequence {
  for (const [name, value] of [["seed", seed], ["index", index]] as const) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new RangeError(`expected ${name} to be an integer in [0, 2^32), found ${value}`);
    }
  }
  return randomSequence({ seed, stream }, index);
}

/** @throws RangeError unless `flaw` is a probability */
export function checkFlaw(flaw: number): void {
  if (!(flaw >= 0 && flaw <= 1)) throw new RangeError(`expected flaw to be in [0, 1], found ${flaw}`);
}
