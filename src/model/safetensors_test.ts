import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { readSafetensors, SafetensorsError, type TensorInput, writeSafetensors } from "./safetensors.ts";

/** A file with this header text, as it stands, and `dataLength` zero bytes. */
function file(header: string, dataLength: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** A file with one 2-byte float tensor. */
function halves(dtype: string, words: Uint16Array): Uint8Array {
  const header = { x: { dtype, shape: [words.length], data_offsets: [0, words.byteLength] } };
  const bytes = file(JSON.stringify(header), words.byteLength);
  bytes.set(new Uint8Array(words.buffer), bytes.length - words.byteLength);
  return bytes;
}

const ALL_HALVES = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

Deno.test("readSafetensors widens all 65536 F16 words exactly", () => {
  const data = readSafetensors(halves("F16", ALL_HALVES)).get("x")!.data as Float32Array;
  const expected = new Float16Array(ALL_HALVES.buffer);
  const bits = new Uint32Array(data.buffer);
  for (let i = 0; i < data.length; i++) {
    if (Number.isNaN(expected[i])) {
      assertEquals(bits[i], (((i & 0x8000) << 16) | 0x7f800000 | ((i & 0x3ff) << 13)) >>> 0);
    } else {
      assert(Object.is(data[i], expected[i]), `F16 word ${i}: ${data[i]}, expected ${expected[i]}`);
    }
  }
});

Deno.test("readSafetensors widens all 65536 BF16 words exactly", () => {
  const data = readSafetensors(halves("BF16", ALL_HALVES)).get("x")!.data as Float32Array;
  const bits = new Uint32Array(data.buffer);
  for (let i = 0; i < bits.length; i++) assertEquals(bits[i], i * 0x10000);
  // 1, the smallest subnormal, infinity and NaN, by value.
  assertEquals(data[0x3f80], 1);
  assertEquals(data[0x0001], 2 ** -133);
  assertEquals(data[0xff80], -Infinity);
  assert(Number.isNaN(data[0x7fc0]));
});

const MIXED: [string, TensorInput][] = [
  ["layers.1.weight", { shape: [2, 3], data: Float32Array.of(1, -0, NaN, Infinity, 1e-45, 3.5) }],
  ["7", { shape: [1], data: Uint32Array.of(0xffffffff) }],
  ["steps", { shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
  ["empty", { shape: [0, 4], data: new Float32Array(0) }],
  ["scalar", { shape: [], data: Float64Array.of(Math.PI) }],
  ["__proto__", { shape: [1], data: Int32Array.of(-5) }],
  ['naïve " \\ {}:', { shape: [1], data: Float32Array.of(2) }],
];

Deno.test("writeSafetensors and readSafetensors round-trip every dtype and awkward names", () => {
  const read = readSafetensors(writeSafetensors(new Map(MIXED), { format: "pt" }));
  assertEquals(read.size, MIXED.length);
  for (const [name, { shape, data }] of MIXED) {
    assertEquals([...read.get(name)!.shape], [...shape]);
    assertEquals(read.get(name)!.data, data);
  }
});

Deno.test("writeSafetensors gives equal bytes for any order, aligned data and padding of spaces", () => {
  const bytes = writeSafetensors(new Map(MIXED), { b: "2", a: "1" });
  assertEquals(writeSafetensors(new Map([...MIXED].reverse()), { a: "1", b: "2" }), bytes);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assertEquals(header.steps.data_offsets[0] % 8, 0);
  assertEquals(header.scalar.data_offsets[0] % 8, 0);
});

Deno.test("writeSafetensors writes the documented layout", () => {
  const bytes = writeSafetensors(new Map([["a", { shape: [1], data: Float32Array.of(1) }]]));
  const header = `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`;
  const expected = file(header.padEnd(Math.ceil(header.length / 8) * 8), 4);
  expected.set([0, 0, 0x80, 0x3f], expected.length - 4);
  assertEquals(bytes, Uint8Array.from(expected));
});

Deno.test("readSafetensors reads views whose header leaves the data unaligned", () => {
  const bytes = file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assertEquals(readSafetensors(shifted.subarray(3)).get("a")!.data, new Float32Array(2));
});

const tensor = (change: Record<string, unknown> = {}) => ({
  dtype: "F32",
  shape: [2],
  data_offsets: [0, 8],
  ...change,
});
const BAD: [string, number, string][] = [
  ["not json", 0, "not JSON"],
  ["[]", 0, "not a JSON object"],
  [`{"a":3}`, 0, "expected an object with dtype"],
  [JSON.stringify({ a: tensor() }), 4, "describes 8 bytes of data, the file has 4"],
  [JSON.stringify({ a: tensor() }), 12, "describes 8 bytes of data, the file has 12"],
  [JSON.stringify({ a: tensor({ data_offsets: [4, 12] }) }), 12, "after a gap"],
  [JSON.stringify({ a: tensor(), b: tensor({ data_offsets: [4, 12] }) }), 12, "inside another tensor"],
  [JSON.stringify({ a: tensor(), b: tensor() }), 8, "inside another tensor"],
  [JSON.stringify({ a: tensor({ shape: [3] }) }), 8, "takes 12 bytes, data_offsets give 8"],
  [JSON.stringify({ a: tensor({ shape: [-2] }) }), 8, "shape: expected"],
  [JSON.stringify({ a: tensor({ shape: [1.5] }) }), 8, "shape: expected"],
  [JSON.stringify({ a: tensor({ shape: "2" }) }), 8, "shape: expected"],
  [JSON.stringify({ a: tensor({ shape: [2 ** 52, 2 ** 52] }) }), 8, "data_offsets give 8"],
  [JSON.stringify({ a: tensor({ shape: Array(9).fill(1) }) }), 8, "at most 8 sizes"],
  [JSON.stringify({ a: tensor({ data_offsets: [8, 0] }) }), 8, "data_offsets: expected [begin, end]"],
  [JSON.stringify({ a: tensor({ data_offsets: [0] }) }), 8, "data_offsets: expected [begin, end]"],
  [JSON.stringify({ a: tensor({ dtype: "F8_E4M3" }) }), 8, "is not one of F16, BF16, F32"],
  [JSON.stringify({ a: tensor({ dtype: "toString" }) }), 8, "is not one of"],
  [JSON.stringify({ a: tensor({ extra: 1 }) }), 8, `unknown field "extra"`],
  [JSON.stringify({ __metadata__: { a: 1 } }), 0, "an object of strings"],
  [`{"a":${JSON.stringify(tensor())},"a":${JSON.stringify(tensor())}}`, 8, `repeats the name "a"`],
  [`{"a":${JSON.stringify(tensor())},"\\u0061" : ${JSON.stringify(tensor())}}`, 8, `repeats the name "a"`],
  [`{"a":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, `repeats the name "dtype"`],
];

Deno.test("readSafetensors refuses a header that does not describe its data", () => {
  for (const [header, dataLength, message] of BAD) {
    assertThrows(() => readSafetensors(file(header, dataLength)), SafetensorsError, message);
  }
});

Deno.test("readSafetensors refuses a wrong header length", () => {
  assertThrows(() => readSafetensors(new Uint8Array(7)), SafetensorsError, "at least 8 bytes");
  for (const length of [1n, 2n ** 40n, 2n ** 64n - 1n]) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    assertThrows(() => readSafetensors(bytes), SafetensorsError, `header length ${length} is past 0 bytes`);
  }
  const invalid = file(`{"a":1}`, 0);
  invalid[9] = 0xff;
  assertThrows(() => readSafetensors(invalid), SafetensorsError, "UTF-8");
});

Deno.test("readSafetensors never fails otherwise on damaged files", () => {
  const bytes = writeSafetensors(new Map(MIXED), { format: "pt" });
  const random = randomSequence({ seed: 1, stream: 1 });
  for (let i = 0; i < 2000; i++) {
    const damaged = bytes.slice(0, i % 2 ? bytes.length : random.below(bytes.length));
    for (let k = 0; k < 3 && damaged.length > 0; k++) {
      damaged[random.below(damaged.length)]! ^= 1 << random.below(8);
    }
    try {
      readSafetensors(damaged);
    } catch (error) {
      assert(error instanceof SafetensorsError, `${error}`);
    }
  }
});

Deno.test("writeSafetensors refuses shapes that do not fit and the reserved name", () => {
  const data = new Float32Array(4);
  assertThrows(
    () => writeSafetensors(new Map([["a", { shape: [3], data }]])),
    SafetensorsError,
    "does not fit 4",
  );
  assertThrows(
    () => writeSafetensors(new Map([["__metadata__", { shape: [4], data }]])),
    SafetensorsError,
    "reserved",
  );
});
