/** Intervals for scores: Wilson over graded examples, Student's t over seeds. */

/** Quantile of the standard normal distribution at 0.975: two-sided 95 %. */
export const Z95 = 1.959963984540054;

export type Interval = readonly [low: number, high: number];

/**
 * Wilson's score interval for a proportion.
 * @param correct successes, from 0 to `n`; need not be an integer, so that means of counts can be given
 * @param z normal quantile
 * @throws RangeError unless 0 <= correct <= n and n > 0
 */
export function wilsonInterval(correct: number, n: number, z = Z95): Interval {
  if (!(n > 0) || !(correct >= 0 && correct <= n)) {
    throw new RangeError(
      `wilsonInterval expects 0 <= correct <= n, n > 0; found correct = ${correct}, n = ${n}`,
    );
  }
  const share = correct / n, square = z * z;
  const centre = (share + square / (2 * n)) / (1 + square / n);
  const half = z / (1 + square / n) * Math.sqrt(share * (1 - share) / n + square / (4 * n * n));
  // Exact at the ends, where rounding could leave [0, 1] or its edge.
  return [correct === 0 ? 0 : centre - half, correct === n ? 1 : centre + half];
}

/** Arithmetic mean. @throws RangeError for no values */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("mean expects at least one value");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation with n - 1 in the denominator. @throws RangeError for fewer than two values */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    throw new RangeError(`standardDeviation expects at least two values, found ${values.length}`);
  }
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * Two-sided 95 % interval for the mean of independent values, or null for fewer than two, which carry no
 * information about their spread.
 */
export function tInterval(values: readonly number[]): Interval | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const half = tQuantile(values.length - 1) * standardDeviation(values) / Math.sqrt(values.length);
  return [centre - half, centre + half];
}

/** P(|T| <= t) for Student's t with integer degrees of freedom: the finite sums of Abramowitz & Stegun 26.7.3-4. */
export function tProbability(t: number, degrees: number): number {
  const cosSquare = degrees / (degrees + t * t), sin = Math.abs(t) / Math.sqrt(degrees + t * t);
  let term = degrees % 2 === 1 ? Math.sqrt(cosSquare) : 1, sum = 0;
  for (let k = degrees % 2 === 1 ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= cosSquare * (k - 1) / k;
  }
  if (degrees % 2 === 0) return sin * sum;
  const angle = Math.atan(Math.abs(t) / Math.sqrt(degrees));
  return 2 / Math.PI * (angle + sin * sum);
}

/**
 * The t with P(|T| <= t) = 0.95, by bisection.
 * @throws RangeError unless `degrees` is a positive integer
 */
export function tQuantile(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new RangeError(`tQuantile expects a positive integer of degrees of freedom, found ${degrees}`);
  }
  let low = 0, high = 16;
  while (low < high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (tProbability(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return high;
}
