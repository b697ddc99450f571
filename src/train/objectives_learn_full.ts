/** Every objective, with its defaults where sizes allow, teaches a toy task to an untrained model. */

import { assert } from "@std/assert";
import { openCpu } from "../../kernels/cpu.ts";
import type { Task } from "../../tasks/task.ts";
import { createSampler, freeSampler } from "../diffusion/sampler.ts";
import { smallTensors } from "../model/testing.ts";
import { hyperOf } from "../objectives/value.ts";
import type { Objective } from "../objectives/objective.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { engineSizes } from "./cost.ts";
import { createLearner, freeLearner } from "./learner.ts";
import { type PolicySettings, policyStep, type StepLog } from "./policy.ts";
import { ADAMW, echoConfig, echoTask } from "./testing.ts";
import { createUpdateEngine, freeUpdateEngine } from "./update_engine.ts";

const STEPS = 60, BATCH = 24;
/** A quarter of the reward for every "a". */
const task: Task<string> = {
  ...echoTask,
  rewards: (batch) => Promise.resolve(batch.map(({ text }) => (text.match(/a/g)?.length ?? 0) / 4)),
};
const SIZES = { samples: 4, systematicCounts: 1, normalize: 1, steps: 4, tokensPerStep: 2, shrink: 2 };
const settings: PolicySettings = {
  steps: STEPS,
  prompts: 4,
  group: 6,
  innerUpdates: 2,
  schedule: { peak: 0.005, warmup: 2, decay: "constant", final: 1 },
  optimizer: { ...ADAMW, maxGradNorm: 1 },
  rollout: { steps: 4, blockLength: 2, temperature: 1 },
};

async function train(objective: Objective): Promise<StepLog[]> {
  using backend = await openCpu();
  const sizes = Object.entries(SIZES).filter(([name]) => name in objective.defaults);
  const hyper = hyperOf(objective, Object.fromEntries(sizes));
  const length = task.responseLength, sequence = length + task.promptLength;
  const tensors = smallTensors(echoConfig);
  const limits = { rows: BATCH * sequence, targets: BATCH * length };
  const learner = createLearner(backend, echoConfig, tensors, limits);
  const sampler = createSampler(learner.model, { batch: BATCH, sequence, length });
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode: "two-pass",
    ...engineSizes(settings, objective, hyper, length),
    reference: tensors,
  });
  try {
    const log: StepLog[] = [];
    while (log.length < STEPS) log.push(await policyStep({ task, seed: 1, settings, engine, sampler }, log));
    return log;
  } finally {
    freeUpdateEngine(engine);
    freeSampler(sampler);
    freeLearner(learner);
  }
}

const meanReward = (lines: readonly StepLog[]) =>
  lines.reduce((sum, { reward }) => sum + reward, 0) / lines.length;

for (const objective of OBJECTIVES) {
  Deno.test(`${objective.id} raises the reward of a toy task from below 0.1 to above 0.8`, async () => {
    const log = await train(objective);
    const before = meanReward(log.slice(0, 5)), after = meanReward(log.slice(-5));
    assert(before < 0.1 && after > 0.8, `rewards ${before} and ${after}`);
    assert(log.every(({ nonFinite }) => nonFinite.every((count) => count === 0)));
  });
}
