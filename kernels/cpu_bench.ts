/**
 * Cost of the CPU kernels that are no matrix products, at the shapes of the default suite's model and of a larger
 * one. `deno run --allow-env=CI --allow-read --allow-write=.cache kernels/cpu_bench.ts` prints the best of many short
 * batches in nanoseconds per element, on one core, for both builds.
 */

import * as adamw from "./adamw/mod.ts";
import type { Backend } from "./backend.ts";
import { upload } from "./backend.ts";
import { openCpu } from "./cpu.ts";
import * as denoise from "./denoise/mod.ts";
import * as embed from "./embed/mod.ts";
import * as gatherRows from "./gather_rows/mod.ts";
import * as gradNorm from "./grad_norm/mod.ts";
import * as residual from "./residual/mod.ts";
import * as rmsnorm from "./rmsnorm/mod.ts";
import * as swiglu from "./swiglu/mod.ts";
import { testData } from "./testing.ts";
import * as tokenLogprob from "./token_logprob/mod.ts";

interface Size {
  readonly rows: number;
  readonly dim: number;
  readonly hidden: number;
  readonly vocab: number;
  readonly parameters: number;
}

const SIZES: Record<string, Size> = {
  "d 32": { rows: 2048, dim: 32, hidden: 88, vocab: 64, parameters: 30_000 },
  "d 128": { rows: 2048, dim: 128, hidden: 352, vocab: 128, parameters: 820_000 },
};
const REPEATS = 100;
/** Of a batch: short enough to run between two interruptions on a busy machine. */
const MILLISECONDS = 2;

/** One op: what it runs, and the elements it is charged to. */
type Case = readonly [elements: number, run: () => void];

function cases(
  backend: Backend,
  { rows, dim, hidden, vocab, parameters: length }: Size,
): Record<string, Case> {
  let salt = 0;
  const data = (label: string, size: number) => upload(backend, label, testData(size, ++salt));
  const activation = () => data("activation", rows * dim);
  const x = activation(), y = activation(), dx = activation(), weight = data("weight", dim);
  const rstd = data("rstd", rows), dweight = data("dweight", dim);
  const gateUp = data("gate up", 2 * rows * hidden);
  const activated = data("activated", rows * hidden);
  const logits = data("logits", rows * vocab), dlogits = data("dlogits", rows * vocab);
  const tokens = Uint32Array.from({ length: rows }, (_, i) => i * 7 % vocab);
  const ids = upload(backend, "ids", tokens), targets = ids;
  const perRow = () => data("per row", rows);
  const logp = perRow(), lse = perRow(), entropy = perRow(), dlogp = perRow();
  const table = data("table", vocab * dim), dTable = data("dTable", vocab * dim);
  const grouped = embed.rowsByToken(tokens, vocab);
  const order = upload(backend, "order", grouped.order), starts = upload(backend, "starts", grouped.starts);
  const everyRow = upload(backend, "index", Uint32Array.from({ length: rows }, (_, i) => i));
  const gradients = data("gradients", length), parameters = data("parameters", length);
  // Moments of 0: without gradients others would shrink to denormal numbers, which are slow.
  const m = backend.allocate("m", length),
    v = backend.allocate("v", length),
    stats = backend.allocate("stats", 2);
  const partials = backend.allocate("partials", gradNorm.partialLength(length));
  const shape = { rows, dim }, plan = { count: rows, vocab };
  const response = { batch: rows / 16, length: 16, sequence: 16, promptLength: 0, vocab, maskId: 0 };
  const masked = backend.allocate("masked", rows), keys = new Uint32Array(rows / 16);
  const draws = [0, 1].map((temperature) =>
    upload(backend, "draws", denoise.drawsOf(keys, keys.map(() => temperature)))
  );
  const proposal = denoise.allocateProposal(backend, rows / 16, 16);
  const step = { step: 0, blockStart: 0, blockLength: 16, random: { seed: 1, stream: 1 } } as const;
  const propose = (temperature: number) => () =>
    denoise.propose(backend, { logits, slots: everyRow, ids: masked, draws: draws[temperature]! }, proposal, {
      ...response,
      ...step,
      first: 0,
      count: rows,
      remasking: "low-confidence",
    });
  const optimizer = {
    length,
    decayLength: length - 100,
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.1,
    weightDecay1d: 0,
    biasCorrection1: 0.1,
    biasCorrection2: 0.001,
    maxGradNorm: 1,
  };
  return {
    "residual forward": [
      rows * dim,
      () => residual.forward(backend, { a: x, b: y, y: dx }, { length: rows * dim }),
    ],
    "rmsnorm forward": [
      rows * dim,
      () => rmsnorm.forward(backend, { x, weight, y, rstd }, { ...shape, eps: 1e-5 }),
    ],
    "rmsnorm backward": [
      rows * dim,
      () => rmsnorm.backward(backend, { x, weight, rstd, dy: y, dx, dweight }, shape),
    ],
    "swiglu forward": [
      rows * hidden,
      () => swiglu.forward(backend, { gateUp, y: activated }, { rows, hidden }),
    ],
    "swiglu backward": [
      rows * hidden,
      () => swiglu.backward(backend, { gateUp, dy: activated }, { rows, hidden }),
    ],
    "embed forward": [rows * dim, () =>
      embed.forward(backend, { ids, table, position: table, x }, {
        rows,
        dim,
        sequence: 32,
        learned: true,
      })],
    "embed backward": [
      rows * dim,
      () =>
        embed.backward(backend, { dx, order, starts, dTable, dPosition: dTable }, {
          rows,
          dim,
          vocab,
          sequence: 32,
        }),
    ],
    "gather_rows forward": [
      rows * dim,
      () => gatherRows.forward(backend, { x, index: everyRow, y }, { count: rows, dim }),
    ],
    "gather_rows backward": [
      rows * dim,
      () => gatherRows.backward(backend, { dy: y, inverse: everyRow, dx: x }, { rows, dim }),
    ],
    "token_logprob forward": [
      rows * vocab,
      () => tokenLogprob.forward(backend, { logits, targets, logp, lse, entropy, places: everyRow }, plan),
    ],
    "token_logprob backward": [rows * vocab, () =>
      tokenLogprob.backward(
        backend,
        { logits, targets, lse, entropy, dlogp, dentropy: dlogp, places: everyRow, dlogits },
        { ...plan, entropyTerm: false },
      )],
    "denoise greedy": [rows * vocab, propose(0)],
    "denoise sampled": [rows * vocab, propose(1)],
    "grad_norm": [length, () => gradNorm.forward(backend, { gradients, partials, stats }, { length })],
    "adamw": [length, () => adamw.step(backend, { parameters, gradients, m, v, stats }, optimizer)],
  };
}

/** Best of several batches, in nanoseconds per element. */
function measure([elements, run]: Case): number {
  for (let i = 0; i < 20; i++) run();
  const start = performance.now();
  let runs = 0;
  for (; performance.now() - start < MILLISECONDS; runs++) run();
  let best = Infinity;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const at = performance.now();
    for (let i = 0; i < runs; i++) run();
    best = Math.min(best, performance.now() - at);
  }
  return best * 1e6 / runs / elements;
}

if (import.meta.main) {
  const builds = await Promise.all((["portable", "fast"] as const).map((build) => openCpu({ build })));
  const columns = Object.entries(SIZES).flatMap(([name, size]) =>
    builds.map((backend) => ({ name: `${name} ${backend.description.adapter}`, cases: cases(backend, size) }))
  );
  console.log("ns per element".padEnd(24) + columns.map(({ name }) => name.padStart(24)).join(""));
  for (const op of Object.keys(columns[0]!.cases)) {
    const figures = columns.map(({ cases }) => measure(cases[op]!).toFixed(2).padStart(24));
    console.log(op.padEnd(24) + figures.join(""));
  }
}
