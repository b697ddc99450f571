/** What a conformance check is: a file of expected values, the cases in it, and how far ours are off. */

import type { Backend } from "../../kernels/backend.ts";

export interface CaseResult {
  readonly name: string;
  /** "missing": what the case needs is not implemented. */
  readonly status: "passed" | "failed" | "missing";
  /** Largest error relative to the largest expected entry; 0 when missing. */
  readonly error: number;
  /** Which implementation was checked, where there are several. */
  readonly form?: string;
  readonly detail?: string;
}

export interface CheckContext {
  /** Runs the kernels under test. */
  readonly backend: Backend;
}

export interface Checker {
  /** @param path relative to the folder, with forward slashes */
  matches(path: string): boolean;
  /** Checks one file. What it throws counts as one failed case. */
  check(path: string, folder: string, context: CheckContext): Promise<CaseResult[]>;
}

/** Numbers as they nest in the files; a single number counts as a list of one. */
export type Numbers = number | ArrayLike<Numbers>;

export interface Comparison {
  readonly name: string;
  readonly actual: Numbers;
  readonly expected: Numbers;
  /** Allowed error, relative to the largest expected entry. */
  readonly tolerance: number;
  /** Smallest scale of the error: for values that are sums of terms of this size and may cancel. */
  readonly floor?: number;
}

/** float64 results agree to this, relative to the largest entry. */
export const F64_TOLERANCE = 1e-10;

/** Largest error over the largest expected entry (over 1 if all are 0). @throws RangeError for different shapes */
export function relativeError(actual: Numbers, expected: Numbers, floor = 0): number {
  const got = flatten(actual), want = flatten(expected);
  if (shapeOf(actual) !== shapeOf(expected)) {
    throw new RangeError(`expected the shape ${shapeOf(expected)}, found ${shapeOf(actual)}`);
  }
  const largest = want.reduce((max, value) => Math.max(max, Math.abs(value)), floor);
  let worst = 0;
  want.forEach((value, i) => {
    const error = Math.abs(got[i]! - value);
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  });
  return worst / (largest || 1);
}

/** One case from what was compared in it. */
export function compareCase(name: string, comparisons: readonly Comparison[], form?: string): CaseResult {
  let error = 0;
  const wrong: string[] = [];
  for (const { name, actual, expected, tolerance, floor } of comparisons) {
    const found = relativeError(actual, expected, floor);
    error = Math.max(error, found);
    if (found > tolerance) {
      wrong.push(`${name}: error ${found.toExponential(2)} > ${tolerance.toExponential(2)}`);
    }
  }
  return {
    name,
    status: wrong.length ? "failed" : "passed",
    error,
    ...(form && { form }),
    ...(wrong.length && { detail: wrong.join("; ") }),
  };
}

/** Cases whose subject is not implemented. */
export function missingCases(names: readonly string[], detail: string): CaseResult[] {
  return names.map((name) => ({ name, status: "missing", error: 0, detail }));
}

// deno-lint-ignore no-explicit-any
export async function readJson(folder: string, path: string): Promise<any> {
  return JSON.parse(await Deno.readTextFile(`${folder}/${path}`));
}

function flatten(values: Numbers): number[] {
  return typeof values === "number" ? [values] : Array.from(values).flatMap(flatten);
}

function shapeOf(values: Numbers): string {
  return typeof values === "number" ? "." : `[${Array.from(values, shapeOf).join()}]`;
}
