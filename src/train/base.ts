/**
 * Base training: a small masked-diffusion model from scratch, on demonstrations.
 *
 * For every demonstration a number of response tokens is drawn uniformly and so many positions are masked; the
 * loss is the mean over rows of the mean cross-entropy of a row's masked tokens, which is the count form of the
 * negative ELBO divided by the response length (LLaDA, Nie et al. 2025, eq. 5). A recipe is a list of phases,
 * so that a clean phase can be followed by one whose demonstrations carry the task's systematic mistake.
 */

import type { Backend } from "../../kernels/backend.ts";
import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import type { Task } from "../../tasks/task.ts";
import { type BatchLimits, freeViews } from "../model/activations.ts";
import type { HostBatch } from "../model/batch.ts";
import type { ModelConfig } from "../model/config.ts";
import {
  type HostTensor,
  type Initialisation,
  initialTensors,
  layoutParameters,
  readParameters,
} from "../model/parameters.ts";
import { addTargetGradients, allocateTargets } from "./target_gradients.ts";
import { type DamageReport, loadLatestCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { eventLoopTurn } from "./event_loop.ts";
import { createLearner, freeLearner, learnerTensors, restoreLearner } from "./learner.ts";
import { type AdamWSettings, applyUpdate, decodeStats } from "./optimizer.ts";
import { learningRate, type LearningRateSchedule } from "./schedule.ts";

export interface BasePhase {
  readonly steps: number;
  /** Demonstrations per step. */
  readonly batch: number;
  readonly schedule: LearningRateSchedule;
  /** Probability of the task's systematic mistake. */
  readonly flaw: number;
}

export interface BaseRecipe {
  readonly initialisation: Initialisation;
  readonly optimizer: AdamWSettings;
  readonly phases: readonly BasePhase[];
}

export interface BaseProgress {
  readonly step: number;
  readonly steps: number;
  /** Mean over rows of the mean cross-entropy of their masked tokens, nats. */
  readonly loss: number;
}

/** What lets base training continue after a crash or an interruption. */
export interface BaseInterruption {
  /** Folder of checkpoints of this very training. */
  readonly folder: string;
  readonly warn: DamageReport;
  /** Aborted: save a checkpoint at the next reading of the loss and throw its reason. */
  readonly signal: AbortSignal;
}

/** What a model is trained on. */
export interface TrainingData {
  /** What it is, for messages. */
  readonly name: string;
  /** Of the largest batch. */
  readonly limits: BatchLimits;
  /** The batch of a step, counted from the first of the first phase: a pure function of its arguments. */
  batch(phase: BasePhase, step: number): TrainingBatch;
}

/** Masked demonstrations: inputs, the tokens to predict and d loss / d logp of each. */
export interface TrainingBatch extends HostBatch {
  readonly targets: Uint32Array;
  readonly dlogp: Float32Array;
}

/** A prompt and a response as token ids. */
export interface TokenPair {
  readonly prompt: Uint32Array;
  readonly response: Uint32Array;
}

/** Steps between two readings of the loss; each costs a wait for the device. */
const REPORT_EVERY = 25;

/** Steps between two checkpoints: a multiple of `REPORT_EVERY`, so that none is taken of a broken run. */
const CHECKPOINT_EVERY = 100;

/** What decides a model trained from scratch, besides its data. */
export interface BasePlan {
  readonly config: ModelConfig;
  readonly recipe: BaseRecipe;
  readonly seed: number;
}

/** Trains a base model of a task on its generated examples; see `trainOn`. */
export function trainBase(
  backend: Backend,
  { task, ...plan }: BasePlan & { readonly task: Task },
  report: (progress: BaseProgress) => void,
  interruption?: BaseInterruption,
): Promise<Map<string, HostTensor>> {
  const { promptLength, responseLength } = task, { config, recipe, seed } = plan;
  const largest = Math.max(...recipe.phases.map(({ batch }) => batch));
  const data: TrainingData = {
    name: task.id,
    limits: { rows: largest * (promptLength + responseLength), targets: largest * responseLength },
    batch: (phase, step) => demonstrationBatch(task, config.maskId, phase, { seed, step }),
  };
  return trainOn(backend, { ...plan, data }, report, interruption);
}

/**
 * Trains a model from scratch and returns its parameters by name. With `interruption` it continues from the last
 * checkpoint and gives the same parameters as an uninterrupted training.
 * @throws Error if gradients are non-finite at a report; between reports such an update is skipped
 * @throws the reason of the signal when it was aborted
 */
export async function trainOn(
  backend: Backend,
  { config, data, recipe, seed }: BasePlan & { readonly data: TrainingData },
  report: (progress: BaseProgress) => void,
  interruption?: BaseInterruption,
): Promise<Map<string, HostTensor>> {
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const tensors = initialTensors(layout, recipe.initialisation, { seed, stream: Stream.parameters });
  const { limits } = data;
  const learner = createLearner(backend, config, tensors, limits);
  const { parameters, optimizer } = learner;
  const arrays = allocateTargets(backend, limits.targets);
  const steps = recipe.phases.reduce((sum, phase) => sum + phase.steps, 0);
  try {
    const found = interruption && await loadLatestCheckpoint(interruption.folder, interruption.warn);
    if (found) restoreLearner(learner, found.tensors);
    let step = found?.step ?? 0, phaseStart = 0;
    for (const phase of recipe.phases) {
      for (; step < phaseStart + phase.steps; step++) {
        const inPhase = step - phaseStart;
        const batch = data.batch(phase, step);
        backend.write(arrays.targets, batch.targets);
        backend.write(arrays.dlogp, batch.dlogp);
        addTargetGradients(learner, arrays, batch);
        applyUpdate(backend, optimizer, {
          settings: recipe.optimizer,
          learningRate: learningRate(phase.schedule, inPhase, phase.steps),
          number: step + 1,
        });
        if ((step + 1) % REPORT_EVERY === 0 || step + 1 === steps) {
          const [stats, logp] = await backend.read(optimizer.stats, {
            ...arrays.logp,
            length: batch.targets.length,
          });
          const { nonFinite } = decodeStats(stats!);
          if (nonFinite > 0) {
            throw new Error(
              `base training of ${data.name} met ${nonFinite} non-finite gradients at step ${step + 1}; ` +
                "lower the learning rate of its recipe",
            );
          }
          const loss = new Float32Array(logp!).reduce((sum, value, i) => sum + value * batch.dlogp[i]!, 0);
          report({ step: step + 1, steps, loss });
          await eventLoopTurn();
          const aborted = interruption?.signal.aborted;
          if (interruption && (aborted || (step + 1) % CHECKPOINT_EVERY === 0)) {
            const tensors = await learnerTensors(learner);
            await saveCheckpoint(interruption.folder, step + 1, { tensors, state: null });
          }
          interruption?.signal.throwIfAborted();
        }
      }
      phaseStart += phase.steps;
    }
    return await readParameters(backend, parameters);
  } finally {
    freeViews(backend, arrays);
    freeLearner(learner);
  }
}

/** The demonstrations of a step, masked. */
export function demonstrationBatch(
  task: Task,
  maskId: number,
  { batch, flaw }: Pick<BasePhase, "batch" | "flaw">,
  { seed, step }: { readonly seed: number; readonly step: number },
): TrainingBatch {
  const { vocabulary, promptLength, responseLength } = task;
  const pairs = Array.from({ length: batch }, (_, row): TokenPair => {
    const index = step * batch + row;
    const example = task.generate("train", seed, index);
    return {
      prompt: vocabulary.encodePadded(example.prompt, promptLength),
      response: vocabulary.encodePadded(task.demonstrate(example, flaw, seed, index), responseLength),
    };
  });
  return maskedBatch(pairs, maskId, seed, step);
}

/**
 * Masks a uniformly drawn number of response tokens of every pair.
 * @param pairs of one length, prompt and response together
 */
export function maskedBatch(
  pairs: readonly TokenPair[],
  maskId: number,
  seed: number,
  step: number,
): TrainingBatch {
  const batch = pairs.length, sequence = pairs[0]!.prompt.length + pairs[0]!.response.length;
  const ids = new Uint32Array(batch * sequence);
  const targetRows: number[] = [], targets: number[] = [], dlogp: number[] = [];
  for (const [row, { prompt, response }] of pairs.entries()) {
    ids.set(prompt, row * sequence);
    ids.set(response, row * sequence + prompt.length);
    const random = randomSequence({ seed, stream: Stream.baseMasks }, step, row);
    const count = 1 + random.below(response.length);
    const positions = random.shuffle(Array.from(response, (_, i) => i));
    for (const position of positions.slice(0, count).sort((a, b) => a - b)) {
      const at = row * sequence + prompt.length + position;
      ids[at] = maskId;
      targetRows.push(at);
      targets.push(response[position]!);
      dlogp.push(-1 / (batch * count));
    }
  }
  return {
    ids,
    targetRows: Uint32Array.from(targetRows),
    targets: Uint32Array.from(targets),
    dlogp: Float32Array.from(dlogp),
    shape: { batch, sequence, targets: targets.length },
  };
}
