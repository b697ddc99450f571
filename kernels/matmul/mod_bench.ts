/**
 * GFLOPS of the matrix product. `deno run kernels/matmul/mod_bench.ts [filter]` prints the table below for every
 * layout, shape and variant; `deno bench kernels/matmul/mod_bench.ts` times one shape per layout and variant.
 *
 * A wait for the device costs about 11 ms whatever the work, so many dispatches share one wait, and the rate of
 * record is the one by CPU time (all threads of the process), which no sleep and no neighbour adds to. For figures
 * per core: `taskset -c 0 env LP_NUM_THREADS=1 deno run ...`.
 */

import process from "node:process";
import { type Backend, upload } from "../backend.ts";
import { testBackend, testData } from "../testing.ts";
import { multiply, type Shape } from "./mod.ts";
import { type Layout, LAYOUTS } from "./subgroup.ts";
import { misfit, type Variant, VARIANTS } from "./variants.ts";

/** A linear layer [out, in] = [n, k] over m tokens: two common sizes, then those of the default suite. */
const SHAPES: Shape[] = [
  { m: 1024, n: 256, k: 256 },
  { m: 4096, n: 512, k: 512 },
  { m: 1024, n: 32, k: 32 },
  { m: 1024, n: 64, k: 32 },
  { m: 1024, n: 96, k: 32 },
  { m: 2048, n: 32, k: 32 },
  { m: 2048, n: 64, k: 32 },
  { m: 2048, n: 128, k: 32 },
  { m: 2048, n: 256, k: 32 },
  { m: 2048, n: 32, k: 128 },
];
const BATCH_MICROSECONDS = 150e3;
const REPEATS = 5;

/** Sizes of C[m, n] and of the sums when the layer's product is taken in a layout: forward, dx, dw. */
function inLayout(layout: Layout, { m, n, k }: Shape): Shape {
  return { abt: { m, n, k }, ab: { m, n: k, k: n }, atb: { m: n, n: k, k: m } }[layout];
}

interface Bench {
  dispatch(): void;
  /** Waits for everything dispatched. */
  done(): Promise<unknown>;
  free(): void;
}

function prepare(backend: Backend, variant: Variant, layout: Layout, shape: Shape): Bench {
  const { m, n, k } = shape;
  const a = upload(backend, "a", testData(m * k, 1)), b = upload(backend, "b", testData(k * n, 2));
  const c = backend.allocate("c", m * n);
  return {
    dispatch: () => multiply(backend, { variant, layout }, { a, b, c }, shape),
    done: () => backend.read({ ...c, length: 1 }),
    free: () => [a, b, c].forEach((view) => backend.free(view)),
  };
}

/** CPU microseconds, all threads, and wall milliseconds of some dispatches and one wait. */
async function time(bench: Bench, dispatches: number): Promise<{ cpu: number; wall: number }> {
  const from = process.cpuUsage(), at = performance.now();
  for (let i = 0; i < dispatches; i++) bench.dispatch();
  await bench.done();
  const { user, system } = process.cpuUsage(from);
  return { cpu: user + system, wall: performance.now() - at };
}

/** CPU milliseconds of the first dispatch, and the best GFLOPS of several batches by CPU time and by wall time. */
async function measure(bench: Bench, flops: number): Promise<{ first: number; cpu: number; wall: number }> {
  const first = (await time(bench, 1)).cpu / 1e3;
  const pilot = (await time(bench, 4)).cpu / 4;
  const dispatches = Math.max(1, Math.round(BATCH_MICROSECONDS / pilot));
  let cpu = 0, wall = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const taken = await time(bench, dispatches);
    cpu = Math.max(cpu, dispatches * flops / taken.cpu / 1e3);
    wall = Math.max(wall, dispatches * flops / taken.wall / 1e6);
  }
  return { first, cpu, wall };
}

async function printTable(filter: string): Promise<void> {
  const backend = await testBackend();
  console.log(`${backend.description.adapter}, ${backend.traits.subgroupSize} lanes`);
  console.log("layout variant   MxNxK             GFLOPS/core  GFLOPS wall  first dispatch, CPU ms");
  for (const layout of LAYOUTS) {
    for (const layer of SHAPES) {
      const shape = inLayout(layout, layer);
      for (const variant of VARIANTS) {
        const { m, n, k } = shape;
        const name = `${layout.padEnd(6)} ${variant.padEnd(8)}  ${`${m}x${n}x${k}`.padEnd(16)}`;
        if (!name.includes(filter)) continue;
        if (misfit(backend.traits, { variant, layout }, shape)) continue;
        const bench = prepare(backend, variant, layout, shape);
        const { first, cpu, wall } = await measure(bench, 2 * m * n * k);
        bench.free();
        const figures = [
          cpu.toFixed(2).padStart(12),
          wall.toFixed(2).padStart(12),
          first.toFixed(0).padStart(23),
        ];
        console.log(`${name} ${figures.join(" ")}`);
      }
    }
  }
}

for (const layout of LAYOUTS) {
  for (const variant of VARIANTS) {
    let bench: Bench | null = null;
    Deno.bench({
      name: `${layout} ${variant} 1024x256x256`,
      group: layout,
      fn: async () => {
        bench ??= prepare(await testBackend(), variant, layout, { m: 1024, n: 256, k: 256 });
        bench.dispatch();
        await bench.done();
      },
    });
  }
}

if (import.meta.main) await printTable(Deno.args[0] ?? "");
