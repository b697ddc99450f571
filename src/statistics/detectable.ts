/** The smallest difference that an experiment of a given size finds. */

import { Z95 } from "./intervals.ts";

/** Quantile of the standard normal distribution at 0.8: power 80 %. */
const Z80 = 0.8416212335729143;

/**
 * Smallest difference of two shares, each over `n` responses of its own, that a two-sided test at 5 % finds with a
 * power of 80 %, in the normal approximation around the share (correct + 2) / (n + 4), whose variance does not
 * vanish where nothing or everything is solved.
 * @throws RangeError unless 0 <= correct <= n and n > 0
 */
export function detectableDifference(correct: number, n: number): number {
  if (!(n > 0) || !(correct >= 0 && correct <= n)) {
    throw new RangeError(
      `detectableDifference expects 0 <= correct <= n, n > 0; found correct = ${correct}, n = ${n}`,
    );
  }
  const share = (correct + 2) / (n + 4);
  return (Z95 + Z80) * Math.sqrt(2 * share * (1 - share) / n);
}

/**
 * Smallest mean of `n` paired differences with the given deviation that a two-sided test at 5 % finds with a power
 * of 80 %, in the normal approximation.
 */
export function detectableMeanDifference(deviation: number, n: number): number {
  return (Z95 + Z80) * deviation / Math.sqrt(n);
}
