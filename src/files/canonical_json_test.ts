import { assert, assertEquals, assertThrows } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import { canonicalJson, compactJson, type Json } from "./canonical_json.ts";

Deno.test("canonicalJson has one layout: sorted keys, lists of scalars on a line", () => {
  const text = canonicalJson({ b: [1, 2.5, null], a: { z: [], y: {}, x: "é\n" }, list: [{ k: 1 }, [true]] });
  assertEquals(
    text,
    `{
  "a": {
    "x": "é\\n",
    "y": {},
    "z": []
  },
  "b": [1, 2.5, null],
  "list": [
    {"k": 1},
    [true]
  ]
}
`,
  );
});

Deno.test("compactJson is the same value without layout", () => {
  const value = { b: [1, { d: null, c: "x y" }], a: {}, e: [] };
  assertEquals(compactJson(value), '{"a":{},"b":[1,{"c":"x y","d":null}],"e":[]}');
  assertEquals(JSON.parse(canonicalJson(value)), JSON.parse(compactJson(value)));
});

Deno.test("canonicalJson keeps an object of scalars on a line, or packed on as few as hold it", () => {
  const long = { a: "x".repeat(60), b: "y".repeat(60) };
  assertEquals(canonicalJson({ a: 1, b: "c" }), '{"a": 1, "b": "c"}\n');
  assertEquals(canonicalJson(long).split("\n").length, 5);
});

Deno.test("canonicalJson packs long lists into lines of at most 100 characters", () => {
  const value = { curve: Array.from({ length: 60 }, (_, i) => i * 1000) };
  const lines = canonicalJson(value).split("\n");
  assert(lines.length < 12 && lines.every((line) => line.length <= 100), `${lines}`);
  assertEquals(JSON.parse(canonicalJson(value)), value);
});

Deno.test("canonicalJson sorts by code unit and writes shortest numbers", () => {
  assertEquals(
    canonicalJson({ b: 1, B: 2, "10": 3, "9": 4 }).replace(/\s/g, ""),
    `{"10":3,"9":4,"B":2,"b":1}`,
  );
  assertEquals(canonicalJson([0.1 + 0.2, -0, 1e21, 1e-7]), "[0.30000000000000004, 0, 1e+21, 1e-7]\n");
});

Deno.test("canonicalJson refuses what JSON cannot hold, naming its path", () => {
  const bad: [unknown, string][] = [
    [{ a: { b: NaN } }, "$.a.b: expected a JSON value, found NaN"],
    [[1, Infinity], "$[1]: expected a JSON value, found Infinity"],
    [{ a: undefined }, "$.a: expected a JSON value, found undefined"],
    // deno-lint-ignore no-sparse-arrays
    [[1, , 2], "$[1]: expected a JSON value, found undefined"],
    [{ a: 1n }, "$.a: expected a JSON value, found 1"],
    [{ a: new Float32Array(1) }, "$.a: expected a plain value, found Float32Array"],
    [{ a: new Date(0) }, "$.a: expected a plain value, found Date"],
    [new Map(), "$: expected a plain value, found Map"],
    [() => 1, "$: expected a JSON value"],
  ];
  for (const [value, message] of bad) assertThrows(() => canonicalJson(value), TypeError, message);
});

function randomJson(random: RandomSequence, depth: number): Json {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return null;
  if (kind === 1) return random.below(2) === 1;
  if (kind === 2) return (random.uniform() - 0.5) * 10 ** (random.below(40) - 20);
  if (kind === 3) {
    return String.fromCharCode(...Array.from({ length: random.below(5) }, () => random.below(300)));
  }
  const items = Array.from({ length: random.below(6) }, () => randomJson(random, depth - 1));
  if (kind === 4) return items;
  return Object.fromEntries(items.map((item, i) => [`${random.below(50)}k${i}`, item]));
}

Deno.test("canonicalJson reads back equal and does not depend on the order of keys", () => {
  const random = randomSequence({ seed: 1, stream: 1 });
  const reversed = (value: Json): Json =>
    Array.isArray(value)
      ? value.map(reversed)
      : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, reversed(item)]))
      : value;
  for (let i = 0; i < 500; i++) {
    const value = randomJson(random, 4);
    const text = canonicalJson(value);
    assertEquals(JSON.parse(text), value);
    assertEquals(canonicalJson(JSON.parse(text)), text);
    assertEquals(canonicalJson(reversed(value)), text);
  }
});
