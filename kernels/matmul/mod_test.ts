import { assert, assertEquals, assertThrows } from "@std/assert";
import { readFloats, readWords, upload } from "../backend.ts";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import { ab, abt, atb, multiply } from "./mod.ts";
import { packBf16, packF16 } from "./storage.ts";
import { LAYOUTS } from "./subgroup.ts";
import * as reference from "./reference.ts";
import { chooseVariant, misfit, VARIANTS } from "./variants.ts";

// Around the tiles of every variant: 1, tile - 1, tile, tile + 1, 2 tiles + 3, and sizes of real models.
const SHAPES = [
  [1, 1, 1],
  [1, 53, 24],
  [3, 4, 4],
  [4, 4, 1],
  [4, 4, 3],
  [15, 28, 4],
  [16, 32, 8],
  [17, 36, 12],
  [35, 67, 5],
  [36, 68, 20],
  [20, 24, 53],
  [52, 36, 7],
  [63, 63, 15],
  [64, 64, 16],
  [65, 65, 17],
  [131, 131, 35],
  [132, 100, 36],
  [33, 53, 24],
  [1, 4, 12],
  [4, 4, 2],
  [127, 128, 16],
  [129, 132, 20],
  [260, 124, 4],
] as const;

/**
 * k products and k sums round by at most 2^-24 of a partial sum each, of which the rounding of a product is the
 * smaller. Partial sums of terms of random sign stay within the size of the largest results, or below 1.
 */
const tolerance = (k: number) => ({ c: { absolute: k * 2 ** -24, relative: k * 2 ** -24 } });

for (const layout of LAYOUTS) {
  for (const variant of VARIANTS) {
    backendTest(`matmul ${layout} ${variant} equals its f64 reference at any size`, async (backend) => {
      for (const [m, n, k] of SHAPES) {
        const shape = { m, n, k };
        if (misfit(backend.traits, { variant, layout }, shape)) {
          const view = upload(backend, "any", testData(Math.max(m, n) * Math.max(n, k), 1));
          const views = { a: view, b: view, c: view };
          assertThrows(() => multiply(backend, { variant, layout }, views, shape), RangeError, 'use "plain"');
          backend.free(view);
          continue;
        }
        const a = testData(m * k, 1), b = testData(k * n, 2), before = testData(m * n, 3);
        const product = reference.multiply(layout, a, b, shape);
        await checkOp(backend, {
          inputs: { a, b },
          outputs: { c: m * n },
          run: (on, views) => multiply(on, { variant, layout }, views, shape),
          expected: { c: product },
          tolerance: tolerance(k),
        });
        for (const accumulate of ["after", "before"] as const) {
          await checkOp(backend, {
            inputs: { a, b },
            outputs: {},
            inout: { c: before },
            run: (on, views) => multiply(on, { variant, layout }, views as never, { ...shape, accumulate }),
            expected: { c: product.map((sum, i) => sum + before[i]!) },
            tolerance: tolerance(k + 1),
          });
        }
      }
    });
  }
}

backendTest("matmul variants agree: on a CPU driver bit for bit", async (backend) => {
  // Measured: neither lavapipe nor SwiftShader contracts mul and add. A GPU compiler may, differently per variant.
  const allowed = backend.traits.software ? 0 : 52 * 2 ** -23 * 52;
  for (const layout of LAYOUTS) {
    const shape = { m: 196, n: 136, k: 52, accumulate: "after" as const };
    const a = upload(backend, "a", testData(shape.m * shape.k, 1));
    const b = upload(backend, "b", testData(shape.k * shape.n, 2));
    const results: Float32Array[] = [];
    for (const variant of VARIANTS) {
      if (misfit(backend.traits, { variant, layout }, shape)) continue;
      const c = upload(backend, "c", testData(shape.m * shape.n, 3));
      multiply(backend, { variant, layout }, { a, b, c }, shape);
      results.push(await readFloats(backend, c));
      backend.free(c);
    }
    for (const result of results) {
      result.forEach((value, i) => assert(Math.abs(value - results[0]![i]!) <= allowed, `${layout} [${i}]`));
    }
    backend.free(a);
    backend.free(b);
  }
});

const HALVES = { bf16: packBf16, f16: packF16 } as const;

/** The values that packed halves stand for. */
const DECODED = {
  bf16: (words: Uint32Array, i: number) =>
    new Float32Array(Uint32Array.of((words[i >> 1]! >>> (i % 2 * 16)) << 16).buffer)[0]!,
  f16: (words: Uint32Array, i: number) => new Float16Array(words.buffer)[i]!,
};

for (const storage of ["bf16", "f16"] as const) {
  backendTest(
    `matmul with B in ${storage} has the bits of a product with the values it stands for`,
    async (backend) => {
      for (const [m, n, k] of [[20, 36, 52], [3, 5, 7], [132, 136, 300]] as const) {
        const a = testData(m * k, 21), words = HALVES[storage](testData(k * n, 22));
        const values = Float32Array.from({ length: k * n }, (_, i) => DECODED[storage](words, i));
        for (const layout of LAYOUTS) {
          for (const variant of VARIANTS) {
            if (misfit(backend.traits, { variant, layout }, { m, n, k })) continue;
            const views = {
              a: upload(backend, "a", a),
              words: upload(backend, "halves", words),
              values: upload(backend, "values", values),
              c: upload(backend, "c", testData(m * n, 23)),
              expected: upload(backend, "expected", testData(m * n, 23)),
            };
            const { c, expected } = views, shape = { m, n, k, accumulate: "after" as const };
            multiply(backend, { variant, layout }, { a: views.a, b: views.words, c }, {
              ...shape,
              bStorage: storage,
            });
            multiply(backend, { variant, layout }, { a: views.a, b: views.values, c: expected }, shape);
            assertEquals(
              await readWords(backend, c),
              await readWords(backend, expected),
              `${layout} ${variant}`,
            );
            for (const view of Object.values(views)) backend.free(view);
          }
        }
      }
    },
  );
}

Deno.test("halves are rounded to the nearest, ties to even, and keep what is not a number", () => {
  const values = Float32Array.of(
    1,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
    -1.5,
    3.4e38,
    Infinity,
    -Infinity,
    NaN,
    2 ** -133,
  );
  const bf16 = packBf16(values);
  const decoded = Array.from(values, (_, i) => DECODED.bf16(bf16, i));
  assertEquals(decoded, [1, 1, 1 + 2 ** -6, -1.5, Infinity, Infinity, -Infinity, NaN, 2 ** -133]);
  const small = Float32Array.of(
    1,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    65_519,
    65_520,
    2 ** -24,
    2 ** -26,
    NaN,
    -0,
  );
  const f16 = packF16(small);
  assertEquals(Array.from(small, (_, i) => DECODED.f16(f16, i)), [
    ...[1, 1, 1 + 2 ** -9, 65_504, Infinity, 2 ** -24, 0, NaN, -0],
  ]);
});

backendTest("matmul decodes every f16", async (backend) => {
  const halves = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half).filter((half) =>
    (half & 0x7c00) !== 0x7c00
  );
  const b = upload(backend, "halves", new Uint32Array(halves.buffer));
  const a = upload(backend, "one", Float32Array.of(1)), c = backend.allocate("c", halves.length);
  abt(backend, { a, b, c }, { m: 1, n: halves.length, k: 1, bStorage: "f16" });
  const found = await readFloats(backend, c), values = new Float16Array(halves.buffer);
  // A GPU may read a subnormal as 0.
  found.forEach((value, i) =>
    assert(value === values[i]! || Math.abs(values[i]!) < 2 ** -14, `${halves[i]}: ${value}`)
  );
  for (const view of [a, b, c]) backend.free(view);
});

backendTest("matmul keeps its accuracy over long sums", async (backend) => {
  const run = { ab, abt, atb };
  for (const layout of LAYOUTS) {
    const shape = { m: 20, n: 36, k: 4100 };
    const a = testData(shape.m * shape.k, 10), b = testData(shape.k * shape.n, 11);
    await checkOp(backend, {
      inputs: { a, b },
      outputs: { c: shape.m * shape.n },
      run: (on, views) => run[layout](on, views, shape),
      expected: { c: reference.multiply(layout, a, b, shape) },
      // Roundings of random sign grow with the root of their number; 8 standard deviations.
      tolerance: { c: { relative: 8 * Math.sqrt(shape.k) * 2 ** -24 } },
    });
  }
});

backendTest("matmul ab, abt and atb run the chosen variant", async (backend) => {
  const shape = { m: 5, n: 8, k: 12 };
  const run = { ab, abt, atb };
  for (const layout of LAYOUTS) {
    const a = testData(shape.m * shape.k, 4), b = testData(shape.k * shape.n, 5);
    await checkOp(backend, {
      inputs: { a, b },
      outputs: { c: shape.m * shape.n },
      run: (on, views) => run[layout](on, views, shape),
      expected: { c: reference.multiply(layout, a, b, shape) },
      tolerance: tolerance(shape.k),
    });
  }
});

backendTest("matmul gives a row the same bits whatever rows stand beside it", async (backend) => {
  const n = 32, k = 32;
  const a = upload(backend, "a", testData(40 * k, 6)), b = upload(backend, "b", testData(k * n, 7));
  const c = backend.allocate("c", 40 * n);
  abt(backend, { a, b, c }, { m: 40, n, k });
  const all = await readWords(backend, c);
  abt(backend, { a, b, c }, { m: 3, n, k });
  const three = await readWords(backend, c);
  assertEquals(three.slice(0, 3 * n), all.slice(0, 3 * n));
  for (const view of [a, b, c]) backend.free(view);
});

backendTest(
  "matmul that goes on from a product over the first k's has the bits of one over all",
  async (backend) => {
    const m = 20, n = 36;
    for (const [first, rest] of [[8, 12], [256, 300], [520, 4]] as const) {
      for (const variant of VARIANTS) {
        const k = first + rest;
        if (misfit(backend.traits, { variant, layout: "abt" }, { m, n, k })) continue;
        const a = testData(m * k, 12), b = testData(n * k, 13);
        // abt: the k's of a row lie side by side.
        const part = (rows: Float32Array, from: number, to: number) =>
          Float32Array.from(
            { length: rows.length / k * (to - from) },
            (_, i) => rows[Math.floor(i / (to - from)) * k + from + i % (to - from)]!,
          );
        const product = async (pieces: readonly (readonly [number, number])[]) => {
          const c = backend.allocate("c", m * n);
          for (const [from, to] of pieces) {
            const views = {
              a: upload(backend, "a", part(a, from, to)),
              b: upload(backend, "b", part(b, from, to)),
              c,
            };
            multiply(backend, { variant, layout: "abt" }, views, {
              m,
              n,
              k: to - from,
              ...(from > 0 && { accumulate: "before" as const }),
            });
            backend.free(views.a);
            backend.free(views.b);
          }
          const words = await readWords(backend, c);
          backend.free(c);
          return words;
        };
        assertEquals(
          await product([[0, first], [first, k]]),
          await product([[0, k]]),
          `${variant} ${first} + ${rest}`,
        );
      }
    }
  },
);

backendTest("matmul refuses sizes and operands that do not fit", async (backend) => {
  const view = upload(backend, "weights", testData(12, 1));
  const views = { a: view, b: view, c: view };
  assertThrows(
    () => ab(backend, views, { m: 0, n: 1, k: 1 }),
    RangeError,
    "m is 0, expected a positive integer",
  );
  assertThrows(
    () => ab(backend, views, { m: 4, n: 4, k: 1 }),
    RangeError,
    "c (weights) has 12 elements, expected 16",
  );
  assertThrows(
    () => multiply(backend, { variant: "subgroup", layout: "ab" }, views, { m: 1, n: 1, k: 1 }),
    RangeError,
    'divisible by 4; use "plain"',
  );
  assertThrows(
    () => ab(backend, views, { m: 1, n: 5, k: 5, bStorage: "bf16" }),
    RangeError,
    "b (weights) has 12 elements, expected 13",
  );
  backend.free(view);
  await backend.read();
});

Deno.test("matmul chooses by adapter and whole vec4s", () => {
  const lavapipe = { software: true, subgroupSize: 8 };
  const gpu = { software: false, subgroupSize: 32 };
  assertEquals(chooseVariant(gpu, "ab", { m: 64, n: 64, k: 64 }), "tile");
  assertEquals(chooseVariant(gpu, "ab", { m: 1024, n: 1024, k: 64 }), "tile8");
  assertEquals(chooseVariant(gpu, "ab", { m: 1024, n: 896, k: 64 }), "tile");
  assertEquals(chooseVariant(gpu, "ab", { m: 1024, n: 1024, k: 65 }), "tile");
  assertEquals(chooseVariant(gpu, "atb", { m: 1024, n: 1024, k: 65 }), "tile8");
  assertEquals(chooseVariant({ software: true, subgroupSize: 0 }, "ab", { m: 64, n: 64, k: 64 }), "plain");
  assertEquals(chooseVariant({ software: true, subgroupSize: 64 }, "ab", { m: 64, n: 64, k: 64 }), "plain");
  assertEquals(chooseVariant(lavapipe, "ab", { m: 1, n: 4, k: 8 }), "subgroup");
  assertEquals(chooseVariant(lavapipe, "ab", { m: 4, n: 4, k: 53 }), "plain");
  assertEquals(chooseVariant(lavapipe, "abt", { m: 4, n: 53, k: 8 }), "plain");
  assertEquals(chooseVariant(lavapipe, "atb", { m: 8, n: 8, k: 53 }), "subgroup");
  assertEquals(chooseVariant(lavapipe, "atb", { m: 53, n: 8, k: 8 }), "plain");
});

Deno.test("matmul layouts are each other's gradients", () => {
  // A linear layer y = x w': dx = dy w (ab), dw = dy' x (atb). And for y = x w: dx = dy w' (abt), dw = x' dy (atb).
  const [m, n, k] = [3, 5, 4];
  const x = Float64Array.from(testData(m * k, 8)), w = Float64Array.from(testData(n * k, 9));
  const into = { m, n: k, k: n };
  checkGradient(
    (at) => reference.multiply("abt", at, w, { m, n, k }),
    (_, dy) => reference.multiply("ab", dy, w, into),
    x,
  );
  checkGradient(
    (at) => reference.multiply("abt", x, at, { m, n, k }),
    (_, dy) => reference.multiply("atb", dy, x, { m: n, n: k, k: m }),
    w,
  );
  checkGradient(
    (at) => reference.multiply("ab", at, w, { m, n, k }),
    (_, dy) => reference.multiply("abt", dy, w, into),
    x,
  );
  checkGradient(
    (at) => reference.multiply("ab", x, at, { m, n, k }),
    (_, dy) => reference.multiply("atb", x, dy, { m: k, n, k: m }),
    w,
  );
});
