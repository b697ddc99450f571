/**
 * What the sandbox says of expressions: programs whose text can name nothing but their argument, so that many may
 * share an interpreter. `python/expressions.py` judges them.
 */

import type { Verdict } from "./program.ts";
import type { Worked } from "./worker.ts";

/**
 * An expression of Python over `x`, digits, `+ - * / ( ) %` and spaces, so `//` and `**` too; it stands for
 * `def f(x): return <expression>`. A test compares what `f(x)` returns with a number.
 */
export interface Expression {
  readonly expression: string;
  readonly tests: readonly ExpressionTest[];
}

export interface ExpressionTest {
  readonly x: number;
  readonly expected: number;
}

/**
 * As of the program that an expression stands for. `failed` too when it has other characters or is too long, and
 * `timeout` at the first test in which its powers make integers of more than `POWER_BITS` bits together: tests
 * before it count. Reproducible unless the batch ran into the clock or was lost.
 */
export type ExpressionVerdict = Pick<Verdict, "status" | "reason" | "passed" | "total" | "reproducible">;

/** Characters of the longest expression that is run. */
export const EXPRESSION_LENGTH = 300;
/** Bits of the integers that the powers of an expression make in one test, as far as their sizes tell beforehand. */
const POWER_BITS = 10_000;
/** Seconds for a batch: a safety net a hundred times beyond what the two bounds above let the worst one take. */
const BATCH_SECONDS = 600;
/** Expressions that are sent together: enough to pay for the way there, few enough for every core to get some. */
const BATCH = 500, SMALL_BATCH = 250;

export interface ExpressionsJob {
  readonly kind: "expressions";
  readonly items: readonly Expression[];
  readonly seconds: number;
}

function checkedTest({ x, expected }: ExpressionTest): void {
  if (Number.isFinite(x) && Number.isFinite(expected)) return;
  throw new RangeError(`expected tests with finite numbers, found x ${x} and expected ${expected}`);
}

/**
 * Cuts expressions into batches for so many interpreters. What is too long to be run is not kept in full.
 * @throws TypeError for an expression without tests, RangeError for a test whose numbers are not finite
 */
export function expressionsJobs(items: readonly Expression[], interpreters: number): ExpressionsJob[] {
  for (const { tests } of items) {
    if (tests.length === 0) throw new TypeError("expected an expression with tests, found none");
    tests.forEach(checkedTest);
  }
  const size = Math.min(BATCH, Math.max(SMALL_BATCH, Math.ceil(items.length / interpreters)));
  const jobs: ExpressionsJob[] = [];
  for (let at = 0; at < items.length; at += size) {
    const batch = items.slice(at, at + size).map(({ expression, tests }) => ({
      expression: expression.slice(0, 2 * EXPRESSION_LENGTH + 2),
      tests,
    }));
    jobs.push({ kind: "expressions", items: batch, seconds: BATCH_SECONDS });
  }
  return jobs;
}

/** The batch as `expressions.py` reads it. */
export function batchText({ items }: ExpressionsJob): string {
  return JSON.stringify({
    length: EXPRESSION_LENGTH,
    bits: POWER_BITS,
    items: items.map(({ expression, tests }) => [
      expression,
      tests.map(({ x, expected }) => [x, expected]),
    ]),
  });
}

/** What `expressions.py` says of one: tests passed, what kind of failure, and why in words. */
type Report = readonly [number, "refused" | "load" | "cost" | "wrong" | null, string | null];

function verdictOfReport([passed, failure, words]: Report, total: number): ExpressionVerdict {
  const common = { passed, total, reproducible: true };
  switch (failure) {
    case null:
      return { ...common, status: "passed", reason: `passed ${total} ${total === 1 ? "test" : "tests"}` };
    case "refused":
      return { ...common, status: "failed", reason: `the expression is not run: ${words}` };
    case "load":
      return { ...common, status: "failed", reason: `the program does not run: ${words}` };
    case "cost":
      return { ...common, status: "timeout", reason: words! };
    case "wrong":
      return { ...common, status: "failed", reason: words! };
  }
}

/** The same verdict for every expression of a batch of which nothing is known. */
export function unknownVerdicts(
  { items }: ExpressionsJob,
  status: "timeout" | "infra_error",
  reason: string,
): ExpressionVerdict[] {
  return items.map(({ tests }) => ({ status, reason, passed: 0, total: tests.length, reproducible: false }));
}

/** Verdicts of a batch, in its order. */
export function expressionVerdicts(
  job: ExpressionsJob,
  { result, stop, detail }: Worked,
): ExpressionVerdict[] {
  if (stop === "clock") return unknownVerdicts(job, "timeout", "the time of its batch was over");
  if (stop !== null || result === null) {
    return unknownVerdicts(job, "infra_error", `the interpreter ended (${stop ?? "early"}): ${detail}`);
  }
  const reports = JSON.parse(result) as Report[];
  return job.items.map(({ tests }, i) => verdictOfReport(reports[i]!, tests.length));
}
