/**
 * The part of `@std/assert` that this project uses, with the signatures and semantics of the original: a machine
 * that reaches JSR may map the name to `jsr:@std/assert@1` instead. `node:assert/strict` draws the difference.
 */

import strict from "node:assert/strict";
import { equal } from "./equal.ts";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;
type Falsy = false | 0 | 0n | "" | null | undefined;

/** What every assertion throws. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

function fail(message: string, note?: string): never {
  throw new AssertionError(note ? `${message}: ${note}` : `${message}.`);
}

/** Throws unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Throws if `expr` is truthy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/** Throws unless both values are structurally equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) fail("Values are not equal", describe(actual, expected, msg));
}

function describe(actual: unknown, expected: unknown, msg?: string): string {
  let difference = "";
  try {
    strict.deepStrictEqual(actual, expected);
  } catch (error) {
    difference = (error as Error).message;
  }
  return [msg, difference].filter(Boolean).join("\n");
}

/** Throws if both values are structurally equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) fail(`Expected values not to be equal: ${Deno.inspect(actual)}`, msg);
}

/** Throws unless both values are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (!Object.is(actual, expected)) {
    const found = `actual ${Deno.inspect(actual)}, expected ${Deno.inspect(expected)}`;
    fail("Values are not strictly equal", msg ? `${msg}: ${found}` : found);
  }
}

/** Throws unless `|actual - expected| <= tolerance`; by default `1e-7 |expected|`, so expect 0 with a tolerance. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (delta <= allowed) return;
  fail(`Expected actual: "${actual}" to be close to "${expected}": delta ${delta} exceeds ${allowed}`, msg);
}

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) fail(`Expected actual: "${actual}" to contain: "${expected}"`, msg);
}

/** Throws unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) fail(`Expected actual: "${actual}" to match: "${expected}"`, msg);
}

/** Throws unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) fail(`Expect ${actual} > ${expected}`, msg);
}

/** Throws unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) fail(`Expect ${actual} < ${expected}`, msg);
}

function checkError<E extends Error>(
  error: unknown,
  errorClass: ErrorClass<E>,
  includes?: string,
  msg?: string,
): E {
  if (!(error instanceof Error)) fail("A non-Error object was thrown or rejected", msg);
  if (!(error instanceof errorClass)) {
    fail(
      `Expected error to be instance of "${errorClass.name}", but was "${error.constructor.name}" (${error.message})`,
      msg,
    );
  }
  if (includes && !error.message.includes(includes)) {
    fail(`Expected error message to include "${includes}", but got "${error.message}"`, msg);
  }
  return error;
}

/** Throws unless `fn` throws; with a class, unless it throws an error of it. Returns what was thrown. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  expected?: string | ErrorClass<Error>,
  msgIncludes?: string,
  msg?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return typeof expected === "function" ? checkError(error, expected, msgIncludes, msg) : error;
  }
  fail("Expected function to throw", typeof expected === "string" ? expected : msg);
}

/** Throws unless the promise of `fn` rejects; with a class, unless with an error of it. Resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  expected?: string | ErrorClass<Error>,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const note = typeof expected === "string" ? expected : msg;
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    // Reported below: a function that throws has not rejected.
  }
  if (typeof promise?.then !== "function") fail("Function throws when expected to reject", note);
  try {
    await promise;
  } catch (error) {
    return typeof expected === "function" ? checkError(error, expected, msgIncludes, msg) : error;
  }
  fail("Expected function to reject", note);
}
