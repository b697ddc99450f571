/** How a claim is decided: every check compares an interval with a range, and the claim follows from its checks. */

import { type Interval, tInterval } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import { formatNumber } from "../figures/mod.ts";

export type Outcome = "reproduced" | "not reproduced" | "not decidable at this scale";

/** One number of a claim, and the range in which the claim says it lies. */
export interface Check {
  /** What the number is, in words that a sentence can contain. */
  readonly what: string;
  readonly estimate: number;
  /** 95 % interval; equal ends for a number that is counted or exact; null where its spread is not known. */
  readonly interval: Interval | null;
  /** Where the claim says it lies, the ends not included; null for an open end. */
  readonly within: readonly [low: number | null, high: number | null];
}

/**
 * Reproduced when the whole interval lies in the range, not reproduced when none of it does, else not decidable. Who
 * claims to be better does not claim to be equal: a difference of exactly 0 is not in the range above 0.
 */
export function outcomeOf({ interval, within: [low, high] }: Check): Outcome {
  if (!interval || interval.some(Number.isNaN)) return "not decidable at this scale";
  const from = low ?? -Infinity, to = high ?? Infinity;
  if (interval[0] > from && interval[1] < to) return "reproduced";
  if (interval[1] <= from || interval[0] >= to) return "not reproduced";
  return "not decidable at this scale";
}

/** A claim is reproduced when all of its checks are, and not reproduced when one of them is not. */
export function verdictOf(checks: readonly Check[]): Outcome {
  if (checks.length === 0) throw new RangeError("a claim needs at least one check");
  const outcomes = checks.map(outcomeOf);
  if (outcomes.includes("not reproduced")) return "not reproduced";
  return outcomes.every((outcome) => outcome === "reproduced") ? "reproduced" : "not decidable at this scale";
}

/** A check of the mean of one number per seed. */
export function seedCheck(what: string, values: readonly number[], within: Check["within"]): Check {
  return { what, estimate: mean(values), interval: tInterval(values), within };
}

/** A check of a number without spread: counted, or equal on every machine. */
export function exactCheck(what: string, value: number, within: Check["within"]): Check {
  return { what, estimate: value, interval: [value, value], within };
}

/** "peak at 64 over peak at 1: 21.3 [20.1, 22.4], claimed above 8: reproduced" */
export function checkText(check: Check): string {
  const { what, estimate, interval } = check;
  const exact = interval && interval[0] === interval[1];
  const spread = exact ? "" : interval ? ` [${interval.map(formatNumber).join(", ")}]` : " (one value)";
  return `${what}: ${formatNumber(estimate)}${spread}, claimed ${rangeText(check.within)}: ${
    outcomeOf(check)
  }`;
}

function rangeText([low, high]: Check["within"]): string {
  if (low === null) return high === null ? "anything" : `below ${formatNumber(high)}`;
  return high === null
    ? `above ${formatNumber(low)}`
    : `between ${formatNumber(low)} and ${formatNumber(high)}`;
}

/** The line that a claim ends in. */
export function verdictLine(checks: readonly Check[]): string {
  return `${verdictOf(checks)}: ${checks.map(checkText).join("; ")}`;
}
