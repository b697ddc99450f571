/** One training run from the base model, with the score along it; responses may come from a stale or rounded policy. */

import { forwardFlops } from "../../model/flops.ts";
import {
  allocateParameters,
  freeParameters,
  loadParameters,
  type NamedTensors,
  type ParameterStore,
  readParameters,
} from "../../model/parameters.ts";
import { type GradedModel, gradeModel, heldOutExamples, strictlyCorrect } from "../../train/grade_model.ts";
import { hasDiverged, type PolicyRun, policyStep, type StepLog } from "../../train/policy.ts";
import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, type Laboratory, openLaboratory } from "./laboratory.ts";
import { FULL_MANTISSA, roundedTensors } from "./quantise.ts";
import { type ObjectiveChoice, withEngine } from "./updates.ts";

export interface TrainingRunParameters extends Place, BatchSize, ObjectiveChoice {
  readonly rollouts: number;
  readonly innerUpdates: number;
  /** Updates that one pass over a rollout is cut into, by prompt. */
  readonly miniBatches: number;
  readonly learningRate: number;
  /** Responses come from the policy of so many rollouts before; 0: the current one. */
  readonly lag: number;
  /** Mantissa bits of the weights that responses are sampled with; 23: all. */
  readonly mantissaBits: number;
  /** Score after every so many rollouts, on this many prompts of the test split, one sample each. */
  readonly every: number;
  readonly evaluation: number;
}

/** The score at one point of a run, and what it took to get there. */
export interface RunPoint {
  readonly rollouts: number;
  readonly updates: number;
  readonly responses: number;
  /** Of rollouts and updates, a backward pass counted as two forward passes; evaluation is left out. */
  readonly flops: number;
  /** Share of correct responses. */
  readonly score: number;
}

export interface TrainingRun {
  readonly curve: readonly RunPoint[];
  /** Mean training reward of every rollout. */
  readonly reward: readonly number[];
  readonly entropy: readonly (number | null)[];
  /** Per update. */
  readonly gradNorm: readonly (number | null)[];
  /** Per update: share of the targets with a signal whose weight is 0, and the mean KL from the anchor. */
  readonly maskShare: readonly number[];
  readonly kl: readonly (number | null)[];
  /** Updates that were not applied because their gradient was not finite. */
  readonly skipped: number;
  readonly diverged: boolean;
}

const WARMUP = 5;

export const trainingRun: Measurement<TrainingRunParameters, TrainingRun> = {
  name: "training-run",
  async measure(site, parameters) {
    const { rollouts, prompts, group, innerUpdates, miniBatches, learningRate, every } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const { task, learner, sampler, suite, decoding, seed } = laboratory;
    const settings = {
      steps: rollouts,
      prompts,
      group,
      innerUpdates,
      miniBatches,
      schedule: { peak: learningRate, warmup: WARMUP, decay: "constant", final: 1 } as const,
      optimizer: suite.optimizer,
      rollout: { ...decoding, temperature: 1 },
    };
    const behaviour = behaviourOf(laboratory, parameters);
    const examples = heldOutExamples(task, seed, parameters.evaluation);
    const score = async () => {
      const [{ score }] = await gradeModel({
        sampler,
        weights: learner.parameters.views,
        task,
        examples,
        responseLength: task.responseLength,
        decoding: settings.rollout,
        temperatures: [settings.rollout.temperature],
        seed,
      }) as [GradedModel];
      return strictlyCorrect(score) / score.items.length;
    };
    const perForward = forwardFlops(
      learner.model.config,
      task.promptLength + task.responseLength,
      task.responseLength,
    );
    try {
      return await withEngine(
        laboratory,
        parameters,
        { prompts, group, innerUpdates, miniBatches },
        async (engine) => {
          const log: StepLog[] = [];
          const curve = [{ rollouts: 0, updates: 0, responses: 0, flops: 0, score: await score() }];
          while (log.length < rollouts && !hasDiverged(log)) {
            site.signal.throwIfAborted();
            const weights = await behaviour.next();
            const run: PolicyRun = {
              task,
              seed,
              settings,
              engine,
              sampler,
              ...(weights && { behaviour: weights }),
            };
            const line = await policyStep(run, log);
            log.push(line);
            if (line.step % every === 0 || line.step === rollouts || hasDiverged(log)) {
              curve.push({
                rollouts: line.step,
                updates: log.reduce((sum, { value }) => sum + value.length, 0),
                responses: line.step * prompts * group,
                flops: line.forwards * perForward,
                score: await score(),
              });
            }
            site.report(line.step / rollouts);
          }
          return {
            curve,
            reward: log.map(({ reward }) => reward),
            entropy: log.map(({ entropy }) => entropy),
            gradNorm: log.flatMap(({ gradNorm }) => gradNorm),
            maskShare: log.flatMap(({ maskShare }) => maskShare),
            kl: log.flatMap(({ kl }) => kl),
            skipped: log.flatMap(({ nonFinite }) => nonFinite).filter((count) => count > 0).length,
            diverged: hasDiverged(log),
          };
        },
      );
    } finally {
      behaviour.free();
    }
  },
};

/** The weights that the next rollout is sampled with; null where they are the policy's own. */
interface Behaviour {
  next(): Promise<ParameterStore["views"] | null>;
  free(): void;
}

function behaviourOf(
  { learner: { backend, parameters }, base }: Laboratory,
  { lag, mantissaBits }: TrainingRunParameters,
): Behaviour {
  if (lag === 0 && mantissaBits === FULL_MANTISSA) {
    return { next: () => Promise.resolve(null), free() {} };
  }
  const store = allocateParameters(backend, parameters.layout, "behaviour");
  // Before there is a policy of so many rollouts ago, it is the base model.
  const past: NamedTensors[] = Array.from({ length: lag }, () => base);
  return {
    async next() {
      past.push(await readParameters(backend, parameters));
      loadParameters(backend, store, roundedTensors(past.shift()!, mantissaBits));
      return store.views;
    },
    free: () => freeParameters(backend, store),
  };
}
