/**
 * The part of `@std/assert` that this project uses, over `node:assert/strict`, with the signatures of the
 * original: a machine that reaches JSR may map the name to `jsr:@std/assert@1` instead.
 */

import strict, { AssertionError } from "node:assert/strict";

export { AssertionError };

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = new (...args: any[]) => E;

/** Throws unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError({ message: msg || "Expected a truthy value", actual: expr });
}

/** Throws if `expr` is truthy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is false {
  if (expr) throw new AssertionError({ message: msg || "Expected a falsy value", actual: expr });
}

/** Throws unless both values are structurally equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  strict.deepStrictEqual(actual, expected, msg);
}

/** Throws if both values are structurally equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  strict.notDeepStrictEqual(actual, expected, msg);
}

/** Throws unless both values are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  strict.strictEqual(actual, expected, msg);
}

/** Throws unless `|actual - expected| <= tolerance`; by default a relative 1e-7 (absolute near zero). */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.max(Math.abs(expected) * 1e-7, 1e-7) : 0);
  if (Math.abs(expected - actual) <= allowed) return;
  throw new AssertionError({
    message: `Expected actual: "${actual}" to be close to "${expected}": delta ${
      Math.abs(expected - actual)
    } is greater than ${allowed}${msg ? `: ${msg}` : ""}`,
    actual,
    expected,
  });
}

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  assert(actual.includes(expected), msg ?? `Expected actual: "${actual}" to contain: "${expected}"`);
}

/** Throws unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  assert(expected.test(actual), msg ?? `Expected actual: "${actual}" to match: "${expected}"`);
}

/** Throws unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  assert(actual > expected, msg ?? `Expect ${actual} > ${expected}`);
}

/** Throws unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  assert(actual < expected, msg ?? `Expect ${actual} < ${expected}`);
}

function checkError<E extends Error>(error: unknown, errorClass?: ErrorClass<E>, includes?: string): E {
  assert(error instanceof Error, "A non-Error object was thrown");
  if (errorClass) {
    assert(
      error instanceof errorClass,
      `Expected error to be instance of "${errorClass.name}", but was "${error.constructor.name}": ${error.message}`,
    );
  }
  if (includes !== undefined) {
    assert(
      error.message.includes(includes),
      `Expected error message to include "${includes}", but got "${error.message}"`,
    );
  }
  return error as E;
}

/** Throws unless `fn` throws an error of the class whose message includes the text; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, errorClass, msgIncludes);
  }
  throw new AssertionError({ message: "Expected function to throw" });
}

/** Rejects unless `fn` rejects with an error of the class whose message includes the text; resolves to it. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  msgIncludes?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, errorClass, msgIncludes);
  }
  throw new AssertionError({ message: "Expected function to reject" });
}
