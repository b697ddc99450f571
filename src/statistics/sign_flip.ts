/**
 * The exact paired test of Fisher and Pitman: if two algorithms do not differ, the sign of every paired difference
 * is a coin. No normality is assumed and nothing is drawn: all 2^n signs are counted, by convolution.
 */

/** Largest sum of differences that is convolved: what 64 runs with 2^16 items each can give. */
const LIMIT = 1 << 22;

/**
 * Two-sided p: the share of sign patterns whose sum is at least as far from 0 as the one observed.
 * @param differences one whole number per independent replication, such as items solved more by the first
 * @throws RangeError for a difference that is not whole, or a sum beyond 2^22
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs).filter((size) => size !== 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (!sizes.every(Number.isInteger) || total > LIMIT) {
    throw new RangeError(`signFlipTest expects whole differences of at most ${LIMIT} in sum, found ${total}`);
  }
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  // share[s]: probability that the differences with a positive sign add up to s. The signed sum is 2 s - total.
  // Every entry is a multiple of 2^-n, and exact in a double up to 53 differences.
  const share = new Float64Array(total + 1);
  share[0] = 1;
  let reach = 0;
  for (const size of sizes) {
    reach += size;
    for (let s = reach; s >= 0; s--) {
      share[s] = (share[s]! + (s >= size ? share[s - size]! : 0)) / 2;
    }
  }
  // The signed sum is symmetric about 0, so both tails are equal.
  let tail = 0;
  for (let s = 0; 2 * s - total <= -observed; s++) tail += share[s]!;
  return Math.min(1, observed === 0 ? 1 : 2 * tail);
}
