/**
 * The only source of randomness in a run. Every draw is a pure function of (seed, stream, step, row, position),
 * so nothing depends on order, batch peers or workers, and a resumed run draws what an uninterrupted one would.
 */

import { philox4x32 } from "./philox.ts";

/** Key of a generator: the seed of the run and what the numbers are for. Both u32. */
export interface RandomKey {
  readonly seed: number;
  readonly stream: number;
}

/** What random numbers are for. Numbers are part of a run's identity: never reuse or renumber one. */
export const Stream = {
  parameters: 1,
  baseExamples: 2,
  baseMasks: 3,
  rolloutPrompts: 4,
  rolloutTokens: 5,
  objectiveStates: 6,
  trainExamples: 7,
  testExamples: 8,
  demonstrations: 9,
  evaluationTokens: 10,
  generation: 11,
  bootstrap: 32,
} as const;

/**
 * A u32 word as a number in (0, 1): (top 23 bits + 1/2) / 2^23. With the half, 23 bits fill the mantissa of f32:
 * the value is exact there and on the device, and never rounds to 1.
 */
export function uniformFromWord(word: number): number {
  return ((word >>> 9) + 0.5) / 0x800000;
}

/** A sequence of draws at one place of a run. */
export interface RandomSequence {
  /** The next u32. */
  word(): number;
  /** The next number in (0, 1). */
  uniform(): number;
  /** An integer in [0, n), unbiased. @throws RangeError unless n is an integer in [1, 2^32]. */
  below(n: number): number;
  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T;
}

/** The sequence of draws at (step, row, position). */
export function randomSequence(key: RandomKey, step = 0, row = 0, position = 0): RandomSequence {
  const block = new Uint32Array(4);
  let index = 0;
  const sequence: RandomSequence = {
    word() {
      const lane = index & 3;
      if (lane === 0) philox4x32(index >>> 2, position, row, step, key.seed, key.stream, block);
      index++;
      return block[lane]!;
    },
    uniform: () => uniformFromWord(sequence.word()),
    below(n) {
      if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
        throw new RangeError(`below expects an integer in [1, 2^32], found ${n}`);
      }
      // Words at or past the largest multiple of n would favour small results.
      const limit = 0x100000000 - (0x100000000 % n);
      for (;;) {
        const word = sequence.word();
        if (word < limit) return word % n;
      }
    },
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = sequence.below(i + 1);
        [items[i], items[j]] = [items[j], items[i]];
      }
      return items;
    },
  };
  return sequence;
}
