/** Orders and groups that do not depend on locale, machine or the order of what is grouped. */

/** By UTF-16 code unit, as every machine sorts. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** Groups in ascending order of their keys; members keep their order. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  return [...Map.groupBy(items, key)].sort(([a], [b]) => compare(a, b));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Six decimals: far below any interval here, far above what rounding errors add up to. */
export function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

export function roundPair([low, high]: readonly [number, number]): [number, number] {
  return [round(low), round(high)];
}
