/** Intervals for scores: Wilson over graded examples, Student's t over seeds. */

import { mean, standardDeviation } from "./moments.ts";
import { tQuantile } from "./student.ts";

export type Interval = readonly [low: number, high: number];

/** Quantile of the standard normal distribution at 0.975: two-sided 95 %. */
export const Z95 = 1.959963984540054;

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

/**
 * Two-sided interval for the mean of independent values, or null for fewer than two, which carry no information
 * about their spread.
 */
export function tInterval(values: readonly number[], confidence = 0.95): Interval | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const half = tQuantile(values.length - 1, confidence) * standardDeviation(values) /
    Math.sqrt(values.length);
  return [centre - half, centre + half];
}

/**
 * Interval in which one further value of the same normal population lies with the given probability, or null for
 * fewer than two values.
 */
export function predictionInterval(values: readonly number[], confidence = 0.95): Interval | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  const half = tQuantile(values.length - 1, confidence) * standardDeviation(values) *
    Math.sqrt(1 + 1 / values.length);
  return [centre - half, centre + half];
}
