/** The adapter is checked with `node:assert`, not with itself. */

import strict from "node:assert/strict";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertFalse,
  assertGreater,
  AssertionError,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

const refuses = (fn: () => unknown, message?: RegExp) =>
  strict.throws(fn, (error) => error instanceof AssertionError && (message?.test(error.message) ?? true));

const cyclic = (): Record<string, unknown> => {
  const value: Record<string, unknown> = { a: 1 };
  value.self = value;
  return value;
};

const EQUAL: [string, unknown, unknown][] = [
  ["zeros", 0, -0],
  ["NaN", NaN, NaN],
  ["nested", { a: [1, { b: "x" }] }, { a: [1, { b: "x" }] }],
  ["key order", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["dates", new Date(5), new Date(5)],
  ["expressions", /a/g, /a/g],
  ["addresses", new URL("file:///a"), new URL("file:///a")],
  ["typed arrays", Float32Array.of(1, NaN, 0), Float32Array.of(1, NaN, -0)],
  ["buffers", Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2).buffer],
  ["sets in any order", new Set([1, 2]), new Set([2, 1])],
  ["sets of structures", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 2 }, { a: 1 }])],
  ["maps with structured keys", new Map([[{ k: 1 }, "x"]]), new Map([[{ k: 1 }, "x"]])],
  ["cycles", cyclic(), cyclic()],
];

const DIFFERENT: [string, unknown, unknown][] = [
  ["types", 1, "1"],
  ["null and undefined", null, undefined],
  ["an absent key", { a: undefined }, {}],
  ["another key", { a: undefined }, { b: undefined }],
  ["classes", new (class A {})(), new (class B {})()],
  ["arrays and objects", [1], { 0: 1 }],
  ["lengths", [1, undefined], [1]],
  ["holes", Array(2), Array(3)],
  ["element types", Float32Array.of(1), Float64Array.of(1)],
  ["elements", Uint8Array.of(1, 2), Uint8Array.of(1, 3)],
  ["buffers", Uint8Array.of(1).buffer, Uint8Array.of(2).buffer],
  ["dates", new Date(5), new Date(6)],
  ["sets", new Set([1, 2]), new Set([1, 3])],
  ["set members used twice", new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 1 }, { a: 3 }])],
  ["map values", new Map([["k", 1]]), new Map([["k", 2]])],
  ["symbol keys", { [Symbol.iterator]: 1 }, { [Symbol.iterator]: 2 }],
];

Deno.test("assertEquals and assertNotEquals compare by structure", () => {
  for (const [name, a, b] of EQUAL) {
    assertEquals(a, b, name);
    refuses(() => assertNotEquals(a, b));
  }
  for (const [name, a, b] of DIFFERENT) {
    refuses(() => assertEquals(a, b), /^Values are not equal/);
    assertNotEquals(a, b, name);
  }
});

Deno.test("assertEquals shows the note and the difference", () => {
  refuses(
    () => assertEquals({ a: 1, b: 2 }, { a: 1, b: 3 }, "of step 7"),
    /^Values are not equal: of step 7[^]*b: 2[^]*b: 3/,
  );
});

Deno.test("assertStrictEquals tells zeros and copies apart", () => {
  assertStrictEquals(NaN, NaN);
  refuses(() => assertStrictEquals(0, -0));
  refuses(() => assertStrictEquals({}, {}));
});

Deno.test("assertAlmostEquals: the default tolerance is relative", () => {
  assertAlmostEquals(1 + 9e-8, 1);
  assertAlmostEquals(1.00000001e-8, 1e-8);
  assertAlmostEquals(0.01, 0.02, 0.1);
  assertAlmostEquals(Infinity, Infinity);
  refuses(() => assertAlmostEquals(1 + 2e-7, 1));
  refuses(() => assertAlmostEquals(1e-9, 0));
  refuses(() => assertAlmostEquals(1e-8, 1e-9));
  refuses(() => assertAlmostEquals(NaN, 1, 10));
  refuses(() => assertAlmostEquals(1, Infinity, 10));
});

Deno.test("truth, order and text", () => {
  assert("x");
  assertFalse("");
  assertGreater(2, 1);
  assertLess(1, 2);
  assertStringIncludes("abc", "b");
  assertMatch("abc", /b/);
  refuses(() => assert(0, "why"), /^why$/);
  refuses(() => assertFalse(1, "why"), /^why$/);
  refuses(() => assertGreater(1, 1));
  refuses(() => assertLess(NaN, 1));
  refuses(() => assertStringIncludes("abc", "x"), /abc.*x/);
  refuses(() => assertMatch("abc", /x/), /abc.*x/);
});

const thrower = (error: unknown) => () => {
  throw error;
};

Deno.test("assertThrows takes a class and a part of the message, and returns what was thrown", () => {
  const error = new TypeError("hello world");
  strict.equal(assertThrows(thrower(error), TypeError, "hello"), error);
  strict.equal(assertThrows(thrower(error), Error), error);
  strict.equal(assertThrows(thrower("text")), "text");
  refuses(() => assertThrows(() => 1), /to throw/);
  refuses(() => assertThrows(() => 1, "in step 3"), /in step 3/);
  refuses(() => assertThrows(thrower(error), RangeError), /RangeError.*TypeError/);
  refuses(() => assertThrows(thrower(error), TypeError, "goodbye"), /goodbye.*hello/);
  refuses(() => assertThrows(thrower("text"), Error), /non-Error/);
});

Deno.test("assertRejects does the same for promises, and refuses a function that throws", async () => {
  const error = new TypeError("hello world");
  strict.equal(await assertRejects(() => Promise.reject(error), TypeError, "hello"), error);
  strict.equal(await assertRejects(() => Promise.reject("text")), "text");
  const refusesLater = (fn: () => Promise<unknown>) =>
    strict.rejects(fn, (error) => error instanceof AssertionError);
  await refusesLater(() => assertRejects(() => Promise.resolve(1)));
  await refusesLater(() => assertRejects(() => Promise.reject(error), RangeError));
  await refusesLater(() => assertRejects(() => Promise.reject(error), TypeError, "goodbye"));
  await refusesLater(() => assertRejects(thrower(error) as never, TypeError));
  await refusesLater(() => assertRejects((() => 1) as never));
});
