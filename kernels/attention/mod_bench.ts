/**
 * Cost of attention. `deno run kernels/attention/mod_bench.ts [filter]` prints milliseconds per call for every
 * shape, variant and direction: CPU time of all threads (what counts on a software driver), wall time, and the CPU
 * time of the first call, which compiles. `deno bench` times the shape of the default suite.
 *
 * A wait for the device costs about 11 ms whatever the work, so many dispatches share one wait. For figures per
 * core: `taskset -c 0 env LP_NUM_THREADS=1 deno run ...`.
 */

import process from "node:process";
import { type Backend, upload } from "../backend.ts";
import { testBackend, testData } from "../testing.ts";
import {
  backward,
  chooseVariant,
  forward,
  type Shape,
  statisticsLength,
  type Variant,
  VARIANTS,
} from "./mod.ts";

/** Every row is asked for. */
const SHAPES: readonly Shape[] = [
  { batch: 64, sequence: 32, heads: 4, kvHeads: 4, headDim: 8 },
  { batch: 64, sequence: 20, heads: 3, kvHeads: 3, headDim: 8 },
  { batch: 16, sequence: 128, heads: 4, kvHeads: 4, headDim: 32 },
  { batch: 4, sequence: 512, heads: 4, kvHeads: 2, headDim: 64 },
].map((shape) => ({ ...shape, queries: shape.batch * shape.sequence }));
const BATCH_MILLISECONDS = 100;
const REPEATS = 5;

function prepare(backend: Backend, shape: Shape, variant: Variant) {
  const { batch, sequence, heads, kvHeads, headDim } = shape;
  const rows = batch * sequence, across = heads * headDim, width = 2 * kvHeads * headDim;
  const views = {
    q: upload(backend, "q", testData(rows * across, 1)),
    kv: upload(backend, "kv", testData(rows * width, 2)),
    starts: upload(backend, "starts", Uint32Array.from({ length: batch + 1 }, (_, b) => b * sequence)),
    out: backend.allocate("out", rows * across),
    lse: backend.allocate("lse", statisticsLength(shape)),
    dout: upload(backend, "dout", testData(rows * across, 3)),
    dq: backend.allocate("dq", rows * across),
    dkv: backend.allocate("dkv", rows * width),
    scratch: backend.allocate("scratch", statisticsLength(shape)),
  };
  const { lse } = views;
  return {
    forward: () => forward(backend, views, shape, variant),
    backward: () => backward(backend, views, shape, variant),
    done: () => backend.read({ ...lse, length: 1 }),
    free: () => Object.values(views).forEach((view) => backend.free(view)),
  };
}

type Bench = ReturnType<typeof prepare>;

/** Milliseconds of some calls and one wait: CPU time of all threads, and wall time. */
async function time(bench: Bench, call: () => void, calls: number): Promise<{ cpu: number; wall: number }> {
  const from = process.cpuUsage(), at = performance.now();
  for (let i = 0; i < calls; i++) call();
  await bench.done();
  const { user, system } = process.cpuUsage(from);
  return { cpu: (user + system) / 1e3, wall: performance.now() - at };
}

/** Best milliseconds per call of several batches. */
async function measure(
  bench: Bench,
  call: () => void,
): Promise<{ cpu: number; wall: number; first: number }> {
  const first = (await time(bench, call, 1)).cpu;
  const calls = Math.max(1, Math.ceil(BATCH_MILLISECONDS / ((await time(bench, call, 4)).cpu / 4)));
  let cpu = Infinity, wall = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const taken = await time(bench, call, calls);
    cpu = Math.min(cpu, taken.cpu / calls);
    wall = Math.min(wall, taken.wall / calls);
  }
  return { cpu, wall, first };
}

async function printTable(filter: string): Promise<void> {
  const backend = await testBackend();
  console.log(`${backend.description.adapter}, ${backend.traits.subgroupSize} lanes`);
  console.log("batch x sequence x heads x headDim  variant   direction  CPU ms   wall ms  first, CPU ms");
  for (const shape of SHAPES) {
    for (const variant of VARIANTS) {
      if (variant === "subgroup" && chooseVariant(backend.traits, shape) !== "subgroup") continue;
      const bench = prepare(backend, shape, variant);
      for (const direction of ["forward", "backward"] as const) {
        const size = `${shape.batch}x${shape.sequence}x${shape.heads}x${shape.headDim}`;
        const name = `${size.padEnd(34)}  ${variant.padEnd(8)}  ${direction.padEnd(8)}`;
        if (!name.includes(filter)) continue;
        const { cpu, wall, first } = await measure(bench, bench[direction]);
        const [a, b] = [cpu, wall].map((ms) => ms.toFixed(2).padStart(8));
        console.log(`${name} ${a}  ${b}  ${first.toFixed(0).padStart(13)}`);
      }
      bench.free();
    }
  }
}

for (const direction of ["forward", "backward"] as const) {
  let bench: Bench | null = null;
  Deno.bench({
    name: `attention ${direction} 64x32x4x8`,
    fn: async () => {
      if (!bench) {
        const backend = await testBackend();
        bench = prepare(backend, SHAPES[0]!, chooseVariant(backend.traits, SHAPES[0]!));
      }
      bench[direction]();
      await bench.done();
    },
  });
}

if (import.meta.main) await printTable(Deno.args[0] ?? "");
