/**
 * Base training: a small masked-diffusion model from scratch, on demonstrations of a task's training split.
 *
 * For every demonstration a number of response tokens is drawn uniformly and so many positions are masked; the
 * loss is the mean over rows of the mean cross-entropy of a row's masked tokens, which is the count form of the
 * negative ELBO divided by the response length (LLaDA, Nie et al. 2025, eq. 5). A recipe is a list of phases,
 * so that a clean phase can be followed by one whose demonstrations carry the task's systematic mistake.
 */

import type { Backend } from "../../kernels/backend.ts";
import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import type { Task } from "../../tasks/task.ts";
import { freeViews } from "../model/activations.ts";
import { writeTrainingBatch } from "../model/batch.ts";
import type { ModelConfig } from "../model/config.ts";
import {
  type HostTensor,
  type Initialisation,
  initialTensors,
  layoutParameters,
  readParameters,
} from "../model/parameters.ts";
import { backward, forward } from "../model/transformer.ts";
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

/** Steps between two readings of the loss; each costs a wait for the device. */
const REPORT_EVERY = 25;

/** Steps between two checkpoints: a multiple of `REPORT_EVERY`, so that none is taken of a broken run. */
const CHECKPOINT_EVERY = 100;

/**
 * Trains a base model and returns its parameters by name. With `interruption` it continues from the last
 * checkpoint and gives the same parameters as an uninterrupted training.
 * @throws Error if gradients are non-finite at a report; between reports such an update is skipped
 * @throws the reason of the signal when it was aborted
 */
export async function trainBase(
  backend: Backend,
  config: ModelConfig,
  task: Task,
  recipe: BaseRecipe,
  seed: number,
  report: (progress: BaseProgress) => void,
  interruption?: BaseInterruption,
): Promise<Map<string, HostTensor>> {
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const tensors = initialTensors(layout, recipe.initialisation, { seed, stream: Stream.parameters });
  const sequence = task.promptLength + task.responseLength;
  const largest = Math.max(...recipe.phases.map(({ batch }) => batch));
  const limits = { rows: largest * sequence, targets: largest * task.responseLength };
  const learner = createLearner(backend, config, tensors, limits);
  const { model, parameters, optimizer, batch: views, saved, scratch, gradients } = learner;
  const allocate = (name: string) => backend.allocate(`base ${name}`, limits.targets);
  const arrays = {
    targets: allocate("targets"),
    logp: allocate("logp"),
    lse: allocate("lse"),
    entropy: allocate("entropy"),
    dlogp: allocate("dlogp"),
  };
  const steps = recipe.phases.reduce((sum, phase) => sum + phase.steps, 0);
  try {
    const found = interruption && await loadLatestCheckpoint(interruption.folder, interruption.warn);
    if (found) restoreLearner(learner, found.tensors);
    let step = found?.step ?? 0, phaseStart = 0;
    for (const phase of recipe.phases) {
      for (; step < phaseStart + phase.steps; step++) {
        const inPhase = step - phaseStart;
        const batch = demonstrationBatch(task, config.maskId, phase, seed, step);
        const range = { count: batch.targets.length, vocab: config.vocab, first: 0 };
        writeTrainingBatch(backend, views, batch, config.vocab);
        backend.write(arrays.targets, batch.targets);
        backend.write(arrays.dlogp, batch.dlogp);
        forward(model, parameters.views, views, batch.shape, saved, scratch);
        tokenLogprob.forward(backend, { logits: saved.logits, ...arrays }, range);
        tokenLogprob.backward(backend, {
          logits: saved.logits,
          ...arrays,
          dentropy: arrays.dlogp,
          dlogits: gradients.logits,
        }, { ...range, entropyTerm: false });
        backward(model, parameters.views, optimizer.gradients.views, views, batch.shape, saved, gradients);
        applyUpdate(
          backend,
          optimizer,
          recipe.optimizer,
          learningRate(phase.schedule, inPhase, phase.steps),
          step + 1,
        );
        if ((step + 1) % REPORT_EVERY === 0 || step + 1 === steps) {
          const [stats, logp] = await backend.read(optimizer.stats, {
            ...arrays.logp,
            length: batch.targets.length,
          });
          const { nonFinite } = decodeStats(stats!);
          if (nonFinite > 0) {
            throw new Error(
              `base training of ${task.id} met ${nonFinite} non-finite gradients at step ${step + 1}; ` +
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

/** One batch of masked demonstrations: inputs, the tokens to predict and d loss / d logp of each. */
export function demonstrationBatch(
  task: Task,
  maskId: number,
  { batch, flaw }: Pick<BasePhase, "batch" | "flaw">,
  seed: number,
  step: number,
) {
  const { vocabulary, promptLength, responseLength } = task;
  const sequence = promptLength + responseLength;
  const ids = new Uint32Array(batch * sequence);
  const targetRows: number[] = [], targets: number[] = [], dlogp: number[] = [];
  const positions = Array.from({ length: responseLength }, (_, i) => i);
  for (let row = 0; row < batch; row++) {
    const index = step * batch + row;
    const example = task.generate("train", seed, index);
    const response = vocabulary.encodePadded(task.demonstrate(example, flaw, seed, index), responseLength);
    ids.set(vocabulary.encodePadded(example.prompt, promptLength), row * sequence);
    ids.set(response, row * sequence + promptLength);
    const random = randomSequence({ seed, stream: Stream.baseMasks }, step, row);
    const count = 1 + random.below(responseLength);
    const masked = random.shuffle(positions.slice()).slice(0, count).sort((a, b) => a - b);
    for (const position of masked) {
      const at = row * sequence + promptLength + position;
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
