/**
 * One policy update, top to bottom: masked states -> log-probs -> weights -> gradients -> AdamW.
 *
 * The gradient of every objective is that of `-sum w logp` with w held constant, so the update never asks which
 * algorithm it runs. States stream through in micro-batches with constant memory. A response-scoped objective
 * needs the log-probs of all states before any weight: `two-pass` evaluates everything once without gradients
 * and a second time with them (exact, constant memory), `retain` keeps every graph, as the papers' baselines do.
 */

import type { View } from "../../kernels/backend.ts";
import type { Column } from "../../kernels/objectives/inputs.ts";
import { weighStates, writePlan } from "../../kernels/objectives/mod.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { allocateSaved, type Saved } from "../model/activations.ts";
import { allocateBatch, type BatchViews, writeTrainingBatch } from "../model/batch.ts";
import { backward, forward } from "../model/transformer.ts";
import { columnsOf, valueOf } from "../objectives/value.ts";
import type { Objective } from "../objectives/objective.ts";
import type { MicroBatch } from "./micro_batches.ts";
import { type AdamWSettings, applyUpdate, decodeStats, type UpdateStats } from "./optimizer.ts";
import type { PreparedUpdate } from "./prepared_update.ts";
import { evaluateTargets, measureColumns, scoreTargets } from "./target_logprobs.ts";
import { type TrustMeasures, trustMeasures } from "./trust.ts";
import type { UpdateBuffers, UpdateEngine } from "./update_engine.ts";

/**
 * Uploads a prepared update into plan `index` and evaluates what its ratios are taken against. Called for all
 * updates over one rollout before the first of them changes the policy.
 * @throws Error if the objective needs what a rollout records and it was not recorded
 */
export function beginUpdate(engine: UpdateEngine, index: number, prepared: PreparedUpdate): void {
  const { learner: { backend, parameters }, objective, reference } = engine;
  const plan = engine.plans[index]!;
  writePlan(backend, plan, prepared.packed);
  backend.write(plan.tokens, concatenate(prepared.states.map((state) => state.targets)));
  if (prepared.distribution.kl) backend.write(plan.dkl!, prepared.distribution.kl.map((w) => -w));
  if (prepared.distribution.entropy) {
    backend.write(
      plan.dentropy!,
      prepared.distribution.entropy.map((w) => -w),
    );
  }
  if (objective.anchor === "rollout" && !prepared.recordedAnchor) {
    throw new Error(`${objective.id} needs the log-probs recorded at rollout`);
  }
  if (objective.divergence) {
    if (!prepared.recordedTop) throw new Error(`${objective.id} needs the likeliest tokens of the rollout`);
    backend.write(plan.topTokens!, prepared.recordedTop.tokens);
    backend.write(plan.topLogp!, prepared.recordedTop.logp);
  }
  if (prepared.recordedAnchor && objective.anchor !== "none") {
    backend.write(plan.anchor!, prepared.recordedAnchor);
  } else if (objective.anchor === "old" && !isOnPolicy(objective, index, prepared)) {
    scoreTargets(engine, parameters.views, prepared, plan, plan.anchor!);
  }
  if (objective.recomputed && index > 0) {
    scoreTargets(engine, parameters.views, prepared, plan, plan.recomputed!);
  }
  if (plan.reference) scoreTargets(engine, reference!.views, prepared, plan, plan.reference);
}

/** The buffers of an update, without those columns that its own log-probs stand for. */
function planOf({ plans, objective }: UpdateEngine, index: number, prepared: PreparedUpdate): UpdateBuffers {
  const plan = plans[index]!;
  return {
    ...plan,
    anchor: isOnPolicy(objective, index, prepared) ? null : plan.anchor,
    recomputed: index === 0 ? null : plan.recomputed,
  };
}

/** The first update starts from the rollout policy itself: its own log-probs are the anchor, bit for bit. */
function isOnPolicy({ anchor }: Objective, index: number, { recordedAnchor }: PreparedUpdate): boolean {
  return anchor === "none" || (anchor === "old" && index === 0 && !recordedAnchor);
}

/** Collects the gradient of the loss of plan `index` in the optimiser's gradients. */
export function collectGradients(engine: UpdateEngine, index: number, prepared: PreparedUpdate): void {
  const { objective, mode } = engine;
  const plan = planOf(engine, index, prepared);
  if (objective.scope !== "response") streamGradients(engine, prepared, plan);
  else if (mode === "two-pass") twoPassGradients(engine, prepared, plan);
  else retainGradients(engine, prepared, plan);
}

/** Weights of one micro-batch depend on nothing outside it: forward, weigh, backward, forget. */
function streamGradients(engine: UpdateEngine, prepared: PreparedUpdate, plan: UpdateBuffers): void {
  const { learner } = engine;
  for (const micro of prepared.microBatches) {
    if (micro.shape.targets === 0) continue;
    forwardForTraining(engine, prepared, micro, plan, learner.batch, learner.saved);
    weighRange(engine, prepared, plan, micro.firstState, micro.states);
    backpropagate(engine, prepared, micro, plan, learner.batch, learner.saved);
  }
}

/** Everything once without gradients, then once more with them: exact, since a forward pass is deterministic. */
function twoPassGradients(engine: UpdateEngine, prepared: PreparedUpdate, plan: UpdateBuffers): void {
  const { learner } = engine;
  scoreTargets(engine, learner.parameters.views, prepared, plan, plan.logp);
  weighRange(engine, prepared, plan, 0, prepared.states.length);
  for (const micro of prepared.microBatches) {
    if (micro.shape.targets === 0) continue;
    forwardForTraining(engine, prepared, micro, plan, learner.batch, learner.saved);
    backpropagate(engine, prepared, micro, plan, learner.batch, learner.saved);
  }
}

/** All graphs at once: memory grows with the number of states. */
function retainGradients(engine: UpdateEngine, prepared: PreparedUpdate, plan: UpdateBuffers): void {
  const { learner: { backend, model, limits }, retained } = engine;
  const used = prepared.microBatches.filter((micro) => micro.shape.targets > 0);
  used.forEach((micro, i) => {
    retained[i] ??= {
      batch: allocateBatch(backend, model.config.vocab, limits, `retained batch ${i}`),
      saved: allocateSaved(backend, model.config, limits, `retained activations ${i}`),
    };
    forwardForTraining(engine, prepared, micro, plan, retained[i].batch, retained[i].saved);
  });
  weighRange(engine, prepared, plan, 0, prepared.states.length);
  used.forEach((micro, i) => {
    backpropagate(engine, prepared, micro, plan, retained[i]!.batch, retained[i]!.saved);
  });
}

function forwardForTraining(
  engine: UpdateEngine,
  prepared: PreparedUpdate,
  micro: MicroBatch,
  plan: UpdateBuffers,
  batch: BatchViews,
  saved: Saved,
): void {
  const { learner } = engine, { backend, model, parameters, scratch } = learner;
  writeTrainingBatch(backend, batch, micro, model.config.vocab);
  forward(model, parameters.views, batch, micro.shape, saved, scratch);
  evaluateTargets(learner, micro, plan, saved, plan.logp);
  measureColumns(engine, prepared, micro, plan, saved);
}

function weighRange(
  { learner: { backend }, objective, hyper }: UpdateEngine,
  { packed, totals }: PreparedUpdate,
  plan: UpdateBuffers,
  first: number,
  count: number,
): void {
  weighStates(backend, objective, plan, packed, { first, count }, { hyper, totals });
}

function backpropagate(
  engine: UpdateEngine,
  { distribution }: PreparedUpdate,
  micro: MicroBatch,
  plan: UpdateBuffers,
  batch: BatchViews,
  saved: Saved,
): void {
  const { learner, reference, beside } = engine;
  const { backend, model, parameters, optimizer, scratch, gradients } = learner;
  const { tokens, lse, entropy, dlogp, dentropy, kl, dkl } = plan;
  const { logits } = saved, dlogits = gradients.logits;
  const range = { count: micro.shape.targets, vocab: model.config.vocab, first: micro.firstTarget };
  const entropyTerm = Boolean(distribution.entropy);
  tokenLogprob.backward(
    backend,
    { logits, targets: tokens, lse, entropy, dlogp, dentropy: entropyTerm ? dentropy! : dlogp, dlogits },
    { ...range, entropyTerm },
  );
  if (distribution.kl) {
    forward(model, reference!.views, batch, micro.shape, beside!.saved, scratch);
    evaluateTargets(
      learner,
      micro,
      { tokens, lse: beside!.lse, entropy: beside!.entropy },
      beside!.saved,
      beside!.logp,
    );
    const pair = {
      logits,
      lse,
      referenceLogits: beside!.saved.logits,
      referenceLse: beside!.lse,
      kl: kl!,
    };
    tokenLogprob.klForward(backend, pair, range);
    tokenLogprob.klBackward(backend, { ...pair, dkl: dkl!, dlogits }, range);
  }
  backward(model, parameters.views, optimizer.gradients.views, batch, micro.shape, saved, gradients);
}

/** Log-probs and statistics of one update, back on the host. */
export interface UpdateResult extends UpdateStats {
  /** Log-probs of all targets before the update. */
  readonly logp: Float32Array;
  readonly entropy: Float32Array;
  /** The maximised objective before the update. */
  readonly value: number;
  readonly trust: TrustMeasures;
}

/** Applies the collected gradients and reads back what the step log needs: one wait for the device. */
export async function finishUpdate(
  engine: UpdateEngine,
  index: number,
  prepared: PreparedUpdate,
  settings: AdamWSettings,
  learningRate: number,
  updateNumber: number,
): Promise<UpdateResult> {
  const { learner: { backend, optimizer }, objective } = engine;
  applyUpdate(backend, optimizer, settings, learningRate, updateNumber);
  const { targets } = prepared.totals;
  const plan = planOf(engine, index, prepared), needed = columnsOf(objective, engine.hyper);
  // Log-probs of the update itself are read in place of columns that they stand for.
  const read = [
    plan.logp,
    plan.dlogp,
    plan.entropy,
    plan.kl,
    ...needed.map((name) => plan[name]),
  ];
  const [stats, ...arrays] = await backend.read(
    optimizer.stats,
    ...read.map((view): View => ({ ...view ?? plan.logp, length: targets })),
  );
  const [logp, dlogp, entropy, kl, ...given] = arrays.map((words) => new Float32Array(words)) as [
    Float32Array,
    ...Float32Array[],
  ];
  const columns: { readonly [C in Column]?: Float32Array } = Object.fromEntries(
    needed.map((name, i) => [name, given[i]!]),
  );
  let value = valueOf(objective, engine.hyper, prepared.facts, { logp, ...columns });
  const { distribution } = prepared;
  if (distribution.kl) value += dot(distribution.kl, kl!);
  if (distribution.entropy) value += dot(distribution.entropy, entropy!);
  const trust = trustMeasures(prepared.facts, { logp, dlogp: dlogp!, anchor: columns.anchor ?? null });
  return { ...decodeStats(stats!), logp, entropy: entropy!, value, trust };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function concatenate(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
