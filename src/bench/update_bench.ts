/**
 * Speed and memory of whole training steps: `deno bench src/bench/update_bench.ts`. Before the timings it prints
 * tokens/s, denoising steps/s and the peak device bytes of one update against the number of masked states.
 */

import type { Backend } from "../../kernels/backend.ts";
import { openWebGpu } from "../../kernels/webgpu.ts";
import { sudokuMini as sudoku } from "../../tasks/sudoku/mini.ts";
import { loadSuite } from "../suite/suite.ts";
import { modelConfig } from "../suite/settings.ts";
import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import { freeViews } from "../model/activations.ts";
import type { ModelConfig } from "../model/config.ts";
import { initialTensors, layoutParameters } from "../model/parameters.ts";
import { hyperOf, planFacts } from "../objectives/value.ts";
import { planTotals } from "../../kernels/objectives/facts.ts";
import { objectiveById } from "../objectives/registry.ts";
import { createLearner, freeLearner, type Learner } from "../train/learner.ts";
import { applyUpdate } from "../train/optimizer.ts";
import { addTargetGradients, allocateTargets, type TargetArrays } from "../train/target_gradients.ts";
import { beginUpdate, runUpdate } from "../train/update.ts";
import { createUpdateEngine, freeUpdateEngine, type MemoryMode } from "../train/update_engine.ts";

const OPTIMIZER = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, decay1d: false, maxGradNorm: 1 };
const INITIAL = { embeddingStd: 0.1, linearGain: 0.577 };
const SUITE = await loadSuite("mini");
const MINI = modelConfig(SUITE, sudoku.vocabulary);
const LARGER: ModelConfig = {
  ...MINI,
  vocab: 128,
  dim: 128,
  layers: 4,
  headDim: 32,
  hidden: 344,
  maxSequence: 128,
};

function learnerOf(backend: Backend, config: ModelConfig, rows: number, targets: number): Learner {
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const tensors = initialTensors(layout, INITIAL, { seed: 1, stream: 1 });
  return createLearner(backend, config, tensors, { rows, targets });
}

/** One step of masked training on `batch` sequences: half of the positions are targets. */
function trainingStep(
  learner: Learner,
  arrays: TargetArrays,
  { batch, sequence }: { batch: number; sequence: number },
  number: number,
): void {
  const { backend, model, optimizer } = learner;
  const rows = batch * sequence, targets = rows / 2;
  const ids = Uint32Array.from(
    { length: rows },
    (_, i) => i % 2 ? model.config.maskId : (i * 7) % model.config.vocab,
  );
  const targetRows = Uint32Array.from({ length: targets }, (_, i) => 2 * i + 1);
  addTargetGradients(learner, arrays, { ids, targetRows, shape: { batch, sequence, targets } });
  applyUpdate(backend, optimizer, { settings: OPTIMIZER, learningRate: 1e-4, number });
}

/** Wall seconds of one call of `work`, `repeats` calls per wait for the device, best of three. */
async function seconds(
  backend: Backend,
  wait: () => Promise<unknown>,
  repeats: number,
  work: (i: number) => void,
) {
  let best = Infinity;
  for (let round = 0; round < 4; round++) {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) work(i);
    backend.flush();
    await wait();
    if (round > 0) best = Math.min(best, (performance.now() - start) / 1000 / repeats);
  }
  return best;
}

async function trainingSpeed(
  backend: Backend,
  name: string,
  config: ModelConfig,
  { batch, sequence }: { batch: number; sequence: number },
) {
  const learner = learnerOf(backend, config, batch * sequence, batch * sequence / 2);
  const arrays = allocateTargets(backend, batch * sequence / 2);
  const time = await seconds(
    backend,
    () => backend.read(learner.optimizer.stats),
    8,
    (i) => trainingStep(learner, arrays, { batch, sequence }, i + 1),
  );
  console.log(
    `training step ${name}, ${batch} x ${sequence} tokens: ${(1000 * time).toFixed(1)} ms, ` +
      `${Math.round(batch * sequence / time)} tokens/s`,
  );
  freeViews(backend, arrays);
  freeLearner(learner);
}

async function samplingSpeed(backend: Backend, batch: number) {
  const learner = learnerOf(backend, MINI, 1, 1);
  const length = sudoku.responseLength, sequence = sudoku.promptLength + length;
  const sampler = createSampler(learner.model, { batch, sequence, length });
  const prompts = Array.from(
    { length: batch },
    (_, i) => sudoku.vocabulary.encode(sudoku.generate("train", 1, i).prompt),
  );
  const settings = {
    steps: length,
    blockLength: length,
    temperature: 1,
    remasking: "low-confidence" as const,
  };
  let best = Infinity;
  for (let round = 0; round < 4; round++) {
    const start = performance.now();
    const rowKeys = prompts.map((_, i) => i), random = { seed: 1, stream: 5 };
    await sample(sampler, learner.parameters.views, { prompts, rowKeys, length, random }, settings);
    if (round > 0) best = Math.min(best, (performance.now() - start) / 1000);
  }
  console.log(
    `sampler, ${batch} sequences of ${sequence} tokens: ${(length / best).toFixed(1)} denoising steps/s ` +
      `(${Math.round(batch * length / best)} sequence steps/s)`,
  );
  freeSampler(sampler);
  freeLearner(learner);
}

/** Peak device bytes of one update over 8 responses with `samples` masked states each, one response per micro-batch. */
async function peakBytes(backend: Backend, id: string, mode: MemoryMode, samples: number): Promise<number> {
  const objective = objectiveById(id),
    hyper = hyperOf(objective, { samples, systematicCounts: 1, normalize: 1 });
  const responses = 8, length = sudoku.responseLength, sequence = sudoku.promptLength + length;
  backend.resetPeak();
  const learner = learnerOf(backend, MINI, responses * sequence, responses * length);
  const trajectories = Array.from({ length: responses }, (_, i) => {
    const example = sudoku.generate("train", 1, i);
    return {
      prompt: sudoku.vocabulary.encode(example.prompt),
      tokens: sudoku.vocabulary.encodePadded(sudoku.demonstrate(example, 0, 1, i), length),
      revealStep: new Uint32Array(length),
      logp: new Float32Array(length),
      entropy: new Float32Array(length),
    };
  });
  const random = { seed: 1, stream: 6 };
  const states = objective.plan(
    {
      trajectories,
      completionLengths: trajectories.map(({ tokens }) => tokens.length),
      step: 0,
      innerUpdate: 0,
      innerUpdates: 1,
      rolloutSteps: 1,
      maskId: MINI.maskId,
      random,
    },
    hyper,
  );
  const advantages = trajectories.map((_, i) => i % 2 ? 1 : -1);
  const facts = planFacts(states, {
    groups: trajectories.map(() => 0),
    lengths: trajectories.map(() => length),
    completionLengths: trajectories.map(() => length),
    advantages,
  });
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    updates: 1,
    capacity: planTotals(facts),
    reference: null,
  });
  const update = beginUpdate(engine, { states, facts, anchor: null, recordedTop: null, finite: true }, 0);
  await runUpdate(update, { settings: OPTIMIZER, learningRate: 1e-4, number: 1 });
  const { peakBytes } = backend.memory();
  freeUpdateEngine(engine);
  freeLearner(learner);
  return peakBytes;
}

async function memoryTable(backend: Backend) {
  const rows: Record<string, Record<string, string>> = {};
  for (
    const [name, id, mode] of [
      ["vrpo-ol, retain", "vrpo-ol", "retain"],
      ["vrpo-ol, two-pass", "vrpo-ol", "two-pass"],
      ["bgpo, streaming", "bgpo", "two-pass"],
    ] as const
  ) {
    rows[name] = {};
    for (const samples of [1, 4, 16]) {
      rows[name][`n_t = ${samples}`] = String(await peakBytes(backend, id, mode, samples));
    }
  }
  console.log("peak device bytes of one update, 8 responses of 32 tokens, micro-batches of 8 states");
  console.table(rows);
}

const backend = await openWebGpu();
if (!backend) {
  throw new Error("no WebGPU adapter: `deno task driver` prints the environment of a software one");
}
console.log(backend.description.adapter);
await trainingSpeed(backend, "mini (30k parameters)", MINI, { batch: 64, sequence: 32 });
await trainingSpeed(backend, "d 128, 4 layers", LARGER, { batch: 16, sequence: 128 });
await samplingSpeed(backend, 64);
await memoryTable(backend);

const learner = learnerOf(backend, MINI, 64 * 32, 64 * 16), arrays = allocateTargets(backend, 64 * 16);
Deno.bench("training step, mini, 8 x (64 x 32 tokens)", async () => {
  for (let i = 0; i < 8; i++) trainingStep(learner, arrays, { batch: 64, sequence: 32 }, i + 1);
  await backend.read(learner.optimizer.stats);
});
