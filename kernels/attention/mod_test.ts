import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Backend, upload } from "../backend.ts";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import {
  backward,
  chooseVariant,
  forward,
  type Shape,
  statisticsLength,
  type Traits,
  type Variant,
} from "./mod.ts";
import * as reference from "./reference.ts";

type Sizes = readonly [batch: number, sequence: number, heads: number, kvHeads: number, headDim: number];

/** Which rows are asked for: how many of each sequence. */
type Asked = readonly number[];

const SIZES: readonly Sizes[] = [
  [1, 1, 1, 1, 1],
  [3, 19, 3, 2, 5],
  [1, 33, 2, 1, 4],
  [2, 1, 3, 3, 8],
  [3, 5, 3, 3, 8],
  [1, 7, 2, 2, 8],
  [1, 9, 4, 2, 8],
  [2, 20, 3, 1, 8],
  [2, 9, 5, 3, 12],
  [1, 32, 4, 4, 16],
  [1, 41, 2, 2, 32],
  [1, 17, 2, 1, 64],
  [1, 10, 1, 1, 128],
  [1, 10, 1, 1, 132],
  [1, 150, 3, 2, 8],
];

function setup(
  [batch, sequence, heads, kvHeads, headDim]: Sizes,
  asked: Asked = Array(batch).fill(sequence),
) {
  const starts = Uint32Array.from({ length: batch + 1 }, (_, b) => sum(asked.slice(0, b)));
  const queries = starts[batch]!;
  const shape: Shape = { batch, sequence, queries, heads, kvHeads, headDim };
  return {
    shape,
    starts,
    qLength: queries * heads * headDim,
    kvLength: batch * sequence * 2 * kvHeads * headDim,
    statistics: statisticsLength(shape),
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The backend under test, as it would be driven on a machine with other traits. */
function withTraits(backend: Backend, traits: Traits): Backend {
  const run: Backend["run"] = (kernel, buffers, scalars) => backend.run(kernel, buffers, scalars);
  return { run, traits: { ...backend.traits, ...traits } } as Backend;
}

async function checkBoth(
  backend: Backend,
  sizes: Sizes,
  traits: Traits,
  variant?: Variant,
  asked?: Asked,
): Promise<void> {
  const { shape, starts, qLength, kvLength, statistics } = setup(sizes, asked);
  // Scores of a few units: neither uniform nor one-hot probabilities.
  const [q, kv] = [qLength, kvLength].map((length, i) => testData(length, 1 + i).map((x) => 2 * x));
  const inputs = { q: q!, kv: kv!, starts }, dout = testData(qLength, 3);
  const { out, lse } = reference.forward(inputs, shape);
  await checkOp(backend, {
    inputs,
    outputs: { out: qLength, lse: statistics },
    run: (on, views) => forward(withTraits(on, traits), views, shape, variant),
    expected: { out, lse },
    // A probability inherits the absolute error of its score, a sum of headDim rounded products.
    tolerance: { out: { relative: 2e-6 } },
  });
  await checkOp(backend, {
    inputs: { ...inputs, out: Float32Array.from(out), lse: Float32Array.from(lse), dout },
    outputs: { dq: qLength, dkv: kvLength },
    run: (on, views) => {
      const scratch = on.allocate("scratch", statistics);
      backward(withTraits(on, traits), { ...views, scratch }, shape, variant);
      on.free(scratch);
    },
    expected: { ...reference.backward(inputs, dout, shape) },
    tolerance: { dq: { relative: 4e-6 }, dkv: { relative: 4e-6 } },
  });
}

function title([batch, sequence, heads, kvHeads, headDim]: Sizes): string {
  return `attention of ${batch}x${sequence}, ${heads} heads on ${kvHeads}, head dimension ${headDim}`;
}

for (const sizes of SIZES) {
  backendTest(
    `${title(sizes)} equals its f64 reference`,
    (backend) => checkBoth(backend, sizes, backend.traits),
  );
}

/** All of a sequence, some, one and none, in every order; more than one block of queries. */
const ASKED: readonly [Sizes, Asked][] = [
  [[4, 19, 3, 2, 5], [0, 19, 1, 7]],
  [[4, 20, 3, 1, 8], [20, 3, 0, 9]],
  [[3, 9, 5, 3, 12], [0, 0, 4]],
  [[2, 150, 2, 2, 8], [141, 9]],
];

for (const [sizes, asked] of ASKED) {
  backendTest(
    `${title(sizes)} equals its f64 reference where ${asked} rows are asked for`,
    async (backend) => {
      await checkBoth(backend, sizes, backend.traits, undefined, asked);
      await checkBoth(backend, sizes, { software: true, subgroupSize: 0 }, undefined, asked);
      await checkBoth(backend, sizes, { software: true, subgroupSize: 0 }, "scalar", asked);
    },
  );
}

backendTest(
  "attention of some rows has the bits of all rows, the others without a gradient",
  async (backend) => {
    for (const [sizes, asked] of ASKED) {
      const [, sequence, heads, , headDim] = sizes, width = heads * headDim;
      const whole = setup(sizes), some = setup(sizes, asked);
      // Row of each query: every asked-for row of a sequence in order, starting at its second where there are fewer.
      const rows = asked.flatMap((count, b) =>
        Array.from({ length: count }, (_, i) => b * sequence + (i + (count < sequence ? 1 : 0)))
      );
      const pick = (values: Float32Array) =>
        Float32Array.from(rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]));
      const q = testData(whole.qLength, 1).map((x) => 2 * x), kv = testData(whole.kvLength, 2);
      const dout = new Float32Array(whole.qLength), upstream = testData(some.qLength, 3);
      rows.forEach((row, i) => dout.set(upstream.subarray(i * width, (i + 1) * width), row * width));
      const run = async ({ shape, starts, statistics }: typeof some, q: Float32Array, dout: Float32Array) => {
        const inputs = {
          q: upload(backend, "q", q),
          kv: upload(backend, "kv", kv),
          starts: upload(backend, "starts", starts),
          dout: upload(backend, "dout", dout),
        };
        const results = {
          out: backend.allocate("out", q.length),
          dq: backend.allocate("dq", q.length),
          dkv: backend.allocate("dkv", kv.length),
          lse: backend.allocate("lse", statistics),
          scratch: backend.allocate("scratch", statistics),
        };
        forward(backend, { ...inputs, ...results }, shape);
        backward(backend, { ...inputs, ...results }, shape);
        const words = await backend.read(results.out, results.dq, results.dkv);
        Object.values({ ...inputs, ...results }).forEach((view) => backend.free(view));
        return words.map((words) => new Float32Array(words));
      };
      const all = await run(whole, q, dout), picked = await run(some, pick(q), upstream);
      assertEquals(picked, [pick(all[0]!), pick(all[1]!), all[2]!]);
    }
  },
);

for (const sizes of [[2, 20, 3, 1, 8], [1, 11, 3, 2, 20]] as const) {
  backendTest(`${title(sizes)} is right without subgroups`, async (backend) => {
    await checkBoth(backend, sizes, { software: true, subgroupSize: 0 });
    await checkBoth(backend, sizes, { software: true, subgroupSize: 0 }, "scalar");
  });
}

for (const sizes of [[2, 11, 3, 1, 8], [1, 7, 3, 2, 20]] as const) {
  backendTest(`${title(sizes)} is right in subgroups of 4`, async (backend) => {
    // Four lanes of a larger subgroup compute what a subgroup of four would.
    assert(backend.traits.subgroupSize >= 4);
    await checkBoth(backend, sizes, { software: true, subgroupSize: 4 });
  }, { on: ["webgpu"] });
}

const GPU: Traits = { software: false, subgroupSize: 32 };

backendTest("attention is right in the form for GPUs", async (backend) => {
  await checkBoth(backend, [3, 35, 3, 2, 4], GPU);
});

/** Sequences around the lanes of a workgroup and the rows that it stages: 256, 168, 128, 64 and 16. */
const TILED: readonly [Sizes, Asked?][] = [
  [[3, 1, 2, 1, 8], [0, 1, 0]],
  [[4, 63, 3, 2, 8], [63, 0, 5, 1]],
  [[2, 300, 2, 2, 8], [300, 65]],
  [[1, 175, 2, 1, 12]],
  [[2, 129, 4, 2, 16], [70, 129]],
  [[1, 72, 2, 1, 32]],
  [[1, 33, 1, 1, 128]],
];

for (const [sizes, asked] of TILED) {
  backendTest(`${title(sizes)} is right in tiles, ${asked ?? "all"} rows asked for`, async (backend) => {
    await checkBoth(backend, sizes, { ...GPU, software: backend.traits.software }, "tiled", asked);
  });
}

backendTest("attention has the same bits in subgroups, in tiles and in neither", async (backend) => {
  if (!backend.traits.software) return; // A GPU compiler may contract each variant differently.
  assert(backend.traits.subgroupSize >= 4, "this driver does not run the subgroup variant");
  const { shape, starts, qLength, kvLength, statistics } = setup([2, 20, 3, 1, 8], [20, 13]);
  const inputs = {
    q: upload(backend, "q", testData(qLength, 1)),
    kv: upload(backend, "kv", testData(kvLength, 2)),
    starts: upload(backend, "starts", starts),
    dout: upload(backend, "dout", testData(qLength, 3)),
  };
  const bits = [];
  for (const variant of ["subgroup", "tiled", "plain"] as const) {
    const results = {
      out: backend.allocate("out", qLength),
      lse: backend.allocate("lse", statistics),
      dq: backend.allocate("dq", qLength),
      dkv: backend.allocate("dkv", kvLength),
      scratch: backend.allocate("scratch", statistics),
    };
    forward(backend, { ...inputs, ...results }, shape, variant);
    backward(backend, { ...inputs, ...results }, shape, variant);
    const { out, lse, dq, dkv } = results;
    bits.push((await backend.read(out, lse, dq, dkv)).map((words) => new Uint32Array(words)));
    Object.values(results).forEach((view) => backend.free(view));
  }
  assertEquals(bits[0], bits[1]);
  assertEquals(bits[0], bits[2]);
  Object.values(inputs).forEach((view) => backend.free(view));
}, { on: ["webgpu"] });

for (const [headDim, variant] of [[3], [8], [8, "tiled"]] as const) {
  const form = variant ? ` in the form ${variant}` : "";
  backendTest(
    `attention with head dimension ${headDim} survives scores of thousands${form}`,
    async (backend) => {
      const { shape, starts, qLength, kvLength } = setup([1, 12, 2, 1, headDim]);
      // exp of the raw scores would overflow. Quarters keep every product exact.
      const [q, kv] = [qLength, kvLength].map((length, i) =>
        testData(length, 5 + i).map((x) => Math.round(256 * x) / 4)
      );
      const inputs = { q: q!, kv: kv!, starts }, { out, lse } = reference.forward(inputs, shape);
      assert(lse.some((value) => value > 1000));
      await checkOp(backend, {
        inputs,
        outputs: { out: qLength, lse: lse.length },
        run: (on, views) => forward(on, views, shape, variant),
        expected: { out, lse },
        // The scaled scores round to 2^-24 of their size, and a probability changes by as much as its score.
        tolerance: { out: { relative: 1e-3 } },
      });
    },
  );
}

Deno.test("attention backward equals central differences", () => {
  for (const sizes of [[2, 3, 3, 2, 2], [1, 4, 2, 1, 3]] as const) {
    for (const asked of [undefined, [1, 3].slice(0, sizes[0])]) {
      const { shape, starts, qLength, kvLength } = setup(sizes, asked);
      const inputs = (at: Float64Array) => ({ q: at.subarray(0, qLength), kv: at.subarray(qLength), starts });
      checkGradient(
        (at) => reference.forward(inputs(at), shape).out,
        (at, dy) => {
          const { dq, dkv } = reference.backward(inputs(at), dy, shape);
          return Float64Array.from([...dq, ...dkv]);
        },
        Float64Array.from(testData(qLength + kvLength, 6), (x) => 2 * x),
      );
    }
  }
});

Deno.test("attention chooses its variant by adapter and head dimension", () => {
  const shape = (headDim: number) => setup([1, 1, 1, 1, headDim]).shape;
  const software = { software: true, subgroupSize: 8 };
  assertEquals([3, 8, 128, 132].map((headDim) => chooseVariant(software, shape(headDim))), [
    "scalar",
    "subgroup",
    "subgroup",
    "scalar",
  ]);
  assertEquals(chooseVariant({ software: true, subgroupSize: 0 }, shape(8)), "plain");
  const long = (sequence: number) => setup([1, sequence, 1, 1, 8]).shape;
  assertEquals([1, 63, 64, 4096].map((sequence) => chooseVariant(GPU, long(sequence))), [
    "plain",
    "plain",
    "tiled",
    "tiled",
  ]);
  assertEquals(chooseVariant(GPU, setup([1, 64, 1, 1, 6]).shape), "scalar");
});

backendTest("attention refuses head counts and variants that cannot run", (backend) => {
  const view = backend.allocate("view", 64);
  const run = (shape: Shape, traits: Traits, variant?: Variant) =>
    forward(
      withTraits(backend, traits),
      { q: view, kv: view, starts: view, out: view, lse: view },
      shape,
      variant,
    );
  const { shape } = setup([1, 2, 2, 1, 4]);
  const traits = { software: true, subgroupSize: 0 };
  assertThrows(() => run({ ...shape, kvHeads: 3 }, traits), RangeError, "expected 1 to 2 key heads");
  assertThrows(() => run({ ...shape, kvHeads: 0 }, traits), RangeError, "found 0");
  assertThrows(() => run(shape, traits, "subgroup"), RangeError, "(this adapter: 0)");
  assertThrows(
    () => run({ ...shape, headDim: 6 }, traits, "plain"),
    RangeError,
    "multiple of 4 up to 128, found 6",
  );
  assertThrows(() => run({ ...shape, headDim: 132 }, GPU, "tiled"), RangeError, "up to 128, found 132");
  backend.free(view);
  return Promise.resolve();
});
