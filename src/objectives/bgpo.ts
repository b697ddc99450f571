/**
 * BGPO: boundary-guided policy optimization (arXiv 2510.11683 v3, equations 9 to 14 and 18).
 *
 *   J = E_prompt R_lb,   R_lb = sum_j g_j,   d_j = l_j - l_old,j,   l_j = sum_k u_k log p(y_k | z_j)
 *   g_j = (A/n) (1 + d_j)     A >= 0: the tangent line lies below exp
 *   g_j = (A/n) exp(d_j)      A <  0: Jensen's inequality, turned around by the sign of A
 *   R_lb <= R_hat = A exp(mean_j d_j), the objective of vrpo-ol, with equality on-policy
 *   grad J: weight A u / n, for A < 0 times exp(d_j)
 *
 * Each state's weight needs that state alone, so memory does not grow with n. The raw sums d_j leave the range of
 * exp when a bad answer became much more likely; a gradient that is not finite then skips the update.
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/bgpo.wgsl" with { type: "text" };
import { difference, elboStates, mean } from "./elbo_samples.ts";
import type { EvaluatedState, Objective } from "./objective.ts";

/** n g_j = A (1 + d_j) or A exp(d_j). */
function bound(state: EvaluatedState): number {
  const d = difference(state);
  return state.advantage * (state.advantage >= 0 ? 1 + d : exp(d));
}

export const bgpo: Objective = {
  id: "bgpo",
  title: "BGPO",
  paper: "arXiv 2510.11683 v3",
  equation: "E_prompt sum_j (A/n) (1 + d_j if A >= 0 else exp(d_j)), d_j = l_j - l_old,j",
  departures: [
    "eps 1e-6 is added to the standard deviation: the paper gives none and would divide by 0 for equal rewards",
    "unlike the released lineage code (DARE): no division of d_j by the maximum length, no clipping of the ratio, " +
    "no weighting of responses by their length, and 1 + d_j is never computed through a logarithm",
  ],
  defaults: { samples: 16, systematicCounts: 0, normalize: 0 },
  advantage: { kind: "zscore", std: "unbiased", eps: 1e-6 },
  anchor: "old",
  scope: "state",
  statesPerResponse: ({ samples }) => samples!,
  plan: elboStates,
  vanishes: () => true,
  weight: ({ share, advantage, stateDelta, unit, responseStates }) =>
    share * advantage * (advantage >= 0 ? 1 : exp(stateDelta)) * unit / responseStates,
  value: ({ share, states }) => share * mean(states.map(bound)),
  wgsl,
  wgslHyper: [],
};
