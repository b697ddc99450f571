/** What the updates of a run work with: the policy, the reference model, and device arrays allocated once. */

import type { View } from "../../kernels/backend.ts";
import { allocatePlan, freePlan, type PlanBuffers } from "../../kernels/objectives/mod.ts";
import { allocateTransient, freeViews, type Saved } from "../model/activations.ts";
import type { BatchViews } from "../model/batch.ts";
import type { ModelConfig } from "../model/config.ts";
import {
  allocateParameters,
  freeParameters,
  loadParameters,
  type NamedTensors,
  type ParameterStore,
} from "../model/parameters.ts";
import { needsOf } from "../objectives/value.ts";
import type { Hyper, Objective } from "../objectives/objective.ts";
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
