/** Gradients of objectives on given rollouts, collected as training does but not applied. */

import { Stream } from "../../../kernels/philox/random.ts";
import { loadParameters, type NamedTensors } from "../../model/parameters.ts";
import { hyperOf, needsOf } from "../../objectives/value.ts";
import type { Hyper } from "../../objectives/objective.ts";
import { engineSizes, forwardsPerState } from "../../train/cost.ts";
import { type PlannedUpdate, planUpdates } from "../../train/rollout_plan.ts";
import { beginUpdate, collectGradients } from "../../train/update.ts";
import {
  createUpdateEngine,
  freeUpdateEngine,
  type MemoryMode,
  type UpdateEngine,
} from "../../train/update_engine.ts";
import type { Batch, BatchSize, Laboratory } from "./laboratory.ts";
import { measuredObjective } from "./objectives.ts";
import type { Vector } from "./vectors.ts";

/** An objective with the settings in which it differs from its defaults. */
export interface ObjectiveChoice {
  readonly objective: string;
  readonly settings: Hyper;
}

export interface EngineSize extends BatchSize {
  readonly mode?: MemoryMode;
  /** Passes over one rollout; default 2, so that there is a plan whose ratios are not 1 by definition. */
  readonly innerUpdates?: number;
  /** Updates per pass; default 1. */
  readonly miniBatches?: number;
}

/** Ratios of the first update are 1 by definition; those of the second are against the policy when it began. */
const ON_POLICY = 0, OFF_POLICY = 1;

/** Runs `use` with an engine of the objective, whose reference is the base model, and frees it. */
export async function withEngine<T>(
  { learner, task, decoding, base }: Laboratory,
  { objective: id, settings }: ObjectiveChoice,
  { mode = "two-pass", innerUpdates = 2, ...size }: EngineSize,
  use: (engine: UpdateEngine) => Promise<T>,
): Promise<T> {
  const objective = measuredObjective(id), hyper = hyperOf(objective, settings);
  const rollout = { ...decoding, temperature: 1 };
  const engine = createUpdateEngine(learner, {
    objective,
    hyper,
    mode,
    ...engineSizes({ ...size, innerUpdates, rollout }, objective, hyper, task.responseLength),
    reference: needsOf(objective, hyper).reference ? base : null,
  });
  try {
    return await use(engine);
  } finally {
    freeUpdateEngine(engine);
  }
}

/** One update of an engine's objective over a batch. Other `draw`s draw other masks. */
export async function firstPlan(
  engine: UpdateEngine,
  { seed, task, decoding }: Laboratory,
  batch: Batch,
  draw: number,
): Promise<PlannedUpdate> {
  const { learner, objective, hyper } = engine;
  const [planned] = await planUpdates(
    batch,
    {
      objective,
      hyper,
      config: learner.model.config,
      step: draw,
      random: { seed, stream: Stream.objectiveStates },
      rolloutSteps: decoding.steps,
      innerUpdates: 1,
      miniBatches: 1,
    },
    (completions) =>
      task.rewards(completions.map(({ response, tokens }) => ({
        example: batch.examples[response]!,
        text: task.vocabulary.decode(tokens),
      }))),
  );
  return planned!;
}

/** Forward passes of an on-policy update, a backward pass counted as two. */
export function updateForwards(engine: UpdateEngine, { states }: PlannedUpdate): number {
  return states.length * forwardsPerState(engine, true);
}

/** Gradient of the loss, at the current policy, against the policy that rolled out. Leaves no gradient behind. */
export async function gradientOf(
  engine: UpdateEngine,
  planned: PlannedUpdate,
  policies: { readonly old: NamedTensors; readonly current: NamedTensors } | null = null,
): Promise<Vector> {
  const { learner: { backend, parameters, optimizer: { gradients } } } = engine;
  if (policies) loadParameters(backend, parameters, policies.old);
  const update = beginUpdate(engine, planned, policies ? OFF_POLICY : ON_POLICY);
  if (policies) loadParameters(backend, parameters, policies.current);
  collectGradients(update);
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
