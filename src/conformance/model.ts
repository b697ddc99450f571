/**
 * models/<name>/: logits, log-probs, entropies and most likely tokens; losses and the gradient of every
 * parameter; AdamW steps. Computed by the ops of the chosen backend.
 */

import { type Backend, readFloats, readWords } from "../../kernels/backend.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { freeViews } from "../model/activations.ts";
import { type HostBatch, writeForwardBatch } from "../model/batch.ts";
import { loadModelFolder, type ModelFiles } from "../model/checkpoint_files.ts";
import { ConfigError } from "../model/config.ts";
import { type NamedTensors, readParameters } from "../model/parameters.ts";
import { readSafetensors } from "../model/safetensors.ts";
import { headForward } from "../model/head.ts";
import { chunksOf } from "../model/logit_chunks.ts";
import { forward } from "../model/transformer.ts";
import { createLearner, freeLearner, type Learner } from "../train/learner.ts";
import { type AdamWSettings, applyUpdate, decodeStats } from "../train/optimizer.ts";
import { addTargetGradients, allocateTargets } from "../train/target_gradients.ts";
import {
  type CaseResult,
  type Checker,
  compareCase,
  type Comparison,
  missingCases,
  readJson,
} from "./checker.ts";

/** float32 against float64, from the README of the fixtures: logits, log-probs and entropies, absolute. */
export const OUTPUT_TOLERANCE = 1e-4;
/** Gradients, relative to the largest entry of the tensor. */
const GRADIENT_TOLERANCE = 1e-4;

/** A model of the fixtures, or why it is not one that this project computes. */
export async function loadFixtureModel(folder: string): Promise<ModelFiles | string> {
  try {
    return await loadModelFolder(folder);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}`;
    throw error;
  }
}

/** Reads a file of f32 tensors. */
export async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const tensors = readSafetensors(await Deno.readFile(path));
  return new Map(Array.from(tensors, ([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
}

interface ForwardInput {
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly ids: number[][];
  readonly targets: number[][];
  readonly logp: number[][];
  readonly entropy: number[][];
  readonly topk_ids: number[][][];
  readonly topk_logp: number[][][];
}

/** Folders with other precisions of the same weights, by the suffix of their logits. */
const PRECISIONS = [["", ""], ["f16/", ".f16"], ["bf16_sharded/", ".bf16"]] as const;

export const forwardChecker: Checker = {
  matches: (path) => /^models\/[^/]+\/forward\.json$/.test(path),
  async check(path, folder, { backend }) {
    const { k, inputs } = await readJson(folder, path) as { k: number; inputs: ForwardInput[] };
    const root = `${folder}/${path.slice(0, -"forward.json".length)}`;
    const logits = await readTensors(`${root}forward.safetensors`);
    const full = await loadFixtureModel(root);
    const results: CaseResult[] = [];
    for (const [below, suffix] of PRECISIONS) {
      const cases = inputs.filter(({ name }) => logits.has(name + suffix));
      if (cases.length === 0) continue;
      const files = typeof full === "string" ? full : await loadFixtureModel(root + below);
      if (typeof files === "string") {
        results.push(...missingCases(cases.map(({ name }) => name + suffix), files));
        continue;
      }
      const rows = Math.max(...cases.map(({ shape: [batch, sequence] }) => batch * sequence));
      const learner = createLearner(backend, files.config, files.tensors, { rows, targets: rows });
      try {
        for (const input of cases) {
          results.push(
            await checkForward(learner, input, { k, suffix, logits: logits.get(input.name + suffix)! }),
          );
        }
      } finally {
        freeLearner(learner);
      }
    }
    return results;
  },
};

/** Logits of every position; with full precision also what is derived from them. */
async function checkForward(
  learner: Learner,
  input: ForwardInput,
  { k, suffix, logits: expectedLogits }: {
    readonly k: number;
    readonly suffix: string;
    readonly logits: Float32Array;
  },
): Promise<CaseResult> {
  const { backend, model, parameters, batch: views, saved, scratch } = learner;
  const { vocab } = model.config;
  const [batch, sequence] = input.shape, count = batch * sequence;
  const shape = { batch, sequence, targets: count };
  const targetRows = Uint32Array.from({ length: count }, (_, i) => i);
  writeForwardBatch(backend, views, { ids: Uint32Array.from(input.ids.flat()), targetRows, shape });
  forward(model, parameters.views, { input: views, shape }, { saved, scratch });
  const arrays = allocateTargets(backend, count);
  backend.write(arrays.targets, Uint32Array.from(input.targets.flat()));
  const top = { ids: backend.allocate("top ids", count * k), logp: backend.allocate("top logp", count * k) };
  try {
    const [rows, ...more] = chunksOf(model.config, scratch.logits, count), { logits } = scratch;
    if (!rows || more.length > 0) {
      throw new RangeError(`${input.name}: logits of ${count} rows do not fit at once`);
    }
    headForward(model, parameters.views, { saved, scratch }, rows);
    tokenLogprob.forward(backend, { logits, ...arrays, places: views.rowNumbers }, { count, vocab });
    tokenLogprob.topK(backend, { logits, lse: arrays.lse, ...top }, { count, vocab, k });
    const absolute = (name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Comparison => ({
      name,
      actual,
      expected,
      tolerance: OUTPUT_TOLERANCE,
    });
    const whole = await readFloats(backend, { ...logits, length: count * vocab });
    const comparisons = [absolute("logits", whole, expectedLogits)];
    if (suffix === "") {
      comparisons.push(
        absolute("logp", await readFloats(backend, arrays.logp), input.logp.flat()),
        absolute("entropy", await readFloats(backend, arrays.entropy), input.entropy.flat()),
        absolute("topk_logp", await readFloats(backend, top.logp), input.topk_logp.flat(2)),
        {
          name: "topk_ids",
          actual: await readWords(backend, top.ids),
          expected: input.topk_ids.flat(2),
          tolerance: 0,
        },
      );
    }
    return compareCase(input.name + suffix, comparisons);
  } finally {
    freeViews(backend, { arrays, top });
  }
}

interface LossBatch {
  readonly input_ids: number[][];
  readonly target_ids: number[][];
  readonly rows: readonly {
    readonly prompt_len: number;
    readonly response_len: number;
    readonly masked_positions: readonly number[];
    readonly p_mask: number;
  }[];
}

type LossName = "masked_ce" | "elbo";

interface LossesJson {
  readonly batches: readonly LossBatch[];
  readonly masked_ce: { readonly loss: number; readonly grad_norm: number };
  readonly elbo: {
    readonly loss: number;
    readonly grad_norm: number;
    readonly tensor_norms?: Readonly<Record<string, number>>;
  };
}

/** The masked positions of a batch, and d loss / d logp of each. */
function lossBatch(name: LossName, { input_ids, target_ids, rows }: LossBatch) {
  const sequence = input_ids[0]!.length;
  const masked = rows.flatMap((row, r) =>
    row.masked_positions.map((position) => ({
      row: r * sequence + position,
      target: target_ids[r]![position]!,
      elbo: -1 / (row.p_mask * row.response_len * rows.length),
    }))
  );
  const batch: HostBatch = {
    ids: Uint32Array.from(input_ids.flat()),
    targetRows: Uint32Array.from(masked, ({ row }) => row),
    shape: { batch: rows.length, sequence, targets: masked.length },
  };
  return {
    batch,
    targets: Uint32Array.from(masked, ({ target }) => target),
    dlogp: Float32Array.from(masked, ({ elbo }) => name === "elbo" ? elbo : -1 / masked.length),
  };
}

function lossLimits(batches: readonly LossBatch[]) {
  const rows = Math.max(...batches.map(({ input_ids }) => input_ids.length * input_ids[0]!.length));
  return { rows, targets: rows };
}

/** Collects the gradient of a loss in the learner's optimiser and returns the loss. */
async function lossGradient(learner: Learner, name: LossName, json: LossBatch): Promise<number> {
  const { backend } = learner, { batch, targets, dlogp } = lossBatch(name, json);
  const arrays = allocateTargets(backend, targets.length);
  try {
    backend.write(arrays.targets, targets);
    backend.write(arrays.dlogp, dlogp);
    addTargetGradients(learner, arrays, batch);
    const logp = await readFloats(backend, arrays.logp);
    return logp.reduce((sum, value, i) => sum + value * dlogp[i]!, 0);
  } finally {
    freeViews(backend, arrays);
  }
}

/** Comparisons of every tensor of a gradient, and of the norms where they are given. */
export function gradientComparisons(
  actual: NamedTensors,
  expected: ReadonlyMap<string, Float32Array>,
  norm: number,
  tensorNorms: Readonly<Record<string, number>> = {},
): Comparison[] {
  const normOf = (data: ArrayLike<number>) => Math.sqrt(Array.from(data).reduce((sum, g) => sum + g * g, 0));
  const tensor = (name: string) => actual.get(name)?.data ?? [];
  const whole = Math.sqrt(Array.from(actual.values()).reduce((sum, { data }) => sum + normOf(data) ** 2, 0));
  const tolerance = GRADIENT_TOLERANCE;
  return [
    { name: "grad_norm", actual: whole, expected: norm, tolerance },
    ...Array.from(expected, ([name, want]) => ({ name, actual: tensor(name), expected: want, tolerance })),
    ...Object.entries(tensorNorms).map(([name, want]) => ({
      name: `norm of ${name}`,
      actual: normOf(tensor(name)),
      expected: want,
      tolerance,
    })),
  ];
}

export const lossChecker: Checker = {
  matches: (path) => /^models\/[^/]+\/losses\.json$/.test(path),
  async check(path, folder, { backend }) {
    const json = await readJson(folder, path) as LossesJson;
    const names: LossName[] = ["masked_ce", "elbo"];
    const root = `${folder}/${path.slice(0, -"losses.json".length)}`;
    const files = await loadFixtureModel(root);
    if (typeof files === "string") return missingCases(names, files);
    const results: CaseResult[] = [];
    for (const name of names) {
      const learner = createLearner(backend, files.config, files.tensors, lossLimits(json.batches));
      try {
        const loss = await lossGradient(learner, name, json.batches[0]!);
        const gradient = await readParameters(backend, learner.optimizer.gradients);
        const expected = await readTensors(`${root}grads_${name}.safetensors`);
        const norms = name === "elbo" ? json.elbo.tensor_norms : undefined;
        results.push(compareCase(name, [
          { name: "loss", actual: loss, expected: json[name].loss, tolerance: OUTPUT_TOLERANCE },
          ...gradientComparisons(gradient, expected, json[name].grad_norm, norms),
        ]));
      } finally {
        freeLearner(learner);
      }
    }
    return results;
  },
};

interface AdamWRun {
  readonly name: string;
  readonly hyper: {
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weight_decay: number;
    readonly max_grad_norm: number | null;
    readonly decay_1d: boolean;
  };
  readonly steps: readonly {
    readonly loss: number;
    readonly grad_norm: number;
    readonly clip_coef: number;
  }[];
  readonly files: Readonly<Record<string, string>>;
}

export const adamwChecker: Checker = {
  matches: (path) => /^models\/[^/]+\/adamw\.json$/.test(path),
  async check(path, folder, { backend }) {
    const { runs, loss } = await readJson(folder, path) as { runs: AdamWRun[]; loss: LossName };
    const root = `${folder}/${path.slice(0, -"adamw.json".length)}`;
    const files = await loadFixtureModel(root);
    if (typeof files === "string") return missingCases(runs.map(({ name }) => name), files);
    const { batches } = await readJson(root, "losses.json") as LossesJson;
    const results: CaseResult[] = [];
    for (const run of runs) results.push(await checkAdamW(backend, files, run, { loss, batches, root }));
    return results;
  },
};

async function checkAdamW(
  backend: Backend,
  { config, tensors }: ModelFiles,
  { name, hyper, steps, files }: AdamWRun,
  { loss, batches, root }: {
    readonly loss: LossName;
    readonly batches: readonly LossBatch[];
    /** Folder of the files. */
    readonly root: string;
  },
): Promise<CaseResult> {
  const settings: AdamWSettings = {
    beta1: hyper.betas[0],
    beta2: hyper.betas[1],
    epsilon: hyper.eps,
    weightDecay: hyper.weight_decay,
    decay1d: hyper.decay_1d,
    maxGradNorm: hyper.max_grad_norm ?? 0,
  };
  const learner = createLearner(backend, config, tensors, lossLimits(batches));
  const comparisons: Comparison[] = [];
  try {
    for (const [index, expected] of steps.entries()) {
      const step = index + 1;
      const found = await lossGradient(learner, loss, batches[index]!);
      applyUpdate(backend, learner.optimizer, { settings, learningRate: hyper.lr, number: step });
      const [words] = await backend.read(learner.optimizer.stats);
      const { gradNorm } = decodeStats(words!);
      const clip = settings.maxGradNorm ? Math.min(1, settings.maxGradNorm / (gradNorm + 1e-6)) : 1;
      comparisons.push(
        { name: `loss ${step}`, actual: found, expected: expected.loss, tolerance: OUTPUT_TOLERANCE },
        {
          name: `grad_norm ${step}`,
          actual: gradNorm,
          expected: expected.grad_norm,
          tolerance: GRADIENT_TOLERANCE,
        },
        {
          name: `clip_coef ${step}`,
          actual: clip,
          expected: expected.clip_coef,
          tolerance: GRADIENT_TOLERANCE,
        },
      );
      const file = files[step];
      if (!file) continue;
      const parameters = await readParameters(backend, learner.parameters);
      comparisons.push(...parameterComparisons(parameters, await readTensors(root + file), step, hyper.lr));
    }
  } finally {
    freeLearner(learner);
  }
  return compareCase(name, comparisons);
}

/** 99.9 % of all parameters within 2e-6, the rest within 2 lr: the sign of a gradient near zero may differ. */
function parameterComparisons(
  parameters: NamedTensors,
  expected: ReadonlyMap<string, Float32Array>,
  step: number,
  learningRate: number,
): Comparison[] {
  const errors: number[] = [];
  for (const [name, want] of expected) {
    const got = parameters.get(name)?.data;
    if (got?.length !== want.length) throw new RangeError(`step ${step}: tensor ${name} has another size`);
    want.forEach((value, i) => errors.push(Math.abs(got[i]! - value)));
  }
  errors.sort((a, b) => a - b);
  const quantile = errors[Math.ceil(errors.length * 0.999) - 1]!;
  const within = (name: string, actual: number, tolerance: number): Comparison => ({
    name: `parameters after step ${step}, ${name}`,
    actual,
    expected: 0,
    tolerance,
  });
  return [within("99.9 %", quantile, 2e-6), within("all", errors.at(-1)!, 2 * learningRate)];
}
