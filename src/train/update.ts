/**
 * One policy update, top to bottom: masked states -> log-probs -> weights -> gradients -> AdamW.
 *
 * The gradient of every objective is that of `-sum w logp` with w held constant, so the update never asks which
 * algorithm it runs. States stream through in micro-batches with constant memory. A response-scoped objective
 * needs the log-probs of all states before any weight: `two-pass` evaluates everything once without gradients
 * and a second time with them (exact, constant memory), `retain` keeps every graph, as the papers' baselines do;
 * two-pass within a bound of bytes keeps as many as these hold. States without a gradient are evaluated, but no graph
 * of theirs is gone through backward.
 */

import type { View } from "../../kernels/backend.ts";
import { type Column, COLUMNS } from "../../kernels/objectives/inputs.ts";
import { weighStates, writePlan } from "../../kernels/objectives/mod.ts";
import type { Span } from "../../kernels/objectives/facts.ts";
import * as tokenLogprob from "../../kernels/token_logprob/mod.ts";
import { type BatchShape, writeTrainingBatch } from "../model/batch.ts";
import { headBackward, headForward } from "../model/head.ts";
import { chunksOf, ofChunk, type Rows } from "../model/logit_chunks.ts";
import { backward, forward } from "../model/transformer.ts";
import { columnsOf, valueOf } from "../objectives/value.ts";
import { type AdamWStep, applyUpdate, decodeStats, type UpdateStats } from "./optimizer.ts";
import { type MicroBatch, prepareUpdate, type Update } from "./prepared_update.ts";
import type { PlannedUpdate } from "./rollout_plan.ts";
import { evaluateTargets, scoreTargets, type ScoringPass } from "./target_logprobs.ts";
import { type TrustMeasures, trustMeasures } from "./trust.ts";
import { type Graph, graphsFor, type UpdateEngine } from "./update_engine.ts";

/**
 * Uploads an update and evaluates what its ratios are taken against. Called for all updates over one rollout before
 * the first of them changes the policy.
 * @param number of the update among those over the rollout, from 0
 * @throws Error if the objective needs what a rollout records and it was not recorded
 */
export function beginUpdate(engine: UpdateEngine, planned: PlannedUpdate, number: number): Update {
  const { objective } = engine;
  if (objective.anchor === "rollout" && !planned.anchor) {
    throw new Error(`${objective.id} needs the log-probs recorded at rollout`);
  }
  if (objective.divergence && !planned.recordedTop) {
    throw new Error(`${objective.id} needs the likeliest tokens of the rollout`);
  }
  const update = prepareUpdate(engine, planned, number);
  upload(update);
  scoreOthers(update);
  return update;
}

function upload(
  { engine: { learner: { backend } }, states, packed, termWeights, recordedTop, buffers }: Update,
): void {
  writePlan(backend, buffers, packed);
  backend.write(buffers.tokens, concatenate(states.map(({ targets }) => targets)));
  // Terms are maximised, and gradients are those of the loss.
  if (termWeights.kl) backend.write(buffers.dkl!, termWeights.kl.map((w) => -w));
  if (termWeights.entropy) backend.write(buffers.dentropy!, termWeights.entropy.map((w) => -w));
  if (buffers.topTokens && recordedTop) backend.write(buffers.topTokens, recordedTop.tokens);
  if (buffers.topLogp && recordedTop) backend.write(buffers.topLogp, recordedTop.logp);
}

/** Fills the columns of other policies' log-probs: the policy is still the old one. */
function scoreOthers(update: Update): void {
  const { engine: { learner: { backend, parameters }, reference }, buffers } = update;
  const old = parameters.views, scoring = "other";
  if (buffers.anchor) {
    if (update.anchor) backend.write(buffers.anchor, update.anchor);
    else scoreTargets(update, { weights: old, logp: buffers.anchor, scoring });
  }
  if (buffers.recomputed) scoreTargets(update, { weights: old, logp: buffers.recomputed, scoring });
  if (buffers.reference) {
    scoreTargets(update, { weights: reference!.views, logp: buffers.reference, scoring });
  }
}

/** Changes the policy by an update that was begun. */
export function runUpdate(update: Update, step: AdamWStep): Promise<UpdateResult> {
  collectGradients(update);
  return finishUpdate(update, step);
}

/** Collects the gradient of the loss in the optimiser's gradients. */
export function collectGradients(update: Update): void {
  if (update.engine.objective.scope === "response") gradientsOfResponses(update);
  else streamGradients(update);
}

/** Weights of one micro-batch depend on nothing outside it: forward, weigh, backward, forget. */
function streamGradients(update: Update): void {
  const { learner } = update.engine, { config } = learner.model, { logits } = learner.scratch;
  for (const micro of update.microBatches) {
    const pass = { graph: learner, shape: micro.shape };
    forwardForTraining(update, micro, pass);
    evaluateTargets(update, currentPolicy(update), learner, micro.shape);
    weigh(update, { first: micro.firstState, count: micro.states });
    const held = chunksOf(config, logits, micro.shape.targets).length === 1;
    backpropagate(update, micro, { ...pass, logits: held ? "held" : "gone" });
  }
}

/**
 * Weights of one state depend on all of its response: everything is evaluated before anything is weighed. Of as many
 * micro-batches as there are graphs for, what backward needs is kept; the others are evaluated once more, which changes
 * no bit, since a forward pass is deterministic.
 */
function gradientsOfResponses(update: Update): void {
  const { engine, engine: { learner }, microBatches } = update;
  const withSignal = microBatches.filter(({ signal }) => signal.targets > 0);
  const graphs = graphsFor(engine, withSignal.length), kept = withSignal.slice(0, graphs.length);
  // First, since it goes through the graph of the learner, which the first that is kept has next.
  scoreTargets(update, currentPolicy(update), microBatches.filter((micro) => !kept.includes(micro)));
  kept.forEach((micro, i) => {
    forwardForTraining(update, micro, { graph: graphs[i]!, shape: micro.shape });
    evaluateTargets(update, currentPolicy(update), graphs[i]!, micro.shape);
  });
  weigh(update, { first: 0, count: update.states.length });
  withSignal.forEach((micro, i) => {
    const pass = i < kept.length
      ? { graph: graphs[i]!, shape: micro.shape }
      : { graph: learner, shape: micro.signal };
    if (i >= kept.length) forwardForTraining(update, micro, pass);
    backpropagate(update, micro, { ...pass, logits: "gone" });
  });
}

const currentPolicy = ({ engine: { learner }, buffers: { logp } }: Update): ScoringPass => ({
  weights: learner.parameters.views,
  logp,
  scoring: "current",
});

/** A forward pass whose graph backward goes through. */
interface TrainingPass {
  readonly graph: Graph;
  /** All of a micro-batch, or what has a gradient. */
  readonly shape: BatchShape;
}

function forwardForTraining(update: Update, micro: MicroBatch, { graph, shape }: TrainingPass): void {
  const { backend, model, parameters, scratch } = update.engine.learner, { batch, saved } = graph;
  writeTrainingBatch(backend, batch, micro, model.config.vocab);
  backend.write(batch.places, micro.places);
  forward(model, parameters.views, { input: batch, shape }, { saved, scratch });
}

/** d loss / d logp of the targets of a range of states. */
function weigh({ engine, buffers, packed, totals }: Update, range: Span): void {
  const { learner: { backend }, objective, hyper } = engine;
  weighStates(backend, objective, buffers, packed, range, { hyper, totals });
}

/** @param logits whether those of the pass are still there, all of them */
function backpropagate(
  update: Update,
  { signal }: MicroBatch,
  { graph, shape, logits }: TrainingPass & { readonly logits: "held" | "gone" },
): void {
  if (signal.targets === 0) return;
  const { learner, reference, referencePass } = update.engine;
  const { model, parameters, optimizer, scratch, gradients } = learner;
  const stores = { weights: parameters.views, gradients: optimizer.gradients.views };
  const batch = { input: graph.batch, shape }, { saved } = graph;
  if (update.termWeights.kl) {
    forward(model, reference!.views, batch, { saved: referencePass!.saved, scratch });
  }
  for (const rows of chunksOf(model.config, scratch.logits, signal.targets)) {
    if (logits === "gone") headForward(model, parameters.views, { saved, scratch }, rows);
    backpropagateLogits(update, ofChunk(graph.batch.places, rows), rows);
    headBackward(model, stores, { saved, scratch: gradients }, { rows, targets: signal.targets });
  }
  backward(model, stores, { ...batch, signal }, { saved, scratch: gradients });
}

/** Gradient of the logits of a chunk of targets, from those of their log-probs, entropies and divergences. */
function backpropagateLogits({ engine, buffers, termWeights }: Update, places: View, rows: Rows): void {
  const { learner: { backend, model, scratch, gradients }, reference, referencePass } = engine;
  const { tokens, lse, entropy, dlogp, dentropy, kl, dkl } = buffers;
  const { logits } = scratch, dlogits = gradients.logits;
  const shape = { count: rows.count, vocab: model.config.vocab };
  const entropyTerm = Boolean(termWeights.entropy);
  tokenLogprob.backward(
    backend,
    {
      logits,
      targets: tokens,
      lse,
      entropy,
      dlogp,
      dentropy: entropyTerm ? dentropy! : dlogp,
      places,
      dlogits,
    },
    { ...shape, entropyTerm },
  );
  if (!termWeights.kl) return;
  const { saved, logits: referenceLogits, ...own } = referencePass!;
  headForward(model, reference!.views, { saved, scratch: { ...scratch, logits: referenceLogits } }, rows);
  tokenLogprob.forward(backend, { logits: referenceLogits, targets: tokens, ...own, places }, shape);
  const pair = { logits, lse, referenceLogits, referenceLse: own.lse, kl: kl!, places };
  tokenLogprob.klForward(backend, pair, shape);
  tokenLogprob.klBackward(backend, { ...pair, dkl: dkl!, dlogits }, shape);
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

/** Applies the collected gradients and reads back what the step log needs. */
export async function finishUpdate(update: Update, step: AdamWStep): Promise<UpdateResult> {
  const { engine: { learner: { backend, optimizer }, objective, hyper }, facts, termWeights } = update;
  applyUpdate(backend, optimizer, step);
  const { stats, columns } = await readBack(update);
  const { logp, dlogp, entropy, kl } = columns;
  // A column that the objective needs and the update does not have is one that `logp` stands for.
  const given: { readonly [C in Column]?: Float32Array } = Object.fromEntries(
    columnsOf(objective, hyper).map((name) => [name, columns[name] ?? logp]),
  );
  let value = valueOf(objective, hyper, facts, { logp, ...given });
  if (termWeights.kl) value += dot(termWeights.kl, kl!);
  if (termWeights.entropy) value += dot(termWeights.entropy, entropy);
  const trust = trustMeasures(facts, { logp, dlogp, anchor: given.anchor ?? null });
  return { ...decodeStats(stats), logp, entropy, value, trust };
}

const ALWAYS = ["logp", "dlogp", "entropy"] as const;
const WHERE_NEEDED = ["kl", ...COLUMNS.map(({ name }) => name)] as const;

/** The optimiser's statistics and the columns that an update has: one wait for the device. */
async function readBack({ engine: { learner: { backend, optimizer } }, buffers, totals }: Update) {
  const names = [...ALWAYS, ...WHERE_NEEDED.filter((name) => buffers[name])];
  const [stats, ...contents] = await backend.read(
    optimizer.stats,
    ...names.map((name): View => ({ ...buffers[name]!, length: totals.targets })),
  );
  const columns = Object.fromEntries(names.map((name, i) => [name, new Float32Array(contents[i]!)]));
  return {
    stats: stats!,
    columns: columns as
      & Record<typeof ALWAYS[number], Float32Array>
      & Partial<Record<typeof WHERE_NEEDED[number], Float32Array>>,
  };
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
