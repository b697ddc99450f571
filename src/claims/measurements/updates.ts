/** Gradients of objectives on given rollouts, collected as training does but not applied. */

import { Stream } from "../../../kernels/philox/random.ts";
import { loadParameters, type NamedTensors } from "../../model/parameters.ts";
import { advantagesOf } from "../../objectives/advantage.ts";
import { completionLength, hyperOf, planFacts } from "../../objectives/evaluate.ts";
import type { Hyper } from "../../objectives/objective.ts";
import {
  beginUpdate,
  collectGradients,
  createUpdateEngine,
  freeUpdateEngine,
  type MemoryMode,
  type PreparedUpdate,
  prepareUpdate,
  type UpdateEngine,
} from "../../train/update.ts";
import type { Batch, Laboratory } from "./laboratory.ts";
import { measuredObjective } from "./objectives.ts";
import type { Vector } from "./vectors.ts";

/** An objective with the settings in which it differs from its defaults. */
export interface ObjectiveChoice {
  readonly objective: string;
  readonly settings: Hyper;
}

export interface EngineSize {
  readonly responses: number;
  readonly mode?: MemoryMode;
  /** Updates over one rollout; default 2. */
  readonly innerUpdates?: number;
}

/** Ratios of plan 0 are 1 by definition; those of plan 1 are taken against what was evaluated when it began. */
const ON_POLICY = 0, OFF_POLICY = 1;

/** Runs `use` with an engine of the objective, and frees it. */
export async function withEngine<T>(
  { learner, task, decoding }: Laboratory,
  { objective: id, settings }: ObjectiveChoice,
  { responses, mode = "two-pass", innerUpdates = 2 }: EngineSize,
  use: (engine: UpdateEngine) => Promise<T>,
): Promise<T> {
  const objective = measuredObjective(id), hyper = hyperOf(objective, settings);
  const shape = { rolloutSteps: decoding.steps, innerUpdates };
  const states = responses * objective.statesPerResponse(hyper, shape);
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    innerUpdates,
    capacity: { responses, states, targets: states * task.responseLength },
    reference: null,
    distribution: { kl: false, entropy: false },
  });
  try {
    return await use(engine);
  } finally {
    freeUpdateEngine(engine);
  }
}

/** The masked states of an engine's objective on a batch. Other `draw`s draw other masks. */
export function statesOf(
  engine: UpdateEngine,
  { seed, task, decoding }: Laboratory,
  batch: Batch,
  draw: number,
): PreparedUpdate {
  const { learner, objective, hyper } = engine;
  const { maskId, eosId } = learner.model.config;
  const { trajectories } = batch;
  const completionLengths = trajectories.map(({ tokens }) => completionLength(tokens, eosId));
  const random = { seed, stream: Stream.objectiveStates };
  const states = objective.plan(
    {
      trajectories,
      completionLengths,
      rolloutSteps: decoding.steps,
      innerUpdates: 1,
      step: draw,
      innerUpdate: 0,
      maskId,
      random,
    },
    hyper,
  );
  const facts = planFacts(states, {
    groups: batch.groups,
    lengths: batch.groups.map(() => task.responseLength),
    completionLengths,
    advantages: advantagesOf(batch.rewards, batch.groups, { ...objective.advantage, psi: hyper.psi }),
  });
  return prepareUpdate(learner, objective, hyper, states, facts, null);
}

/** Gradient of the loss, at the current policy, against the policy that rolled out. Leaves no gradient behind. */
export async function gradientOf(
  engine: UpdateEngine,
  prepared: PreparedUpdate,
  policies: { readonly old: NamedTensors; readonly current: NamedTensors } | null = null,
): Promise<Vector> {
  const { learner: { backend, parameters, optimizer: { gradients } } } = engine;
  const index = policies ? OFF_POLICY : ON_POLICY;
  if (policies) loadParameters(backend, parameters, policies.old);
  beginUpdate(engine, index, prepared);
  if (policies) loadParameters(backend, parameters, policies.current);
  collectGradients(engine, index, prepared);
  const shards = await backend.read(...gradients.shards);
  for (const shard of gradients.shards) backend.clear(shard);
  const parts = shards.map((words) => new Float32Array(words));
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
