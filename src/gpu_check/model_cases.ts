/** Parity of what kernels are put together to: weights of every objective, a training step, a rollout. */

import { Stream } from "../../kernels/philox/random.ts";
import type { PlanFacts } from "../../kernels/objectives/facts.ts";
import { COLUMNS } from "../../kernels/objectives/inputs.ts";
import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import { freeViews } from "../model/activations.ts";
import type { ModelConfig } from "../model/config.ts";
import { initialTensors, layoutParameters, readParameters } from "../model/parameters.ts";
import { deviceWeightsOf } from "../objectives/device.ts";
import type { Objective } from "../objectives/objective.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { planFacts } from "../objectives/value.ts";
import { createLearner, freeLearner } from "../train/learner.ts";
import { applyUpdate } from "../train/optimizer.ts";
import { addTargetGradients, allocateTargets } from "../train/target_gradients.ts";
import { floats, integers } from "./inputs.ts";
import type { Bench, ParityCase } from "./parity.ts";

/** Two layers with RoPE and shared key heads, and a vocabulary that has a workgroup per row of logits. */
const CONFIG: ModelConfig = {
  vocab: 4100,
  dim: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  hidden: 88,
  position: "rope",
  ropeTheta: 10_000,
  maxSequence: 64,
  normEpsilon: 1e-5,
  maskId: 1,
  eosId: 0,
  tiedHead: false,
};
const INITIAL = { embeddingStd: 0.5, linearGain: 1 };
export const ADAMW = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decay1d: false,
  maxGradNorm: 1,
};

/** Two responses of each of two prompts, each with two states whose positions overlap. */
function smallPlan(): PlanFacts {
  const states = Array.from({ length: 8 }, (_, s) => ({
    response: s >> 1,
    units: floats(4, 40 + s).map((u) => 1.5 + u),
    positions: Uint32Array.from({ length: 4 }, (_, k) => (s + 2 * k) % 9),
  }));
  return planFacts(states, {
    groups: [0, 0, 1, 1],
    lengths: [9, 9, 9, 9],
    completionLengths: [9, 5, 9, 7],
    advantages: [1, -0.5, 0.75, -1.25],
  });
}

function weightsCase(objective: Objective): ParityCase {
  return {
    name: `weights of ${objective.id}`,
    async run({ backend }: Bench) {
      const facts = smallPlan(), count = facts.states.reduce((sum, { units }) => sum + units.length, 0);
      const logp = floats(count, 60).map((x) => -2 + x);
      const columns = COLUMNS.map(({ name, from }, i) => {
        const values = floats(count, 61 + i, 0.2);
        return [name, values.map((x, k) => from === "measure" ? Math.abs(x) : logp[k]! + x)];
      });
      const logProbs = { logp, ...Object.fromEntries(columns) };
      return {
        floats: {
          weights: await deviceWeightsOf(backend, { objective, hyper: objective.defaults }, facts, logProbs),
        },
      };
    },
  };
}

const TRAINING: ParityCase = {
  name: "two training steps of a model",
  tolerance: 2e-3,
  async run({ backend }) {
    const batch = 6, sequence = 32, rows = batch * sequence, targets = rows / 2;
    const layout = layoutParameters(CONFIG, backend.traits.maxBufferElements);
    const tensors = initialTensors(layout, INITIAL, { seed: 1, stream: Stream.parameters });
    // Logits in two parts.
    const learner = createLearner(backend, CONFIG, tensors, { rows, targets, logitRows: 64 });
    const arrays = allocateTargets(backend, targets);
    try {
      for (const number of [1, 2]) {
        backend.write(arrays.targets, integers(targets, CONFIG.vocab, 70 + number));
        backend.write(arrays.dlogp, new Float32Array(targets).fill(-1 / targets));
        addTargetGradients(learner, arrays, {
          ids: integers(rows, CONFIG.vocab, 72 + number),
          targetRows: Uint32Array.from({ length: targets }, (_, i) => 2 * i + number % 2),
          shape: { batch, sequence, targets },
        });
        applyUpdate(backend, learner.optimizer, { settings: ADAMW, learningRate: 1e-3, number });
      }
      const [logp] = await backend.read(arrays.logp);
      const parameters = await readParameters(backend, learner.parameters);
      return {
        floats: {
          logp: new Float32Array(logp!),
          ...Object.fromEntries(Array.from(parameters, ([name, { data }]) => [name, data as Float32Array])),
        },
      };
    } finally {
      freeViews(backend, arrays);
      freeLearner(learner);
    }
  },
};

const ROLLOUT: ParityCase = {
  name: "a rollout of a model",
  // A token within rounding of another changes all that follows it in its response.
  wordTolerance: 0.1,
  async run({ backend }) {
    const batch = 12, length = 16, promptLength = 8, sequence = promptLength + length;
    const layout = layoutParameters(CONFIG, backend.traits.maxBufferElements);
    const tensors = initialTensors(layout, INITIAL, { seed: 2, stream: Stream.parameters });
    const learner = createLearner(backend, CONFIG, tensors, { rows: 1, targets: 1 });
    const sampler = createSampler(learner.model, { batch, sequence, length });
    try {
      const prompts = Array.from(
        { length: batch },
        (_, i) => integers(promptLength, CONFIG.vocab, 80 + (i >> 2)),
      );
      const request = {
        prompts,
        rowKeys: prompts.map((_, i) => i),
        length,
        random: { seed: 3, stream: Stream.rolloutTokens },
      };
      const settings = { steps: 8, blockLength: 8, remasking: "low-confidence" } as const;
      const temperature = prompts.map((_, i) => i % 2);
      const trajectories = await sample(sampler, learner.parameters.views, request, {
        ...settings,
        temperature,
      });
      return { words: { tokens: trajectories.flatMap(({ tokens }) => [...tokens]) } };
    } finally {
      freeSampler(sampler);
      freeLearner(learner);
    }
  },
};

export const MODEL_CASES: readonly ParityCase[] = [...OBJECTIVES.map(weightsCase), TRAINING, ROLLOUT];
