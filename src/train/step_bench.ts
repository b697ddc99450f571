/**
 * A whole training step (forward, backward, clipping, AdamW) against PyTorch, in one run and per core:
 *   deno run --no-lock -A src/train/step_bench.ts [--python=/usr/bin/python3] [--rounds=5] [--profile]
 * prints milliseconds by CPU time and tokens per second, and with --profile the share of each kernel.
 * `deno bench` times the step of the default suite's model.
 */

import { parseArgs } from "@std/cli";
import type { Backend } from "../../kernels/backend.ts";
import { openCpu } from "../../kernels/cpu.ts";
import { testData } from "../../kernels/testing.ts";
import type { Build } from "../../kernels/wasm/build.ts";
import { Best, cpuMilliseconds, peakLoop, PYTORCH, PyTorch } from "../../kernels/wasm/compare_bench.ts";
import type { ModelConfig } from "../model/config.ts";
import { initialTensors, layoutParameters } from "../model/parameters.ts";
import { createLearner } from "./learner.ts";
import { addTargetGradients, allocateTargets } from "./target_gradients.ts";
import { applyUpdate } from "./optimizer.ts";

interface Workload {
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  readonly vocab: number;
  readonly batch: number;
  readonly sequence: number;
}

/** The default suite's model with batches of 64 sequences, and one of 0.8 M parameters. */
const WORKLOADS: readonly Workload[] = [
  { dim: 32, layers: 2, heads: 4, hidden: 88, vocab: 64, batch: 64, sequence: 32 },
  { dim: 128, layers: 4, heads: 4, hidden: 344, vocab: 128, batch: 16, sequence: 128 },
];

function configOf({ dim, layers, heads, hidden, vocab, sequence }: Workload): ModelConfig {
  return {
    vocab,
    dim,
    layers,
    heads,
    kvHeads: heads,
    headDim: dim / heads,
    hidden,
    position: "learned",
    ropeTheta: 10000,
    maxSequence: sequence,
    normEpsilon: 1e-5,
    maskId: 0,
    eosId: 1,
    tiedHead: false,
  };
}

/** A training step on fixed data; every second position is a target. */
function prepareStep(backend: Backend, workload: Workload): () => void {
  const { batch, sequence, vocab } = workload;
  const rows = batch * sequence, count = rows / 2, config = configOf(workload);
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const tensors = initialTensors(layout, { embeddingStd: 0.1, linearGain: 0.577 }, { seed: 1, stream: 0 });
  const learner = createLearner(backend, config, tensors, { rows, targets: count });
  const { optimizer } = learner;
  const tokens = (length: number, salt: number) =>
    Uint32Array.from(testData(length, salt), (x) => Math.floor((x + 1) / 2 * vocab));
  const host = {
    ids: tokens(rows, 1),
    targetRows: Uint32Array.from({ length: count }, (_, i) => 2 * i),
    shape: { batch, sequence, targets: count },
  };
  const arrays = allocateTargets(backend, count);
  backend.write(arrays.targets, tokens(count, 2));
  backend.write(arrays.dlogp, new Float32Array(count).fill(-1 / count));
  const settings = {
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.01,
    decay1d: false,
    maxGradNorm: 1,
  };
  let updates = 0;
  return () => {
    addTargetGradients(learner, arrays, host);
    applyUpdate(backend, optimizer, { settings, learningRate: 1e-3, number: ++updates });
  };
}

/**
 * Multiplications and additions of matrix products and attention that are needed, forward and backward: of the last layer
 * queries, attention and MLP of the targets alone.
 */
function flopsOf({ dim, layers, hidden, vocab, batch, sequence }: Workload): number {
  const rows = batch * sequence, targets = rows / 2, asked = (layers - 1) * rows + targets;
  const linear = layers * rows * 2 * dim * dim + asked * (2 * dim * dim + 3 * dim * hidden) +
    targets * vocab * dim;
  // Forward: scores and values; backward: scores again and four gradients.
  const attention = asked * sequence * dim;
  return 6 * linear + 2 * 7 * attention;
}

/** Milliseconds per step and kernel: the best call of some steps, times the calls in a step. */
function profile(backend: Backend, step: () => void, steps: number): [string, number][] {
  const calls = new Map<string, { best: number; count: number }>();
  const run = backend.run;
  const timed: Backend["run"] = (kernel, buffers, scalars) => {
    const from = performance.now();
    run.call(backend, kernel, buffers, scalars);
    const taken = performance.now() - from;
    const { m, n, k } = scalars as Record<string, number>;
    const name = (kernel.cpu?.name ?? kernel.name) + (m === undefined ? "" : ` ${m}x${n}x${k}`);
    const { best, count } = calls.get(name) ?? { best: Infinity, count: 0 };
    calls.set(name, { best: Math.min(best, taken), count: count + 1 });
  };
  backend.run = timed;
  for (let i = 0; i < steps; i++) step();
  backend.run = run;
  return [...calls].map(([name, { best, count }]): [string, number] => [name, best * count / steps])
    .sort(([, a], [, b]) => b - a);
}

const OWN: readonly Build[] = ["portable", "fast"];

async function printTable(python: string, rounds: number, profiled: boolean): Promise<void> {
  const torches = python
    ? Object.entries(PYTORCH).map(([name, env]) => [name, new PyTorch(python, env)] as const)
    : [];
  const peaks = await Promise.all(OWN.map(async (build) => [build, await peakLoop(build)] as const));
  for (const workload of WORKLOADS) {
    const backends = await Promise.all(OWN.map(async (build) => [build, await openCpu({ build })] as const));
    const steps = backends.map(([build, backend]) => [build, prepareStep(backend, workload)] as const);
    const best = new Best();
    for (let round = 0; round < rounds; round++) {
      for (const [build, { run }] of peaks) {
        best.add(`peak ${build}`, await cpuMilliseconds(run, { rounds: 1 }));
      }
      for (const [build, step] of steps) {
        best.add(build, await cpuMilliseconds(step, { budget: 20, rounds: 6 }));
      }
      for (const [name, process] of torches) {
        const answer = await process.ask<{ milliseconds: number }>({
          step: workload,
          seconds: 0.5,
          rounds: 2,
        });
        best.add(name, answer.milliseconds);
      }
    }
    const { dim, batch, sequence } = workload;
    console.log(
      `\nd ${dim}, ${batch} x ${sequence} tokens: CPU ms per step, tokens/s, GFLOPS, against PyTorch`,
    );
    for (const name of [...OWN, ...torches.map(([name]) => name)]) {
      const ms = best.get(name);
      const figures = [
        ms.toFixed(2).padStart(8),
        (batch * sequence / ms * 1e3).toFixed(0).padStart(8),
        (flopsOf(workload) / ms / 1e6).toFixed(1).padStart(6),
        ...torches.map(([torch]) => `${(best.get(torch) / ms).toFixed(2)} x ${torch}`.padStart(20)),
      ];
      console.log(name.padEnd(14), figures.join("  "));
    }
    for (const [build, { flops }] of peaks) {
      const rate = flops / best.get(`peak ${build}`);
      console.log(
        `floor ${build}: ${(flopsOf(workload) / rate).toFixed(2)} ms at ${(rate / 1e6).toFixed(1)} GFLOPS`,
      );
    }
    if (!profiled) continue;
    steps.forEach(([build, step], i) => {
      const shares = profile(backends[i]![1], step, dim === 32 ? 100 : 10);
      const total = shares.reduce((sum, [, ms]) => sum + ms, 0);
      console.log(`${build}, ms by kernel from the best call of each, of ${total.toFixed(2)}`);
      for (const [name, ms] of shares) {
        if (ms > total / 100) {
          console.log(`  ${name.padEnd(40)} ${ms.toFixed(3)}  ${(100 * ms / total).toFixed(1)} %`);
        }
      }
    });
  }
  for (const [, process] of torches) await process[Symbol.asyncDispose]();
}

for (const build of OWN) {
  let step: (() => void) | null = null;
  Deno.bench({
    name: `training step at d 32, ${build}`,
    group: "training step",
    fn: async () => {
      step ??= prepareStep(await openCpu({ build }), WORKLOADS[0]!);
      step();
    },
  });
}

if (import.meta.main) {
  const options = parseArgs(Deno.args, { string: ["python", "rounds"], boolean: ["profile"] });
  await printTable(options.python ?? "", Number(options.rounds ?? 5), options.profile);
}
