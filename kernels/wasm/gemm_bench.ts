/**
 * The matrix product against other libraries, in one run and per core:
 *   deno run --no-lock -A kernels/wasm/gemm_bench.ts [--python=/usr/bin/python3] [--rounds=5] [filter]
 * prints GFLOPS by CPU time (all threads, so no neighbour and no sleep adds to it), PyTorch where a Python with it is
 * given; `deno bench --no-lock -A kernels/wasm/gemm_bench.ts` times one product by wall time.
 *
 * The other libraries are no dependencies: their names are no literals of an import, so that no lockfile lists them.
 */

import { parseArgs } from "@std/cli";
import { type Backend, upload } from "../backend.ts";
import { openCpu } from "../cpu.ts";
import { ab, abt, atb, type Shape } from "../matmul/mod.ts";
import type { Layout } from "../matmul/subgroup.ts";
import { testData } from "../testing.ts";
import type { Build } from "./build.ts";
import { Best, cpuMilliseconds, peakLoop, PYTORCH, PyTorch } from "./compare_bench.ts";

const JAX = "npm:@jax-js/jax@0.1.25";
const TENSORFLOW = "npm:@tensorflow/tfjs-core@4.22.0";
const TENSORFLOW_WASM = "npm:@tensorflow/tfjs-backend-wasm@4.22.0";

/** A linear layer [out, in] = [n, k] over m tokens: common sizes, then those of the default suite. */
const LAYERS: readonly Shape[] = [
  { m: 1024, n: 256, k: 256 },
  { m: 512, n: 512, k: 512 },
  { m: 2048, n: 688, k: 128 },
  { m: 2048, n: 96, k: 32 },
  { m: 2048, n: 176, k: 32 },
  { m: 2048, n: 32, k: 88 },
  { m: 2048, n: 32, k: 32 },
  { m: 900, n: 64, k: 32 },
];

/** Sizes of C[m, n] and of the sums when the layer's product is taken in a layout: forward, dx, dw. */
function inLayout(layout: Layout, { m, n, k }: Shape): Shape {
  return { abt: { m, n, k }, ab: { m, n: k, k: n }, atb: { m: n, n: k, k: m } }[layout];
}

/** A library with one product prepared. */
interface Product {
  run(): void | Promise<unknown>;
  free(): void;
}

type Prepare = (layout: Layout, shape: Shape) => Product;

const MULTIPLY = { ab, abt, atb };

function own(backend: Backend): Prepare {
  return (layout, shape) => {
    const { m, n, k } = shape;
    const a = upload(backend, "a", testData(m * k, 1)), b = upload(backend, "b", testData(k * n, 2));
    const c = backend.allocate("c", m * n);
    return {
      run: () => MULTIPLY[layout](backend, { a, b, c }, shape),
      free: () => [a, b, c].forEach((view) => backend.free(view)),
    };
  };
}

/** Shapes of both operands as they are stored. */
function stored(layout: Layout, { m, n, k }: Shape): [[number, number], [number, number]] {
  return [layout === "atb" ? [k, m] : [m, k], layout === "abt" ? [n, k] : [k, n]];
}

// deno-lint-ignore no-explicit-any -- not a dependency, so there are no types
type Library = any;

async function openJax(): Promise<Prepare> {
  const jax: Library = await import(JAX);
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { numpy } = jax;
  const product = (layout: Layout) =>
    jax.jit((a: Library, b: Library) =>
      numpy.matmul(layout === "atb" ? numpy.transpose(a) : a, layout === "abt" ? numpy.transpose(b) : b)
    );
  const compiled = { ab: product("ab"), abt: product("abt"), atb: product("atb") };
  return (layout, shape) => {
    const [a, b] = stored(layout, shape).map((size, i) =>
      numpy.array(testData(size[0] * size[1], i + 1)).reshape(size)
    );
    return {
      run: async () => {
        const c = compiled[layout](a.ref, b.ref);
        await c.blockUntilReady();
        c.dispose();
      },
      free: () => [a, b].forEach((array) => array.dispose()),
    };
  };
}

async function openTensorflow(): Promise<Prepare> {
  const tf: Library = await import(TENSORFLOW);
  const { setThreadsCount } = await import(TENSORFLOW_WASM);
  setThreadsCount(1);
  await tf.setBackend("wasm");
  return (layout, shape) => {
    const [a, b] = stored(layout, shape).map((size, i) =>
      tf.tensor2d(testData(size[0] * size[1], i + 1), size)
    );
    return {
      run: () => tf.matMul(a, b, layout === "atb", layout === "abt").dispose(),
      free: () => [a, b].forEach((tensor) => tensor.dispose()),
    };
  };
}

const OWN: readonly Build[] = ["portable", "fast"];

async function printTable(python: string, rounds: number, filter: string): Promise<void> {
  const contenders = new Map<string, Prepare>();
  for (const build of OWN) contenders.set(build, own(await openCpu({ build })));
  for (const [name, open] of [["jax-js wasm", openJax], ["tfjs wasm", openTensorflow]] as const) {
    try {
      contenders.set(name, await open());
    } catch (error) {
      console.log(`${name} is not measured: ${(error as Error).message}`);
    }
  }
  const torches = python
    ? Object.entries(PYTORCH).map(([name, env]) => [name, new PyTorch(python, env)] as const)
    : [];
  const best = new Best();
  const peaks = await Promise.all(OWN.map(async (build) => [build, await peakLoop(build)] as const));
  const products = LAYERS.flatMap((layer) =>
    (["abt", "ab", "atb"] as const).map((layout) => {
      const shape = inLayout(layout, layer);
      return { layout, shape, name: `${layout.padEnd(3)} ${shape.m}x${shape.n}x${shape.k}` };
    })
  ).filter(({ name }) => name.includes(filter));
  for (let round = 0; round < rounds; round++) {
    for (const [build, { run }] of peaks) {
      best.add(`peak ${build}`, await cpuMilliseconds(run, { rounds: 1 }));
    }
    for (const { name, layout, shape } of products) {
      for (const [contender, prepare] of contenders) {
        const { run, free } = prepare(layout, shape);
        best.add(`${contender} ${name}`, await cpuMilliseconds(run, { budget: 40, rounds: 2 }));
        free();
      }
      for (const [torch, process] of torches) {
        const request = { gemm: [shape.m, shape.n, shape.k], layout, seconds: 0.04, rounds: 2 };
        best.add(`${torch} ${name}`, (await process.ask<{ milliseconds: number }>(request)).milliseconds);
      }
    }
  }
  const columns = [...contenders.keys(), ...torches.map(([name]) => name)];
  console.log(`GFLOPS per core          ${columns.join("  ")}`);
  for (const { name, shape } of products) {
    const flops = 2 * shape.m * shape.n * shape.k;
    const rates = columns.map((column) =>
      (flops / best.get(`${column} ${name}`) / 1e6).toFixed(1).padStart(column.length)
    );
    console.log(`${name.padEnd(24)} ${rates.join("  ")}`);
  }
  const ceilings = peaks.map(([build, { flops }]) => (flops / best.get(`peak ${build}`) / 1e6).toFixed(1));
  console.log(`peak of the core: ${ceilings[0]} by multiplying and adding, ${ceilings[1]} fused`);
  for (const [, process] of torches) await process[Symbol.asyncDispose]();
}

{
  const shape = LAYERS[0]!;
  const opened = new Map<string, Promise<Product>>();
  const prepared = (name: string, open: () => Promise<Prepare>) => {
    let product = opened.get(name);
    if (!product) opened.set(name, product = open().then((prepare) => prepare("abt", shape)));
    return product;
  };
  const contenders: Record<string, () => Promise<Prepare>> = {
    portable: async () => own(await openCpu()),
    fast: async () => own(await openCpu({ build: "fast" })),
    "jax-js wasm": openJax,
    "tfjs wasm": openTensorflow,
  };
  for (const [name, open] of Object.entries(contenders)) {
    Deno.bench({
      name: `abt 1024x256x256, ${name}`,
      group: "matrix product",
      baseline: name === "portable",
      fn: async () => void await (await prepared(name, open)).run(),
    });
  }
}

if (import.meta.main) {
  const options = parseArgs(Deno.args, { string: ["python", "rounds", "_"] });
  await printTable(options.python ?? "", Number(options.rounds ?? 5), String(options._[0] ?? ""));
  // jax-js keeps workers.
  Deno.exit();
}
