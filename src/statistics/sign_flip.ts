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
  if (observed === 0) return 1;
  // All sums are multiples of the common divisor, and only those of a tail are needed: exact, and many times less.
  const unit = sizes.reduce(commonDivisor);
  // share[s]: probability that the differences with a positive sign add up to s units. The signed sum is
  // 2 s - total. Every entry is a multiple of 2^-n, and exact in a double up to 53 differences.
  const last = (total - observed) / 2 / unit;
  const share = new Float64Array(last + 1);
  share[0] = 1;
  let reach = 0;
  for (const size of sizes.map((size) => size / unit)) {
    reach = Math.min(reach + size, last);
    for (let s = reach; s >= 0; s--) {
      share[s] = (share[s]! + (s >= size ? share[s - size]! : 0)) / 2;
    }
  }
  // The signed sum is symmetric about 0, so both tails are equal.
  return Math.min(1, 2 * share.reduce((tail, each) => tail + each, 0));
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
