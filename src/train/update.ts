/**
 * One policy update, top to bottom: masked states -> log-probs -> weights -> gradients -> AdamW.
 *
 * The gradient of every objective is that of `-sum w logp` with w held constant, so the update never asks which
 * algorithm it runs. States stream through in micro-batches with constant memory. A response-scoped objective
 * needs the log-probs of all states before any weight: `two-pass` evaluates everything once without gradients
 * and a second time with them (exact, constant memory), `retain` keeps every graph, as the papers' baselines do.
 */

import type { View } from "../../kernels/backend.ts";
import {
  allocatePlan,
  freePlan,
  type PlanBuffers,
  weighStates,
  writePlan,
} from "../../kernels/objectives/mod.ts";
import { type PackedPlan, packPlan, placesOf, stateSpans } from "../../kernels/objectives/pack.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { allocateSaved, allocateTransient, freeViews, type Saved } from "../model/activations.ts";
import { allocateBatch, type BatchViews, writeForwardBatch, writeTrainingBatch } from "../model/batch.ts";
import type { ModelConfig } from "../model/config.ts";
import {
  allocateParameters,
  freeParameters,
  loadParameters,
  type NamedTensors,
  type ParameterStore,
  type WeightViews,
} from "../model/parameters.ts";
import { backward, forward } from "../model/transformer.ts";
import { needsOf, type PlanFacts, planTotals, valueOf } from "../objectives/evaluate.ts";
import type {
  DistributionWeights,
  Hyper,
  Objective,
  PlannedTarget,
  PlanTotals,
  State,
} from "../objectives/objective.ts";
import type { Learner } from "./learner.ts";
import { type TrustMeasures, trustMeasures } from "./trust.ts";
import { cutMicroBatches, type MicroBatch } from "./micro_batches.ts";
import { type AdamWSettings, applyUpdate, decodeStats, type UpdateStats } from "./optimizer.ts";

/** How a response-scoped objective gets its gradients. */
export type MemoryMode = "two-pass" | "retain";

/** Part of a distribution per target: its own token, then the likeliest ones. */
export interface RecordedTop {
  /** Tokens per target. */
  readonly count: number;
  /** [targets, count] */
  readonly tokens: Uint32Array;
  readonly logp: Float32Array;
}

/** The states of one update with everything known before a forward pass. */
export interface PreparedUpdate {
  readonly states: readonly State[];
  readonly facts: PlanFacts;
  readonly totals: PlanTotals;
  readonly packed: PackedPlan;
  readonly microBatches: readonly MicroBatch[];
  /** Log-probs per target that ratios are taken against, where they were recorded, as at a rollout. */
  readonly recordedAnchor: Float32Array | null;
  /** What was recorded of the distributions that targets were drawn from, for a divergence. */
  readonly recordedTop: RecordedTop | null;
  /** Weights of terms over the whole distribution, per target; null when the settings have none. */
  readonly distribution: { readonly kl: Float32Array | null; readonly entropy: Float32Array | null };
}

/**
 * Packs a plan.
 * @param facts advantages, units, shares and lengths of the same states
 * @throws RangeError if a single state exceeds the learner's micro-batch
 */
export function prepareUpdate(
  { limits }: Pick<Learner, "limits">,
  objective: Objective,
  hyper: Hyper,
  states: readonly State[],
  facts: PlanFacts,
  recordedAnchor: Float32Array | null,
  recordedTop: RecordedTop | null = null,
): PreparedUpdate {
  const totals = planTotals(facts);
  const weights = plannedTargets(facts).map((target) => objective.distribution?.(target, hyper, totals));
  const column = (name: keyof DistributionWeights) =>
    weights.some((weight) => weight && weight[name] !== 0)
      ? Float32Array.from(weights, (weight) => weight![name])
      : null;
  return {
    states,
    facts,
    totals,
    packed: packPlan(facts.states, facts.responses),
    microBatches: cutMicroBatches(states, limits),
    recordedAnchor,
    recordedTop,
    distribution: { kl: column("kl"), entropy: column("entropy") },
  };
}

function plannedTargets({ states, responses }: PlanFacts): PlannedTarget[] {
  const spans = stateSpans(states, responses.length);
  const { perResponse } = placesOf(states, responses.length);
  return states.flatMap(({ response, advantage, units }) =>
    Array.from(units, (unit) => ({
      unit,
      advantage,
      stateTargets: units.length,
      responseStates: spans[response]!.count,
      responseLength: responses[response]!.length,
      completionLength: responses[response]!.completionLength,
      responsePositions: perResponse[response]!,
      share: responses[response]!.share,
    }))
  );
}

/** Device arrays of one update. */
export interface UpdateBuffers extends PlanBuffers {
  /** Token whose log-prob is asked for, of each target. */
  readonly tokens: View;
  readonly lse: View;
  readonly entropy: View;
  /** Tokens and log-probs of `RecordedTop`, only where the objective has a divergence. */
  readonly topTokens: View | null;
  readonly topLogp: View | null;
  /** Second upstream gradients, only where the objective has terms over the whole distribution. */
  readonly dentropy: View | null;
  readonly kl: View | null;
  readonly dkl: View | null;
}

/** Sizes that every update of a run fits into. */
export interface UpdateCapacity {
  readonly responses: number;
  readonly states: number;
  readonly targets: number;
}

/** The policy that an update improves, the reference model, and buffers for `innerUpdates` plans. */
export interface UpdateEngine {
  readonly learner: Learner;
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly mode: MemoryMode;
  readonly reference: ParameterStore | null;
  readonly plans: readonly UpdateBuffers[];
  /** Activations and target arrays of the reference model next to those of the policy, for an exact KL. */
  readonly beside:
    | { readonly saved: Saved; readonly logp: View; readonly lse: View; readonly entropy: View }
    | null;
  /** Graphs kept by `retain`, one per micro-batch, grown on demand. */
  readonly retained: { batch: BatchViews; saved: Saved }[];
}

export interface EngineOptions {
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly mode: MemoryMode;
  /** Updates over one rollout, mini-batches counted. */
  readonly innerUpdates: number;
  readonly capacity: UpdateCapacity;
  /** The reference model: loaded where the objective or its terms over the whole distribution need it. */
  readonly reference: NamedTensors | null;
  /** Whether the settings switch terms over the whole distribution on. */
  readonly distribution: { readonly kl: boolean; readonly entropy: boolean };
}

/** Plans the buffers of all updates of a run. @throws Error if the objective needs a reference and has none */
export function createUpdateEngine(learner: Learner, options: EngineOptions): UpdateEngine {
  const { backend, model, limits } = learner;
  const { objective, hyper, mode, innerUpdates, capacity, distribution } = options;
  const needs = needsOf(objective, hyper);
  const top = needs.divergence ? capacity.targets * (1 + topCount(hyper, model.config)) : 0;
  const reference = needs.reference || distribution.kl ? loadReference(learner, options) : null;
  const plans = Array.from({ length: innerUpdates }, (): UpdateBuffers => ({
    ...allocatePlan(backend, capacity, needsOf(objective, hyper)),
    tokens: backend.allocate("target tokens", capacity.targets),
    lse: backend.allocate("target lse", capacity.targets),
    entropy: backend.allocate("target entropy", capacity.targets),
    topTokens: top ? backend.allocate("top tokens", top) : null,
    topLogp: top ? backend.allocate("top logp", top) : null,
    dentropy: distribution.entropy ? backend.allocate("dentropy", capacity.targets) : null,
    kl: distribution.kl ? backend.allocate("kl", capacity.targets) : null,
    dkl: distribution.kl ? backend.allocate("dkl", capacity.targets) : null,
  }));
  return {
    learner,
    objective,
    hyper,
    mode,
    reference,
    plans,
    beside: distribution.kl
      ? {
        saved: allocateTransient(backend, model.config, limits, "reference activations"),
        logp: backend.allocate("reference target logp", capacity.targets),
        lse: backend.allocate("reference target lse", capacity.targets),
        entropy: backend.allocate("reference target entropy", capacity.targets),
      }
      : null,
    retained: [],
  };
}

function loadReference(
  { backend, parameters }: Learner,
  { objective, reference }: EngineOptions,
): ParameterStore {
  if (!reference) throw new Error(`${objective.id} needs a reference model and none was given`);
  const store = allocateParameters(backend, parameters.layout, "reference");
  loadParameters(backend, store, reference);
  return store;
}

/** Tokens of the rollout's distribution that a divergence names besides the target: the setting `topK`. */
export function topCount({ topK }: Hyper, { vocab }: Pick<ModelConfig, "vocab">): number {
  if (Number.isInteger(topK) && topK! >= 1) return Math.min(topK!, vocab);
  throw new RangeError(`setting "topK" is ${topK}, expected an integer of at least 1`);
}

/** Frees what `createUpdateEngine` allocated; not the learner. */
export function freeUpdateEngine({ learner, reference, plans, beside, retained }: UpdateEngine): void {
  const { backend } = learner;
  for (const { tokens, lse, entropy, topTokens, topLogp, dentropy, kl, dkl, ...plan } of plans) {
    freePlan(backend, plan);
    freeViews(backend, { tokens, lse, entropy, topTokens, topLogp, dentropy, kl, dkl });
  }
  freeViews(backend, { beside, retained });
  if (reference) freeParameters(backend, reference);
}

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
    score(engine, parameters.views, prepared, plan, plan.anchor!);
  }
  if (objective.recomputed && index > 0) score(engine, parameters.views, prepared, plan, plan.recomputed!);
  if (plan.reference) score(engine, reference!.views, prepared, plan, plan.reference);
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

/** Log-probs of all targets under `weights`, without gradients, into `logp`. */
function score(
  engine: UpdateEngine,
  weights: WeightViews,
  prepared: PreparedUpdate,
  plan: UpdateBuffers,
  logp: View,
): void {
  const { learner } = engine, { backend, model, batch, saved, scratch } = learner;
  for (const micro of prepared.microBatches) {
    if (micro.shape.targets === 0) continue;
    writeForwardBatch(backend, batch, micro);
    forward(model, weights, batch, micro.shape, saved, scratch);
    evaluate(learner, micro, plan, saved, logp);
    if (logp === plan.logp) diverge(engine, prepared, micro, plan, saved);
  }
}

/** Divergences of the rollout's distributions from those of `saved`, where the objective has them. */
function diverge(
  { learner: { backend, model }, objective }: UpdateEngine,
  { recordedTop }: PreparedUpdate,
  { shape, firstTarget }: MicroBatch,
  { topTokens, topLogp, lse, divergence }: UpdateBuffers,
  { logits }: Saved,
): void {
  if (!objective.divergence) return;
  tokenLogprob.divergence(
    backend,
    { logits, lse, tokens: topTokens!, logp: topLogp!, divergence: divergence! },
    {
      count: shape.targets,
      vocab: model.config.vocab,
      first: firstTarget,
      categories: recordedTop!.count,
      kind: objective.divergence,
    },
  );
}

function evaluate(
  { backend, model }: Learner,
  { shape, firstTarget }: MicroBatch,
  { tokens, lse, entropy }: Pick<UpdateBuffers, "tokens" | "lse" | "entropy">,
  { logits }: Saved,
  logp: View,
): void {
  tokenLogprob.forward(backend, { logits, targets: tokens, logp, lse, entropy }, {
    count: shape.targets,
    vocab: model.config.vocab,
    first: firstTarget,
  });
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
  score(engine, learner.parameters.views, prepared, plan, plan.logp);
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
  evaluate(learner, micro, plan, saved, plan.logp);
  diverge(engine, prepared, micro, plan, saved);
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
    evaluate(
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
  const plan = planOf(engine, index, prepared);
  const read = [
    plan.logp,
    plan.dlogp,
    plan.entropy,
    plan.kl,
    plan.anchor,
    plan.reference,
    plan.recomputed,
    plan.divergence,
  ];
  const [stats, ...arrays] = await backend.read(
    optimizer.stats,
    ...read.map((view): View => ({ ...view ?? plan.logp, length: targets })),
  );
  const [logp, dlogp, entropy, kl, anchor, reference, recomputed, divergence] = arrays.map((words) =>
    new Float32Array(words)
  ) as [Float32Array, ...Float32Array[]];
  const needs = needsOf(objective, engine.hyper);
  let value = valueOf(objective, engine.hyper, prepared.facts, {
    logp,
    anchor: needs.anchor ? anchor! : null,
    reference: needs.reference ? reference! : null,
    recomputed: needs.recomputed ? recomputed! : null,
    divergence: needs.divergence ? divergence! : null,
  });
  const { distribution } = prepared;
  if (distribution.kl) value += dot(distribution.kl, kl!);
  if (distribution.entropy) value += dot(distribution.entropy, entropy!);
  const trust = trustMeasures(prepared.facts, { logp, dlogp: dlogp!, anchor: needs.anchor ? anchor! : null });
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
