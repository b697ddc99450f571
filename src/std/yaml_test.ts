import { assertEquals, assertThrows } from "@std/assert";
import { parse, stringify } from "@std/yaml";

Deno.test("parse reads the types of a suite file", () => {
  const text =
    "# a comment\nname: mini\nseeds: [1, 2]\nrate: 1e-3\nhex: 0x10\nempty: ~\nword: yes\nlast:\n  - a: true\n";
  assertEquals(parse(text), {
    name: "mini",
    seeds: [1, 2],
    rate: 0.001,
    hex: 16,
    empty: null,
    word: "yes",
    last: [{ a: true }],
  });
  assertEquals(parse(""), null);
  assertEquals(parse("# only a comment\n"), null);
});

Deno.test("parse keeps the keys of a document out of the prototype", () => {
  const value = parse("__proto__: { polluted: 1 }") as Record<string, unknown>;
  assertEquals(Object.getPrototypeOf(value), Object.prototype);
  assertEquals(Object.keys(value), ["__proto__"]);
});

Deno.test("parse refuses broken documents with a SyntaxError", () => {
  assertThrows(() => parse("a: 1\na: 2"), SyntaxError, "duplicated mapping key (2:1)");
  assertThrows(() => parse("a: ["), SyntaxError, "(1:5)");
  assertThrows(() => parse("a: 1\n---\nb: 2"), SyntaxError, "found 2");
  assertThrows(() => parse("a: !!js/function x"), SyntaxError, "unknown scalar tag");
});

Deno.test("stringify writes what parse reads", () => {
  const value = { a: [1, { b: "x: y" }], c: null, d: "yes", e: 1e-7, f: -0.5, g: "1", h: "two\nlines\n" };
  assertEquals(parse(stringify(value)), value);
  assertEquals(stringify({ b: [1, "x"], a: true }), "b:\n  - 1\n  - x\na: true\n");
  assertThrows(() => stringify({ a: () => 1 }), TypeError);
});
