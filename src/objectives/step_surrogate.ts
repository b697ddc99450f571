/**
 * What EGSPO and EGSPO-SA share: chosen denoising steps as the actions of a policy gradient. The log-prob of a step is
 * the sum (or mean) of those of the tokens it reveals, in the state before it.
 *
 *   J = sum over ranks k of E_prompt [ S(rho_k, A_k) - beta k3(step, ref) ] / tokensPerStep
 *   rho_k = exp(sum_i log p(y_i | x_k) - log p_rollout(y_i | x_k)) over the tokens i of the k-th chosen step
 *   grad J: weight (A_k rho_k where S passes - beta (1 - e^(ref - step))) / tokensPerStep on each token of the step
 *
 * Settings:
 *   steps, selection     which steps; step_selection.ts
 *   clipLow, clipHigh    bounds of S; clipping.ts
 *   beta                 KL to the base model; 0 needs no reference model
 *   tokensPerStep        constant divisor, response length / steps of the rollout in the paper
 *   stepMean             1: the mean of the tokens' log-probs instead of their sum
 */

import { chosenCount } from "./step_selection.ts";
import { difference } from "./elbo_samples.ts";
import { grpoDerivative, grpoTerm } from "./grpo_term.ts";
import type { EvaluatedState, Hyper, Objective, PlanRequest, RolloutShape } from "./objective.ts";
import type { State } from "../diffusion/state.ts";
import { chosenStates } from "./trajectory_states.ts";

/** Chosen ranks are shared out over the updates of a rollout, in order; every update has at least one. */
const parts = (ranks: number, innerUpdates: number) => Math.min(innerUpdates, ranks);

/** The states of the ranks that belong to one update. */
function rankedStates(request: PlanRequest, hyper: Hyper): State[] {
  const ranks = chosenCount(hyper, request.rolloutSteps), share = parts(ranks, request.innerUpdates);
  const isOwn = (rank: number) => Math.floor(rank * share / ranks) === request.innerUpdate % share;
  return chosenStates(request, hyper, isOwn)
    .map((state) =>
      hyper.stepMean ? { ...state, units: state.units.map((u, _, { length }) => u / length) } : state
    );
}

function rankedPerResponse(hyper: Hyper, { rolloutSteps, innerUpdates }: RolloutShape): number {
  const ranks = chosenCount(hyper, rolloutSteps);
  return Math.ceil(ranks / parts(ranks, innerUpdates));
}

/** S(rho, A) - beta k3 of one step; a step that reveals nothing adds nothing. */
function stepTerm(state: EvaluatedState, hyper: Hyper): number {
  if (state.logp.length === 0) return 0;
  const toReference = difference({ ...state, anchor: state.reference });
  return grpoTerm(difference(state), toReference, state.advantage, hyper);
}

export const stepSurrogate = {
  advantage: { kind: "center" },
  anchor: "rollout",
  needsReference: ({ beta }) => beta !== 0,
  scope: "state",
  statesPerResponse: rankedPerResponse,
  plan: rankedStates,
  vanishes: ({ beta }) => beta === 0,
  weight: ({ stateDelta, stateReferenceDelta, advantage, unit, share }, hyper) =>
    share * unit * grpoDerivative(stateDelta, stateReferenceDelta, advantage, hyper) / hyper.tokensPerStep!,
  value: ({ share, states }, hyper) =>
    share / hyper.tokensPerStep! * states.reduce((sum, state) => sum + stepTerm(state, hyper), 0),
  wgslHyper: ["clipLow", "clipHigh", "beta", "tokensPerStep"],
} satisfies Partial<Objective>;

export const stepDefaults = {
  steps: 8,
  selection: 0,
  clipLow: 0.2,
  clipHigh: 0.5,
  beta: 0.04,
  tokensPerStep: 2,
  stepMean: 0,
};

export const stepDepartures = [
  "the ranks of a rollout are shared out over its updates in descending order of entropy, 4 updates of 2 ranks as in " +
  "released code; there the first update starts at the second rank and the highest entropy comes last",
  "ranks of one update are summed; released code averages the two of an update, a constant that AdamW removes",
  "entropy is -sum p log p; released code adds 1e-8 inside the logarithm",
  "random steps are drawn without replacement and uniform ones end at the last step; step_selection.ts",
  "log-probs at rollout have the precision of those in training; released code stores them in bf16",
];
