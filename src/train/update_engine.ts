/** What the updates of a run work with: the policy, the reference model, and device arrays allocated once. */

import type { View } from "../../kernels/backend.ts";
import { allocatePlan, freePlan, type PlanBuffers } from "../../kernels/objectives/mod.ts";
import { allocateSaved, allocateTransient, bytesOf, freeViews, type Saved } from "../model/activations.ts";
import { allocateBatch, type BatchViews } from "../model/batch.ts";
import type { ModelConfig } from "../model/config.ts";
import { logitRows } from "../model/logit_chunks.ts";
import {
  allocateParameters,
  freeParameters,
  loadParameters,
  type NamedTensors,
  type ParameterStore,
} from "../model/parameters.ts";
import { distributionTerms } from "../objectives/distribution.ts";
import { needsOf } from "../objectives/value.ts";
import type { DistributionTerm, Hyper, Objective } from "../objectives/objective.ts";
import type { Learner } from "./learner.ts";

/** How a response-scoped objective gets its gradients. */
export type MemoryMode = "two-pass" | "retain";

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

/** Inputs and activations of one micro-batch, which its backward pass goes through. */
export interface Graph {
  readonly batch: BatchViews;
  readonly saved: Saved;
}

/** The policy that updates improve, the reference model, and the buffers of every update over one rollout. */
export interface UpdateEngine {
  readonly learner: Learner;
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly mode: MemoryMode;
  /** Terms over the whole distribution that the objective has under these settings. */
  readonly terms: Readonly<Record<DistributionTerm, boolean>>;
  readonly reference: ParameterStore | null;
  /** Of the updates over a rollout, in their order. */
  readonly buffers: readonly UpdateBuffers[];
  /** What the reference model is evaluated into while the graph of the policy is held, for an exact KL. */
  readonly referencePass:
    | {
      readonly saved: Saved;
      readonly logits: View;
      readonly logp: View;
      readonly lse: View;
      readonly entropy: View;
    }
    | null;
  /** Where a response-scoped objective keeps what it evaluates for its backward pass: the learner's own, then more. */
  readonly graphs: Graph[];
}

export interface EngineOptions {
  readonly objective: Objective;
  readonly hyper: Hyper;
  readonly mode: MemoryMode;
  /**
   * Bytes of the graphs that `two-pass` may keep rather than evaluate again; default 0. Results are the same to the
   * bit, and budgets are charged as if nothing was kept.
   */
  readonly keepBytes?: number;
  /** Updates over one rollout, mini-batches counted. */
  readonly updates: number;
  readonly capacity: UpdateCapacity;
  /** The reference model: loaded where the objective or its terms over the whole distribution need it. */
  readonly reference: NamedTensors | null;
}

/** Plans the buffers of all updates of a run. @throws Error if the objective needs a reference and has none */
export function createUpdateEngine(learner: Learner, options: EngineOptions): UpdateEngine {
  const { backend, model, limits } = learner;
  const { objective, hyper, mode, updates, capacity } = options;
  const needs = needsOf(objective, hyper), terms = distributionTerms(objective, hyper);
  const top = needs.divergence ? capacity.targets * (1 + topCount(hyper, model.config)) : 0;
  const reference = needs.reference || terms.kl ? loadReference(learner, options) : null;
  const buffers = Array.from({ length: updates }, (): UpdateBuffers => ({
    ...allocatePlan(backend, capacity, needs),
    tokens: backend.allocate("target tokens", capacity.targets),
    lse: backend.allocate("target lse", capacity.targets),
    entropy: backend.allocate("target entropy", capacity.targets),
    topTokens: top ? backend.allocate("top tokens", top) : null,
    topLogp: top ? backend.allocate("top logp", top) : null,
    dentropy: terms.entropy ? backend.allocate("dentropy", capacity.targets) : null,
    kl: terms.kl ? backend.allocate("kl", capacity.targets) : null,
    dkl: terms.kl ? backend.allocate("dkl", capacity.targets) : null,
  }));
  return {
    learner,
    objective,
    hyper,
    mode,
    terms,
    reference,
    buffers,
    referencePass: terms.kl
      ? {
        saved: allocateTransient(backend, model.config, limits, "reference activations"),
        logits: backend.allocate(
          "reference logits",
          logitRows(model.config, limits) * model.config.vocab,
        ),
        logp: backend.allocate("reference target logp", capacity.targets),
        lse: backend.allocate("reference target lse", capacity.targets),
        entropy: backend.allocate("reference target entropy", capacity.targets),
      }
      : null,
    graphs: allocateGraphs(learner, options),
  };
}

/** The learner's own graph, and those that its bytes allow `two-pass` beside it; `retain` has more on demand. */
function allocateGraphs(
  learner: Learner,
  { objective, mode, keepBytes = 0, capacity }: EngineOptions,
): Graph[] {
  if (objective.scope !== "response") return [];
  const { limits, batch, saved } = learner, own: Graph = { batch, saved };
  if (mode === "retain") return [own];
  const fitting = Math.floor(keepBytes / bytesOf(own)), useful = Math.ceil(capacity.targets / limits.targets);
  return Array.from(
    { length: Math.min(fitting, useful) },
    (_, i) => i === 0 ? own : allocateGraph(learner, i),
  );
}

function allocateGraph({ backend, model: { config }, limits }: Learner, index: number): Graph {
  return {
    batch: allocateBatch(backend, config.vocab, limits, `batch ${index}`),
    saved: allocateSaved(backend, config, limits, `saved ${index}`),
  };
}

/** Graphs for the first of so many micro-batches: of all for `retain`, of as many as there are for `two-pass`. */
export function graphsFor({ learner, mode, graphs }: UpdateEngine, microBatches: number): readonly Graph[] {
  if (mode === "retain") {
    while (graphs.length < microBatches) graphs.push(allocateGraph(learner, graphs.length));
  }
  return graphs.slice(0, microBatches);
}

/** Bytes that `two-pass` would not need: those of the graphs it keeps, but for the learner's own. */
export function keptBytes({ mode, graphs }: UpdateEngine): number {
  return mode === "two-pass" ? bytesOf(graphs.slice(1)) : 0;
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
export function freeUpdateEngine(engine: UpdateEngine): void {
  const { learner: { backend }, reference, buffers, referencePass, graphs } = engine;
  for (const { tokens, lse, entropy, topTokens, topLogp, dentropy, kl, dkl, ...plan } of buffers) {
    freePlan(backend, plan);
    freeViews(backend, { tokens, lse, entropy, topTokens, topLogp, dentropy, kl, dkl });
  }
  freeViews(backend, { referencePass, kept: graphs.slice(1) });
  if (reference) freeParameters(backend, reference);
}
