/** Small parts that the readings of claims share. */

import { type Interval, tInterval } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import { formatNumber } from "../figures/mod.ts";

export interface Estimated {
  readonly value: number;
  /** 95 % over seeds; null for fewer than two. */
  readonly interval: Interval | null;
}

/** Mean and interval of one number per seed. Missing ones are left out; null when none is there. */
export function over(values: readonly (number | null)[]): Estimated | null {
  const present = values.filter((value): value is number => value !== null);
  return present.length === 0 ? null : { value: mean(present), interval: tInterval(present) };
}

/** "0.42 [0.38, 0.46]"; a dash for what is missing. */
export function cell(estimate: Estimated | null): string {
  if (!estimate) return "-";
  const { value, interval } = estimate;
  return formatNumber(value) + (interval ? ` [${interval.map(formatNumber).join(", ")}]` : "");
}

/** Slope of a least-squares line. @throws RangeError for fewer than two points */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  if (points.length < 2) throw new RangeError(`a slope needs two points, found ${points.length}`);
  const x = mean(points.map(([x]) => x)), y = mean(points.map(([, y]) => y));
  const products = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return products / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** Differences of two lists, pair by pair. */
export function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - b[i]!);
}

/** Points of a line from estimates over an axis; missing ones are left out. */
export function linePoints(xs: readonly number[], estimates: readonly (Estimated | null)[]) {
  return xs.flatMap((x, i) => {
    const estimate = estimates[i];
    return estimate ? [{ x, y: estimate.value, interval: estimate.interval }] : [];
  });
}

/** What a note says of the seeds. */
export const SEEDS_NOTE =
  "bands and brackets: 95 % t intervals over seeds, each with a base model of its own";

/**
 * Pseudo-values of the jackknife, one per seed, for a statistic of all seeds together, such as a ratio of sums: their
 * mean and interval are those of the statistic.
 */
export function pseudoValues<T>(seeds: readonly T[], statistic: (seeds: readonly T[]) => number): number[] {
  const n = seeds.length, whole = statistic(seeds);
  return seeds.map((_, left) => n * whole - (n - 1) * statistic(seeds.filter((_, s) => s !== left)));
}
