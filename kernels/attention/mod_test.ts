import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Backend, upload } from "../backend.ts";
import { backendTest, checkGradient, checkOp, testData } from "../testing.ts";
import {
  backward,
  chooseVariant,
  forward,
  scratchLength,
  type Shape,
  type Traits,
  type Variant,
} from "./mod.ts";
import * as reference from "./reference.ts";

type Sizes = readonly [batch: number, sequence: number, heads: number, kvHeads: number, headDim: number];

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

function setup([batch, sequence, heads, kvHeads, headDim]: Sizes) {
  const shape: Shape = { batch, sequence, heads, kvHeads, headDim };
  const rows = batch * sequence;
  return { shape, qkvLength: rows * (heads + 2 * kvHeads) * headDim, outLength: rows * heads * headDim };
}

/** The backend under test, as it would be driven on a machine with other traits. */
function withTraits(backend: Backend, traits: Traits): Backend {
  const run: Backend["run"] = (kernel, buffers, scalars) => backend.run(kernel, buffers, scalars);
  return { run, traits: { ...backend.traits, ...traits } } as Backend;
}

async function checkBoth(backend: Backend, sizes: Sizes, traits: Traits, variant?: Variant): Promise<void> {
  const { shape, qkvLength, outLength } = setup(sizes);
  // Scores of a few units: neither uniform nor one-hot probabilities.
  const qkv = testData(qkvLength, 1).map((x) => 2 * x), dout = testData(outLength, 2);
  const { out, lse } = reference.forward(qkv, shape);
  await checkOp(backend, {
    inputs: { qkv },
    outputs: { out: outLength, lse: lse.length },
    run: (on, views) => forward(withTraits(on, traits), views, shape, variant),
    expected: { out, lse },
    // A probability inherits the absolute error of its score, a sum of headDim rounded products.
    tolerance: { out: { relative: 2e-6 } },
  });
  await checkOp(backend, {
    inputs: { qkv, out: Float32Array.from(out), lse: Float32Array.from(lse), dout },
    outputs: { dqkv: qkvLength },
    run: (on, views) => {
      const scratch = on.allocate("scratch", scratchLength(shape));
      backward(withTraits(on, traits), { ...views, scratch }, shape, variant);
      on.free(scratch);
    },
    expected: { dqkv: reference.backward(qkv, dout, shape) },
    tolerance: { dqkv: { relative: 4e-6 } },
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

backendTest("attention is right in the form for GPUs", async (backend) => {
  await checkBoth(backend, [3, 35, 3, 2, 4], { software: false, subgroupSize: 32 });
});

backendTest("attention has the same bits with and without subgroups", async (backend) => {
  if (!backend.traits.software) return; // A GPU compiler may contract each variant differently.
  assert(backend.traits.subgroupSize >= 4, "this driver does not run the subgroup variant");
  const { shape, qkvLength, outLength } = setup([2, 20, 3, 1, 8]);
  const qkv = upload(backend, "qkv", testData(qkvLength, 1)),
    dout = upload(backend, "dout", testData(outLength, 2));
  const results = [];
  for (const variant of ["subgroup", "plain"] as const) {
    const out = backend.allocate("out", outLength), lse = backend.allocate("lse", scratchLength(shape));
    const dqkv = backend.allocate("dqkv", qkvLength),
      scratch = backend.allocate("scratch", scratchLength(shape));
    forward(backend, { qkv, out, lse }, shape, variant);
    backward(backend, { qkv, out, lse, dout, dqkv, scratch }, shape, variant);
    results.push((await backend.read(out, lse, dqkv)).map((words) => new Uint32Array(words)));
    [out, lse, dqkv, scratch].forEach((view) => backend.free(view));
  }
  assertEquals(results[0], results[1]);
  [qkv, dout].forEach((view) => backend.free(view));
}, { on: ["webgpu"] });

for (const headDim of [3, 8]) {
  backendTest(`attention with head dimension ${headDim} survives scores of thousands`, async (backend) => {
    const { shape, qkvLength, outLength } = setup([1, 12, 2, 1, headDim]);
    // exp of the raw scores would overflow. Quarters keep every product exact.
    const qkv = testData(qkvLength, 5).map((x) => Math.round(256 * x) / 4);
    const { out, lse } = reference.forward(qkv, shape);
    assert(lse.some((value) => value > 1000));
    await checkOp(backend, {
      inputs: { qkv },
      outputs: { out: outLength, lse: lse.length },
      run: (on, views) => forward(on, views, shape),
      expected: { out, lse },
      // The scaled scores round to 2^-24 of their size, and a probability changes by as much as its score.
      tolerance: { out: { relative: 1e-3 } },
    });
  });
}

Deno.test("attention backward equals central differences", () => {
  for (const sizes of [[2, 3, 3, 2, 2], [1, 4, 2, 1, 3]] as const) {
    const { shape, qkvLength } = setup(sizes);
    checkGradient(
      (at) => reference.forward(at, shape).out,
      (at, dy) => reference.backward(at, dy, shape),
      Float64Array.from(testData(qkvLength, 6), (x) => 2 * x),
    );
  }
});

Deno.test("attention chooses its variant by adapter and head dimension", () => {
  const shape = (headDim: number) => ({ batch: 1, sequence: 1, heads: 1, kvHeads: 1, headDim });
  const software = { software: true, subgroupSize: 8 };
  assertEquals([3, 8, 128, 132].map((headDim) => chooseVariant(software, shape(headDim))), [
    "scalar",
    "subgroup",
    "subgroup",
    "scalar",
  ]);
  assertEquals(chooseVariant({ software: true, subgroupSize: 0 }, shape(8)), "plain");
  assertEquals(chooseVariant({ software: false, subgroupSize: 8 }, shape(8)), "plain");
});

backendTest("attention refuses head counts and variants that cannot run", (backend) => {
  const view = backend.allocate("view", 64);
  const run = (shape: Shape, traits: Traits, variant?: Variant) =>
    forward(withTraits(backend, traits), { qkv: view, out: view, lse: view }, shape, variant);
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
  backend.free(view);
  return Promise.resolve();
});
