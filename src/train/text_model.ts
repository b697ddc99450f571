/** A small model of bytes, trained from scratch on worked responses of real tasks: it shows that the path works. */

import type { Backend } from "../../kernels/backend.ts";
import type { Demonstration } from "../../tasks/demonstrations.ts";
import type { ModelConfig } from "../model/config.ts";
import type { HostTensor } from "../model/parameters.ts";
import { byteTokenizer } from "../model/tokenizers/byte.ts";
import { promptIds } from "../model/tokenizers/prompt.ts";
import {
  type BaseInterruption,
  type BaseProgress,
  type BaseRecipe,
  type TokenPair,
  trainOn,
} from "./base.ts";
import { fits, textData } from "./text_data.ts";

export interface TextModelSettings {
  /** Ids of real tasks, each drawn as often as another. */
  readonly tasks: readonly string[];
  readonly seed: number;
  readonly steps: number;
  readonly dim: number;
  readonly layers: number;
}

/** How the tasks ask; evaluation asks so by default. */
export const PROTOCOL = "chat";
/** Tokens of the longest training text, and texts per update. */
const SEQUENCE = 512, BATCH = 8;
/** Longest sequence in evaluation: any prompt of the real test sets with a response of 512 bytes. */
const MAX_SEQUENCE = 8192;
export const HEAD_DIM = 16;

/** RoPE, because learned positions beyond those of training texts would be noise. */
function textModelConfig({ dim, layers }: TextModelSettings): ModelConfig {
  const { size, maskId, endId } = byteTokenizer;
  return {
    vocab: size,
    dim,
    layers,
    heads: dim / HEAD_DIM,
    kvHeads: dim / HEAD_DIM,
    headDim: HEAD_DIM,
    hidden: 8 * Math.ceil(dim / 3),
    position: "rope",
    ropeTheta: 10_000,
    maxSequence: MAX_SEQUENCE,
    normEpsilon: 1e-5,
    maskId,
    eosId: endId,
    tiedHead: false,
  };
}

function recipeOf(steps: number): BaseRecipe {
  const warmup = Math.min(50, Math.floor(steps / 4));
  return {
    initialisation: { embeddingStd: 0.1, linearGain: 0.577 },
    optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, decay1d: false, maxGradNorm: 1 },
    phases: [{
      steps,
      batch: BATCH,
      schedule: { peak: 3e-3, warmup, decay: "cosine", final: 0.05 },
      flaw: 0,
    }],
  };
}

/** Everything that determines the model but the device and the source. */
export function textModelPlan(settings: TextModelSettings) {
  return {
    ...settings,
    protocol: PROTOCOL,
    sequence: SEQUENCE,
    config: textModelConfig(settings),
    recipe: recipeOf(settings.steps),
  };
}

function pairOf({ prompt, response }: Demonstration): TokenPair {
  return { prompt: promptIds(byteTokenizer, prompt, PROTOCOL), response: byteTokenizer.encode(response) };
}

/** What of a task's training rows a model is trained on. */
export interface TextShare {
  readonly task: string;
  /** Demonstrations that are short enough. */
  readonly used: number;
  readonly total: number;
}

/**
 * Trains the model and returns its parameters by name.
 * @param texts of each of the settings' tasks, in that order, asked by `PROTOCOL`
 * @param shares called once, before training: longer texts are left out, and counted
 * @throws the reason of the signal when it was aborted
 */
export async function trainTextModel(
  backend: Backend,
  { texts, settings }: {
    readonly texts: readonly (readonly Demonstration[])[];
    readonly settings: TextModelSettings;
  },
  { shares, report }: {
    readonly shares: (shares: readonly TextShare[]) => void;
    readonly report: (progress: BaseProgress) => void;
  },
  interruption: BaseInterruption,
): Promise<Map<string, HostTensor>> {
  const { config, recipe } = textModelPlan(settings);
  const used = texts.map((demonstrations) =>
    demonstrations.map(pairOf).filter((pair) => fits(pair, SEQUENCE))
  );
  shares(settings.tasks.map((task, i) => ({ task, used: used[i]!.length, total: texts[i]!.length })));
  const data = textData({
    name: "a model of bytes",
    tasks: used,
    batch: BATCH,
    sequence: SEQUENCE,
    maskId: config.maskId,
    endId: config.eosId,
    seed: settings.seed,
  });
  return await trainOn(backend, { config, data, recipe, seed: settings.seed }, report, interruption);
}
