/**
 * What an algorithm is, to the training loop.
 *
 * Every objective here touches the model only through log-probs of tokens at masked positions, and its gradient
 * equals that of `sum w * logp` with the weights `w` held constant. So an objective declares which masked states
 * it evaluates, what must be known before its weights, and the weight of one token; the loop never asks which
 * algorithm it runs. All objectives are maximised.
 */

import type { State } from "../diffusion/state.ts";
import type { AdvantageSettings } from "./advantage.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type {
  Column,
  MeasuredColumn,
  PlannedTarget,
  PlanTotals,
  WeightInputs,
} from "../../kernels/objectives/inputs.ts";
import type { RandomKey } from "../../kernels/philox/random.ts";

/**
 * What must be known before a weight can be computed: the token alone, all targets of its state, or all states
 * of its response. A response-scoped objective runs in `retain` or `two-pass` mode.
 */
export type Scope = "token" | "state" | "response";

/** Log-probs that the ratios of an objective are taken against. */
export type Anchor = "none" | "old" | "rollout";

/** Terms over the whole distribution of a target: the exact KL(theta || reference), and the entropy. */
export type DistributionTerm = "kl" | "entropy";

/** Maximised: a penalty on the KL has a negative weight, an entropy bonus a positive one. */
export type DistributionWeights = Readonly<Record<DistributionTerm, number>>;

/** Named numeric settings of an objective. */
export type Hyper = Readonly<Record<string, number>>;

/**
 * Numbers of the targets of one state: log-probs, the same where the objective holds them constant (what stands under
 * its stop-gradient), and the columns of inputs.ts. Where it does not need them, log-probs under another policy are
 * `logp` itself and measures are empty.
 */
export type StateValues = Readonly<Record<"logp" | "stopped" | Column, ArrayLike<number>>>;

/** One evaluated state, for the value of the objective. Arrays run over its targets. */
export interface EvaluatedState extends StateValues {
  readonly advantage: number;
  readonly units: ArrayLike<number>;
  /** Positions of the targets, counted alike in all states of a response. */
  readonly positions: ArrayLike<number>;
}

/** One evaluated response. */
export interface EvaluatedResponse {
  readonly share: number;
  readonly length: number;
  readonly completionLength: number;
  /** Distinct positions that are a target. */
  readonly positions: number;
  readonly states: readonly EvaluatedState[];
}

/** Sizes of a run that decide how many states a plan has. */
export interface RolloutShape {
  /** Denoising steps of a response. */
  readonly rolloutSteps: number;
  /** How many updates go over a rollout. */
  readonly innerUpdates: number;
}

export interface PlanRequest extends RolloutShape {
  readonly trajectories: readonly Trajectory[];
  /** Number of the rollout within the run, from 0: part of the counter of every draw. */
  readonly step: number;
  /** Which of the updates over the same rollout this plan is for, from 0. */
  readonly innerUpdate: number;
  /** Tokens of each response up to and including the first end token. */
  readonly completionLengths: ArrayLike<number>;
  readonly maskId: number;
  readonly random: RandomKey;
}

/** Measures that an objective asks for, each of a single kind. */
type Measures = { readonly [C in Exclude<MeasuredColumn, "divergence">]?: true };

export interface Objective extends Measures {
  /** Name on the command line and in records. */
  readonly id: string;
  readonly title: string;
  /** Where it comes from. */
  readonly paper: string;
  /** The maximised objective as one line of text, in the notation of the paper. */
  readonly equation: string;
  /** What differs from the paper or its released code, each with the reason. */
  readonly departures: readonly string[];
  /** Settings by name with the paper's defaults. A suite may override them. */
  readonly defaults: Hyper;
  /** `psi` of a softmax difference comes from the setting of this name. */
  readonly advantage: Omit<AdvantageSettings, "psi">;
  /**
   * Advantages of the states of one rank over one group, where they are paid per state.
   * @param rewards of the responses
   * @param completionRewards of the greedy one-shot completions of their states of this rank
   */
  rankAdvantages?(
    rewards: ArrayLike<number>,
    completionRewards: ArrayLike<number>,
    hyper: Hyper,
  ): Float64Array;
  /** Asks for the rewards of greedy one-shot completions of its states, which must lie on the rollout's path. */
  readonly completions?: boolean;
  readonly anchor: Anchor;
  /** Whether log-probs of the reference model are needed under these settings; absent: never. */
  needsReference?(hyper: Hyper): boolean;
  /** Also asks for log-probs of the old policy, recomputed on the same states, beside an anchor at the rollout. */
  readonly recomputed?: boolean;
  /** Divergence to evaluate at every target, over the `topK` (a setting) likeliest tokens of the rollout. */
  readonly divergence?: "tv" | "kl";
  readonly scope: Scope;
  /**
   * Asks for the sums over the targets of a response at one position, for objectives that couple states token by
   * token; scope "response". `power` is b of positionLogMass, 0 when absent.
   */
  readonly positionSums?: { power?(hyper: Hyper): number };
  /** Most masked states that a plan has of a response, so that buffers can be planned before the first rollout. */
  statesPerResponse(hyper: Hyper, shape: RolloutShape): number;
  /** Masked states of every response, in response order. */
  plan(request: PlanRequest, hyper: Hyper): State[];
  /** Weight on grad logp of one target, in f64. The WGSL form computes the same in f32. */
  weight(inputs: WeightInputs, hyper: Hyper, totals: PlanTotals): number;
  /**
   * Whether `weight` is 0 at every target with an advantage of 0 under these settings, so that no backward pass goes
   * over its state; absent: never.
   */
  vanishes?(hyper: Hyper): boolean;
  /** Terms over the whole distribution, for objectives that have them. */
  readonly distribution?: {
    /** Which there are under these settings; the others have a weight of 0 everywhere. */
    terms(hyper: Hyper): Readonly<Record<DistributionTerm, boolean>>;
    /** Weights on their gradients at one target. They may not depend on log-probs. */
    weights(inputs: PlannedTarget, hyper: Hyper, totals: PlanTotals): DistributionWeights;
  };
  /** What one response adds to the maximised objective, terms over the whole distribution not included. */
  value(response: EvaluatedResponse, hyper: Hyper, totals: PlanTotals): number;
  /** WGSL text that defines `fn weight(w: WeightInputs) -> f32`; see kernels/objectives/prelude.wgsl. */
  readonly wgsl: string;
  /** Names of `defaults` that the WGSL form reads as hyper[0], hyper[1], ...; at most 8. */
  readonly wgslHyper: readonly string[];
}
