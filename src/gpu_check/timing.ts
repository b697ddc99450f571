/**
 * How fast kernels are. A wait for the device costs milliseconds whatever the work, so many calls share one wait, and the
 * best of several batches counts.
 */

import * as attention from "../../kernels/attention/mod.ts";
import type { Backend, View } from "../../kernels/backend.ts";
import { multiply } from "../../kernels/matmul/mod.ts";
import { LAYOUTS } from "../../kernels/matmul/subgroup.ts";
import { chooseVariant, misfit, type Sizes, VARIANTS } from "../../kernels/matmul/variants.ts";
import * as residual from "../../kernels/residual/mod.ts";
import type { GpuReport } from "./report.ts";

/** How much is done: a driver on the CPU would take hours for what a GPU does in a second. */
export interface Effort {
  readonly products: readonly Sizes[];
  readonly attention: readonly attention.Shape[];
  /** Elements of the vectors that bandwidth is measured on. */
  readonly vector: number;
  /** Milliseconds of a batch of calls. */
  readonly batch: number;
}

const square = (size: number): Sizes => ({ m: size, n: size, k: size });
const everyRow = (shape: Omit<attention.Shape, "queries">) => ({
  ...shape,
  queries: shape.batch * shape.sequence,
});

/** Five products from the default model's to those of models with billions of parameters. */
export const FULL: Effort = {
  products: [
    { m: 4096, n: 256, k: 32 },
    square(1024),
    { m: 8192, n: 768, k: 768 },
    { m: 4096, n: 4096, k: 1024 },
    square(4096),
  ],
  attention: [
    everyRow({ batch: 64, sequence: 48, heads: 4, kvHeads: 4, headDim: 8 }),
    everyRow({ batch: 8, sequence: 512, heads: 12, kvHeads: 12, headDim: 64 }),
    everyRow({ batch: 2, sequence: 2048, heads: 16, kvHeads: 8, headDim: 128 }),
  ],
  vector: 2 ** 26,
  batch: 100,
};

export const SMALL: Effort = {
  products: [{ m: 256, n: 256, k: 32 }, square(64), square(128), { m: 256, n: 128, k: 64 }, square(192)],
  attention: [everyRow({ batch: 4, sequence: 64, heads: 2, kvHeads: 2, headDim: 8 })],
  vector: 2 ** 20,
  batch: 5,
};

const BATCHES = 3, MOST_CALLS = 200;

/** Seconds of one call. */
async function secondsOf(backend: Backend, call: () => void, probe: View, batch: number): Promise<number> {
  const wait = () => backend.read({ ...probe, length: 1 });
  const timed = async (calls: number) => {
    const from = performance.now();
    for (let i = 0; i < calls; i++) call();
    await wait();
    return (performance.now() - from) / 1000;
  };
  // The first call compiles; what a wait alone costs is not the kernel's.
  await timed(1);
  const empty = Math.min(await timed(0), await timed(0));
  const pilot = Math.max(1e-6, await timed(2) - empty) / 2;
  const calls = Math.min(MOST_CALLS, Math.max(1, Math.ceil(batch / 1000 / pilot)));
  let best = Infinity;
  for (let i = 0; i < BATCHES; i++) best = Math.min(best, Math.max(1e-9, await timed(calls) - empty) / calls);
  return best;
}

/** Runs `measure` with buffers of these lengths; null where the device does not have the room. */
async function withRoom(
  backend: Backend,
  lengths: readonly number[],
  measure: (views: readonly View[]) => Promise<number>,
): Promise<number | null> {
  const views: View[] = [];
  try {
    for (const length of lengths) views.push(backend.allocate("timing", length));
    return await measure(views);
  } catch (error) {
    if ((error as Error).name === "DeviceMemoryError") return null;
    throw error;
  } finally {
    for (const view of views) backend.free(view);
  }
}

/** GFLOPS of every variant and layout that runs. */
export async function timeProducts(
  backend: Backend,
  { products, batch }: Effort,
  onEach: (note: string) => void,
): Promise<GpuReport["products"]> {
  const rates: GpuReport["products"] = [];
  for (const sizes of products) {
    for (const layout of LAYOUTS) {
      for (const variant of VARIANTS) {
        if (misfit(backend.traits, { variant, layout }, sizes) !== null) continue;
        const { m, n, k } = sizes;
        onEach(`matmul ${layout} ${variant} ${m}x${n}x${k}`);
        const gflops = await withRoom(backend, [m * k, k * n, m * n], async ([a, b, c]) => {
          const call = () => multiply(backend, { variant, layout }, { a: a!, b: b!, c: c! }, sizes);
          return 2e-9 * m * n * k / await secondsOf(backend, call, c!, batch);
        });
        const chosen = chooseVariant(backend.traits, layout, sizes) === variant;
        rates.push({ variant, layout, ...sizes, gflops, chosen });
      }
    }
  }
  return rates;
}

/** GFLOPS of attention: two products forward, five backward. */
export async function timeAttention(
  backend: Backend,
  { attention: shapes, batch }: Effort,
  onEach: (note: string) => void,
): Promise<GpuReport["attention"]> {
  const rates: GpuReport["attention"] = [];
  for (const shape of shapes) {
    const { queries, sequence, heads, kvHeads, headDim } = shape;
    const across = queries * heads * headDim, rows = shape.batch * sequence * 2 * kvHeads * headDim;
    const statistics = attention.statisticsLength(shape);
    const chosen = attention.chooseVariant(backend.traits, shape);
    for (const variant of new Set<attention.Variant>([chosen, "plain", "tiled"])) {
      for (const direction of ["forward", "backward"] as const) {
        onEach(`attention ${variant} ${direction} ${shape.batch}x${sequence}x${heads}x${headDim}`);
        const lengths = [across, rows, shape.batch + 1, across, across, across, rows, statistics, statistics];
        const gflops = await withRoom(
          backend,
          lengths,
          async ([q, kv, starts, out, dout, dq, dkv, lse, scratch]) => {
            backend.write(starts!, Uint32Array.from({ length: shape.batch + 1 }, (_, b) => b * sequence));
            const views = {
              q: q!,
              kv: kv!,
              starts: starts!,
              out: out!,
              lse: lse!,
              dout: dout!,
              dq: dq!,
              dkv: dkv!,
            };
            const call = direction === "forward"
              ? () => attention.forward(backend, views, shape, variant)
              : () => attention.backward(backend, { ...views, scratch: scratch! }, shape, variant);
            const products = direction === "forward" ? 2 : 5;
            return products * 2e-9 * queries * sequence * heads * headDim /
              await secondsOf(backend, call, lse!, batch);
          },
        );
        const sizes = { batch: shape.batch, sequence, heads, headDim };
        rates.push({ variant, direction, ...sizes, gflops, chosen: chosen === variant });
      }
    }
  }
  return rates;
}

/** GB/s of a copy, and of a kernel that reads two vectors and writes one. */
export async function timeBandwidth(
  backend: Backend,
  { vector, batch }: Effort,
  onEach: (note: string) => void,
): Promise<GpuReport["bandwidth"]> {
  const calls = {
    copy: [2, ([a, b]: readonly View[]) => backend.copy(a!, b!)],
    "a + b": [
      3,
      ([a, b, y]: readonly View[]) => residual.forward(backend, { a: a!, b: b!, y: y! }, { length: vector }),
    ],
  } as const;
  const rates: GpuReport["bandwidth"] = [];
  for (const [name, [vectors, call]] of Object.entries(calls)) {
    onEach(`bandwidth of ${name}`);
    const bytes = 4 * vectors * vector;
    const gigabytesPerSecond = await withRoom(
      backend,
      Array(vectors).fill(vector),
      async (views) => 1e-9 * bytes / await secondsOf(backend, () => call(views), views.at(-1)!, batch),
    );
    rates.push({ name, bytes, gigabytesPerSecond });
  }
  return rates;
}
