/**
 * TraceRL (arXiv 2509.06949, as released for LLaDA): the rollout's own path with `shrink` consecutive denoising steps
 * merged into one row. A row is the state before its first step, scored at all tokens that its steps reveal.
 *
 *   J = mean over rows of [ mean_i min(r_i A, clip(r_i) A) - beta sum_i k3(log p_i, log p_old,i) ],   r = p / p_old
 *   grad J: weight (A r where it passes / tokens of the row - beta (1 - e^(old - logp))) / rows
 *
 * p_old is recomputed on the same rows: the rollout saw the later tokens of a row with more revealed.
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/trace_rl.wgsl" with { type: "text" };
import { passes, surrogate } from "./clipping.ts";
import { k3 } from "./kl.ts";
import type { EvaluatedState, Hyper, Objective, PlanRequest, RolloutShape } from "./objective.ts";
import type { State } from "../diffusion/state.ts";
import { pathState } from "./trajectory_states.ts";

/** Rows of a response. @throws RangeError unless `shrink` is an integer of at least 1 */
function rowsPerResponse({ shrink }: Hyper, { rolloutSteps }: RolloutShape): number {
  if (Number.isInteger(shrink) && shrink! >= 1) return Math.ceil(rolloutSteps / shrink!);
  throw new RangeError(`setting "shrink" is ${shrink}, expected an integer of at least 1`);
}

function rows(request: PlanRequest, hyper: Hyper): State[] {
  const count = rowsPerResponse(hyper, request), shrink = hyper.shrink!;
  return request.trajectories.flatMap((trajectory, index) =>
    Array.from({ length: count }, (_, row) => {
      const span = { from: row * shrink, to: (row + 1) * shrink };
      return { ...pathState(index, trajectory, span, request.maskId), rank: row };
    })
  );
}

function rowValue({ advantage, logp, anchor }: EvaluatedState, hyper: Hyper): number {
  let clipped = 0, divergence = 0;
  for (let k = 0; k < logp.length; k++) {
    if (advantage !== 0) clipped += surrogate(exp(logp[k]! - anchor[k]!), advantage, hyper);
    if (hyper.beta !== 0) divergence += k3(logp[k]!, anchor[k]!).value;
  }
  return clipped / Math.max(1, logp.length) - hyper.beta! * divergence;
}

export const traceRl: Objective = {
  id: "trace-rl",
  title: "TraceRL",
  paper: "arXiv 2509.06949",
  equation: "mean over rows of [mean_i min(r_i A, clip(r_i) A) - beta sum_i k3(log p_i, log p_old,i)]",
  departures: [
    "prompts are not filtered by accuracy, and long answers do not count as wrong; released code does both",
    "no value model, which the paper offers as an option",
  ],
  defaults: { shrink: 8, clipLow: 0.2, clipHigh: 0.2, beta: 0.01 },
  advantage: { kind: "zscore", std: "population", eps: 1e-6 },
  anchor: "old",
  scope: "token",
  statesPerResponse: rowsPerResponse,
  plan: rows,
  vanishes: ({ beta }) => beta === 0,
  weight({ delta, advantage, stateTargets }, hyper, { states }) {
    const ratio = exp(delta);
    const flow = advantage !== 0 && passes(ratio, advantage, hyper) ? advantage * ratio : 0;
    const penalty = hyper.beta === 0 ? 0 : hyper.beta! * k3(delta, 0).derivative;
    return (flow / stateTargets - penalty) / states;
  },
  value: (response, hyper, { states }) =>
    response.states.reduce((sum, state) => sum + rowValue(state, hyper), 0) / states,
  wgsl,
  wgslHyper: ["clipLow", "clipHigh", "beta"],
};
