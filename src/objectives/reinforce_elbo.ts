/**
 * REINFORCE on the ELBO: policy gradient with the evidence lower bound in the place of the log-likelihood.
 *
 *   J = E_prompt A (1/n) sum_j l_j,     l_j = sum_k u_k log p(y_k | z_j)
 *   grad J: weight A u / n on each masked token
 *
 * The baseline of this benchmark rather than a paper's method. It needs no old policy, and on-policy its gradient
 * is that of vrpo-ol and bgpo.
 */

import wgsl from "../../kernels/objectives/reinforce_elbo.wgsl" with { type: "text" };
import { elboStates, estimate, mean } from "./elbo_samples.ts";
import type { Objective } from "./objective.ts";

export const reinforceElbo: Objective = {
  id: "reinforce-elbo",
  title: "REINFORCE-ELBO",
  paper: "baseline of this benchmark; ELBO estimator of LLaDA, arXiv 2502.09992",
  equation: "E_prompt A (1/n) sum_j l_j",
  departures: [],
  defaults: { samples: 16, systematicCounts: 0, normalize: 0 },
  advantage: { kind: "zscore", std: "unbiased", eps: 1e-6 },
  anchor: "none",
  scope: "token",
  statesPerResponse: ({ samples }) => samples!,
  plan: elboStates,
  vanishes: () => true,
  weight: ({ share, advantage, unit, responseStates }) => share * advantage * unit / responseStates,
  value: ({ share, states }) => share * mean(states.map((state) => state.advantage * estimate(state))),
  wgsl,
  wgslHyper: [],
};
