import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Backend, defineKernel, readFloats, upload } from "../backend.ts";
import { openCpu } from "../cpu.ts";
import { testBackend, testData } from "../testing.ts";
import { cos, exp, expm1, log, sin } from "./elementary.ts";

/** Fixed-point numbers: integers in units of 2^-BITS. */
const BITS = 400n;
const ONE = 1n << BITS;
const times = (a: bigint, b: bigint) => (a * b) >> BITS;

/** A double, exactly. */
function fixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const biased = (bits >> 52n) & 0x7ffn, fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0n ? fraction : fraction | (1n << 52n);
  const shift = (biased === 0n ? 1n : biased) - 1075n + BITS;
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return bits >> 63n ? -size : size;
}

/** Sum of x^k / k! times sign(k). */
function series(x: bigint, sign: (k: number) => bigint): bigint {
  let sum = 0n, term = ONE;
  for (let k = 0; term !== 0n && k < 200; k++) {
    sum += sign(k) * term;
    term = times(term, x) / BigInt(k + 1);
  }
  return sum;
}

/** e^x as (e^(x / 2^16))^(2^16). */
function exactExp(x: bigint): bigint {
  let y = series(x >> 16n, () => 1n);
  for (let i = 0; i < 16; i++) y = times(y, y);
  return y;
}

/** [cos x, sin x] by squaring cos + i sin of x / 2^32. */
function exactRotation(x: bigint): [bigint, bigint] {
  let c = series(x >> 32n, (k) => [1n, 0n, -1n, 0n][k % 4]!),
    s = series(x >> 32n, (k) => [0n, 1n, 0n, -1n][k % 4]!);
  for (let i = 0; i < 32; i++) [c, s] = [times(c, c) - times(s, s), 2n * times(c, s)];
  return [c, s];
}

/** Distance in units in the last place of a double of the size of `exact`. */
function ulps(actual: number, exact: bigint): number {
  const size = exact < 0n ? -exact : exact;
  const leading = BigInt(size.toString(2).length) - 1n;
  const unit = leading - 52n < -1074n + BITS ? -1074n + BITS : leading - 52n;
  const distance = fixed(actual) - exact;
  const scaled = unit >= 20n ? distance >> (unit - 20n) : distance << (20n - unit);
  return Math.abs(Number(scaled)) / 2 ** 20;
}

function worst(xs: readonly number[], actual: (x: number) => number, exact: (x: bigint) => bigint): number {
  return Math.max(...xs.map((x) => ulps(actual(x), exact(fixed(x)))));
}

const spread = (count: number, salt: number, scale: number) =>
  Array.from(testData(count, salt), (x, i) => scale * (x + i * 2 ** -40));

Deno.test("exp is within 1 unit in the last place of long arithmetic", () => {
  const xs = [...spread(400, 1, 1), ...spread(400, 2, 20), ...spread(200, 3, 700), -1e-9, 1e-300, 709.78];
  const found = worst(xs, exp, exactExp);
  assert(found <= 1, `${found}`);
});

Deno.test("exp at its ends", () => {
  assertEquals([0, -0, 710, Infinity, -746, -Infinity].map(exp), [1, 1, Infinity, Infinity, 0, 0]);
  assert(Number.isNaN(exp(NaN)));
  // Denormal results: half a unit of 2^-1074 from the exact ones, e^-740 = 2^-1067.6.
  assert(Math.abs(exp(-740) / 2 ** -1074 - 84.87) < 0.6, `${exp(-740) / 2 ** -1074}`);
});

Deno.test("expm1 is within 5 units in the last place, near 0 too", () => {
  const xs = [...spread(400, 4, 0.4), ...spread(200, 5, 30), 1e-10, -1e-17];
  const found = worst(xs, expm1, (x) => exactExp(x) - ONE);
  assert(found <= 5, `${found}`);
  assertEquals([0, -Infinity, Infinity].map(expm1), [0, -1, Infinity]);
});

Deno.test("log is within 1 unit in the last place", () => {
  // The error of y = log x is e^y / x - 1, to first order: second order is below 2^-100.
  const xs = [
    ...spread(400, 6, 0.5).map((x) => 1 + x),
    ...spread(400, 7, 40).map((x) => exp(x)),
    1 + 2 ** -52,
    1 - 2 ** -53,
    0.7071067811865476,
  ];
  let found = 0;
  for (const x of xs) {
    const y = log(x), off = (exactExp(fixed(y)) << BITS) / fixed(x) - ONE;
    found = Math.max(found, ulps(y, fixed(y) - off));
  }
  assert(found <= 1, `${found}`);
});

Deno.test("log at its ends", () => {
  assertEquals([1, 0, -0, Infinity].map(log), [0, -Infinity, -Infinity, Infinity]);
  assert(Number.isNaN(log(-1)) && Number.isNaN(log(NaN)));
  for (const x of [2 ** -1074, 5 * 2 ** -1070, Number.MIN_VALUE * 1e9, Number.MAX_VALUE]) {
    assert(Math.abs(log(x) / Math.log(x) - 1) < 1e-15, `${x}`);
  }
});

Deno.test("sin and cos are within 2 units in the last place, near their zeros too", () => {
  const xs = [...spread(300, 8, 4), ...spread(300, 9, 5000), 1048576, Math.PI / 2, Math.PI, -22, 1e-9];
  for (const [at, f] of [[0, cos], [1, sin]] as const) {
    for (const x of xs) {
      const exact = exactRotation(fixed(x))[at]!;
      const found = ulps(f(x), exact);
      assert(found <= 2, `${f.name}(${x}): ${found}`);
    }
  }
  assertEquals([sin(0), cos(0)], [0, 1]);
  assertThrows(() => cos(2 ** 21), RangeError, "reduce the angle first");
  assertThrows(() => sin(NaN), RangeError, "found NaN");
});

const elementary = (name: "math_exp" | "math_log") =>
  defineKernel({
    name,
    wgsl: [],
    entry: "",
    buffers: { x: "read", y: "write" },
    scalars: { n: "u32" },
    grid: () => [1, 1, 1],
  });
const KERNELS = { exp: elementary("math_exp"), log: elementary("math_log") };

async function onCpu(backend: Backend, name: keyof typeof KERNELS, x: Float32Array): Promise<Float32Array> {
  const views = { x: upload(backend, "x", x), y: backend.allocate("y", x.length) };
  backend.run(KERNELS[name], views, { n: x.length });
  const y = await readFloats(backend, views.y);
  for (const view of Object.values(views)) backend.free(view);
  return y;
}

/** Distance in units in the last place of an f32 of the size of `exact`. */
function ulps32(actual: number, exact: number): number {
  const bits = new Uint32Array(Float32Array.of(Math.abs(exact)).buffer)[0]!;
  const unit = 2 ** (Math.max(1, bits >>> 23) - 150);
  return Math.abs(actual - exact) / unit;
}

/** The stated bounds of exp4 and log4. */
const BOUND = { exp: 1.01, log: 0.86 };

for (const build of ["portable", "fast"] as const) {
  Deno.test(`exp and log in f32, ${build}: the stated error over all f32`, async () => {
    const backend = build === "portable" ? await testBackend("cpu") : await openCpu({ build });
    for (const [name, f, last] of [["exp", exp, 0xffffffff], ["log", log, 0x7f7fffff]] as const) {
      // A prime step visits all exponents with ever different fractions; every run of the test sees the same ones.
      const step = 4999, count = Math.floor(last / step / 4) * 4;
      const x = new Float32Array(Uint32Array.from({ length: count }, (_, i) => i * step).buffer);
      const y = await onCpu(backend, name, x);
      let worst = 0;
      for (let i = 0; i < count; i++) {
        const exact = f(x[i]!);
        if (Number.isNaN(exact)) assert(Number.isNaN(y[i]!), `${name} ${x[i]}: ${y[i]}`);
        else if (Math.fround(exact) === Infinity) assertEquals(y[i], Infinity, `${name} ${x[i]}`);
        else if (exact === -Infinity) assertEquals(y[i], -Infinity, `${name} ${x[i]}`);
        else worst = Math.max(worst, ulps32(y[i]!, exact));
      }
      assert(worst <= BOUND[name], `${name}: ${worst} units in the last place`);
    }
  });
}

Deno.test("exp and log in f32 at special values", async () => {
  const backend = await testBackend("cpu");
  const exps = await onCpu(backend, "exp", Float32Array.of(0, -0, Infinity, -Infinity, NaN, 89, -104, 88.72));
  assertEquals([...exps.slice(0, 4)], [1, 1, Infinity, 0]);
  assert(Number.isNaN(exps[4]!));
  assertEquals([exps[5], exps[6]], [Infinity, 0]);
  assert(Number.isFinite(exps[7]!));
  const logs = await onCpu(
    backend,
    "log",
    Float32Array.of(1, 0, -0, Infinity, -1, NaN, -Infinity, 2 ** -149),
  );
  assertEquals([...logs.slice(0, 4)], [0, -Infinity, -Infinity, Infinity]);
  assert(logs.slice(4, 7).every(Number.isNaN));
  assert(ulps32(logs[7]!, Math.log(2 ** -149)) <= BOUND.log);
});
