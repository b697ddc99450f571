import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Backend, readWords, upload, type View } from "../backend.ts";
import { backendTest, checkOp, testData } from "../testing.ts";
import { finish, forward, LARGEST_GRADIENT, partial, partialLength } from "./mod.ts";
import * as reference from "./reference.ts";

/** Partials that hold NaN, also behind their end: a slot read but not written, or not there, spoils the norm. */
const poison = (backend: Backend, length: number) =>
  upload(backend, "partials", new Float32Array(length + 256).fill(NaN));

async function evaluate(backend: Backend, data: Float32Array) {
  const gradients = upload(backend, "gradients", data);
  const partials = poison(backend, partialLength(data.length));
  const stats = backend.allocate("stats", 2);
  forward(backend, { gradients, partials, stats }, { length: data.length });
  const result = await readStats(backend, stats);
  for (const view of [gradients, partials, stats]) backend.free(view);
  return result;
}

async function readStats(backend: Backend, stats: View): Promise<{ norm: number; nonFinite: number }> {
  const words = await readWords(backend, stats);
  return { norm: new Float32Array(words.buffer)[0]!, nonFinite: words[1]! };
}

const BLOCK = 64 * 32 * 4;
// Around a vec4, a workgroup of vec4s and a block; the last ones need one and two levels of the tree.
const LENGTHS = [
  1,
  2,
  3,
  4,
  5,
  63,
  64,
  65,
  255,
  256,
  257,
  515,
  BLOCK - 1,
  BLOCK,
  BLOCK + 1,
  2 * BLOCK + 3,
  30011,
];

for (const length of [...LENGTHS, 300 * BLOCK + 7]) {
  backendTest(`grad_norm of ${length} elements equals its f64 reference`, async (backend) => {
    const gradients = testData(length, 1);
    await checkOp(backend, {
      inputs: { gradients },
      outputs: { stats: 2 },
      run: (b, { gradients, stats }) => {
        const partials = poison(b, partialLength(length));
        forward(b, { gradients, partials, stats }, { length });
        b.free(partials);
      },
      // A count of zero has the same bits as u32 and as f32.
      expected: { stats: [reference.forward(gradients, LARGEST_GRADIENT).norm, 0] },
      tolerance: { stats: { absolute: 0, relative: 1e-6 } },
    });
  });
}

const BAD = [NaN, -NaN, Infinity, -Infinity, 1e30, -1e30, 3.4e38, 2 ** 50 * (1 + 2 ** -23)];

for (const length of [1, 7, 8 * 13 + 2, 2 * BLOCK + 3]) {
  backendTest(`grad_norm of ${length} elements counts what no update may use`, async (backend) => {
    const placements = [[0], [length - 1], [0, length >> 1, length - 1]];
    await Promise.all(BAD.flatMap((bad) =>
      placements.map(async (places) => {
        const data = testData(length, 2);
        for (const place of places) data[place] = bad;
        const expected = reference.forward(data, LARGEST_GRADIENT);
        const { norm, nonFinite } = await evaluate(backend, data);
        assertEquals(nonFinite, new Set(places).size);
        assertEquals(nonFinite, expected.nonFinite);
        assert(
          Math.abs(norm - expected.norm) <= 1e-6 * expected.norm,
          `norm ${norm}, expected ${expected.norm}`,
        );
      })
    ));
  });
}

backendTest("grad_norm of the largest elements it admits is finite", async (backend) => {
  const length = 3 * BLOCK + 1;
  const { norm, nonFinite } = await evaluate(backend, new Float32Array(length).fill(-LARGEST_GRADIENT));
  assertEquals(nonFinite, 0);
  assert(Math.abs(norm / (LARGEST_GRADIENT * Math.sqrt(length)) - 1) < 1e-6, `norm ${norm}`);
});

for (const behind of [NaN, 7]) {
  backendTest(`grad_norm ignores ${behind} behind the gradients`, async (backend) => {
    const gradients = upload(backend, "gradients", new Float32Array(64).fill(behind));
    backend.write(gradients, Float32Array.of(3, 4, 0, 0, 0));
    const partials = poison(backend, partialLength(5)), stats = backend.allocate("stats", 2);
    forward(backend, { gradients, partials, stats }, { length: 5 });
    assertEquals(await readStats(backend, stats), { norm: 5, nonFinite: 0 });
    for (const view of [gradients, partials, stats]) backend.free(view);
  });
}

backendTest("grad_norm adds up shards", async (backend) => {
  const shards = [testData(5, 3), testData(2 * BLOCK + 3, 4), testData(64, 5)];
  shards[1]![BLOCK] = NaN;
  shards[2]![63] = Infinity;
  const count = shards.reduce((sum, { length }) => sum + partialLength(length), 0);
  const partials = poison(backend, count), stats = backend.allocate("stats", 2);
  let first = 0;
  for (const shard of shards) {
    const gradients = upload(backend, "gradients", shard);
    partial(backend, { gradients, partials }, { length: shard.length, first });
    first += partialLength(shard.length);
    backend.free(gradients);
  }
  finish(backend, { partials, stats }, { count });
  const expected = reference.forward(shards.flatMap((shard) => [...shard]), LARGEST_GRADIENT);
  const { norm, nonFinite } = await readStats(backend, stats);
  assertEquals(nonFinite, 2);
  assert(Math.abs(norm - expected.norm) <= 1e-6 * expected.norm);
  for (const view of [partials, stats]) backend.free(view);
});

backendTest("grad_norm refuses partials that are too short", (backend) => {
  const view = backend.allocate("x", 128);
  assertThrows(
    () => partial(backend, { gradients: view, partials: view }, { length: 10, first: 2 }),
    RangeError,
    "elements [2, 130) of partials, which has 128",
  );
  backend.free(view);
  return Promise.resolve();
});
