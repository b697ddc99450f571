/** Tokens per second of training and of decoding, for whole models with random weights. */

import type { Backend } from "../../kernels/backend.ts";
import { Stream } from "../../kernels/philox/random.ts";
import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import { freeViews } from "../model/activations.ts";
import type { ModelConfig } from "../model/config.ts";
import { initialTensors, layoutParameters } from "../model/parameters.ts";
import { createLearner, freeLearner, type Learner } from "../train/learner.ts";
import { applyUpdate } from "../train/optimizer.ts";
import { addTargetGradients, allocateTargets } from "../train/target_gradients.ts";
import { integers } from "./inputs.ts";
import { ADAMW } from "./model_cases.ts";
import type { GpuReport } from "./report.ts";

export interface TimedModel {
  readonly name: string;
  readonly config: ModelConfig;
  readonly batch: number;
  readonly sequence: number;
  /** Tokens of a response; what is before it is the prompt. */
  readonly response: number;
}

const shared = {
  position: "rope",
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  maskId: 1,
  eosId: 0,
  tiedHead: false,
} as const;

function modelOf(
  sizes: Pick<ModelConfig, "vocab" | "dim" | "layers" | "heads" | "hidden" | "maxSequence">,
): ModelConfig {
  return { ...shared, ...sizes, kvHeads: sizes.heads, headDim: sizes.dim / sizes.heads };
}

/** The size of the default suite's models, and one of 0.1 billion parameters. */
export const FULL_MODELS: readonly TimedModel[] = [
  {
    name: "default model",
    config: modelOf({ vocab: 64, dim: 32, layers: 2, heads: 4, hidden: 88, maxSequence: 64 }),
    batch: 128,
    sequence: 48,
    response: 16,
  },
  {
    name: "0.1 B",
    config: modelOf({ vocab: 16_384, dim: 768, layers: 12, heads: 12, hidden: 2048, maxSequence: 256 }),
    batch: 16,
    sequence: 256,
    response: 128,
  },
];

/** Stands in for both where a driver on the CPU would take minutes. */
export const SMALL_MODELS: readonly TimedModel[] = [
  { ...FULL_MODELS[0]!, batch: 8 },
  {
    name: "small stand-in for 0.1 B",
    config: modelOf({ vocab: 4096, dim: 32, layers: 2, heads: 4, hidden: 88, maxSequence: 64 }),
    batch: 2,
    sequence: 32,
    response: 8,
  },
];

const STEPS = 4;

/** What is trained and sampled per second; null with a note where the device does not have the room. */
export async function timeModel(backend: Backend, timed: TimedModel): Promise<GpuReport["models"][number]> {
  const { name, config, batch, sequence } = timed;
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const parameters = layout.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const rows = batch * sequence;
  let learner: Learner | null = null;
  try {
    const tensors = initialTensors(layout, { embeddingStd: 0.1, linearGain: 0.6 }, {
      seed: 1,
      stream: Stream.parameters,
    });
    learner = createLearner(backend, config, tensors, { rows, targets: rows / 2 });
    return {
      name,
      parameters,
      trainingTokensPerSecond: rows / await trainingSeconds(learner, timed),
      sampledTokensPerSecond: batch * timed.response / await samplingSeconds(learner, timed),
      note: null,
    };
  } catch (error) {
    if ((error as Error).name !== "DeviceMemoryError") throw error;
    const note = (error as Error).message.slice(0, 1000);
    return { name, parameters, trainingTokensPerSecond: null, sampledTokensPerSecond: null, note };
  } finally {
    if (learner) freeLearner(learner);
  }
}

/** Of one step, the best of some; the first compiles. */
async function trainingSeconds(learner: Learner, { config, batch, sequence }: TimedModel): Promise<number> {
  const { backend, optimizer } = learner, rows = batch * sequence, targets = rows / 2;
  const arrays = allocateTargets(backend, targets);
  backend.write(arrays.targets, integers(targets, config.vocab, 90));
  backend.write(arrays.dlogp, new Float32Array(targets).fill(-1 / targets));
  const host = {
    ids: integers(rows, config.vocab, 91),
    targetRows: Uint32Array.from({ length: targets }, (_, i) => 2 * i),
    shape: { batch, sequence, targets },
  };
  let best = Infinity;
  try {
    for (let number = 1; number <= STEPS; number++) {
      const from = performance.now();
      addTargetGradients(learner, arrays, host);
      applyUpdate(backend, optimizer, { settings: ADAMW, learningRate: 1e-4, number });
      await backend.read(optimizer.stats);
      if (number > 1) best = Math.min(best, (performance.now() - from) / 1000);
    }
  } finally {
    freeViews(backend, arrays);
  }
  return best;
}

/** Of a batch of responses, one token per forward pass; the first compiles. */
async function samplingSeconds(
  { model, parameters }: Learner,
  { config, batch, sequence, response }: TimedModel,
): Promise<number> {
  const sampler = createSampler(model, { batch, sequence, length: response });
  const prompts = Array.from(
    { length: batch },
    (_, i) => integers(sequence - response, config.vocab, 92 + i),
  );
  const request = { prompts, rowKeys: prompts.map((_, i) => i), length: response };
  const random = { seed: 1, stream: Stream.rolloutTokens };
  const settings = {
    steps: response,
    blockLength: response,
    temperature: 1,
    remasking: "low-confidence",
  } as const;
  let best = Infinity;
  try {
    for (let round = 0; round < 2; round++) {
      const from = performance.now();
      await sample(sampler, parameters.views, { ...request, random }, settings);
      if (round > 0) best = Math.min(best, (performance.now() - from) / 1000);
    }
  } finally {
    freeSampler(sampler);
  }
  return best;
}
