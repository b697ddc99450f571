/** Means, medians, quantiles and deviations of lists of numbers. Sums run from the first value to the last. */

/** @throws RangeError for no values */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError("mean expects at least one value");
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Standard deviation with n - 1 in the denominator. @throws RangeError for fewer than two values */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2) {
    throw new RangeError(`standardDeviation expects at least two values, found ${values.length}`);
  }
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) * (values[i]! - centre);
  return Math.sqrt(sum / (values.length - 1));
}

/**
 * Quantile by linear interpolation between the order statistics around (n - 1) q.
 * @param q from 0 to 1
 * @throws RangeError for no values or another q
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** `quantile` of values that ascend already. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError("quantile expects at least one value");
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile expects 0 <= q <= 1, found ${q}`);
  const place = (sorted.length - 1) * q, below = Math.floor(place);
  const low = sorted[below]!, high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (place - below) * (high - low);
}

/** The middle value, or the mean of the two in the middle. @throws RangeError for no values */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
