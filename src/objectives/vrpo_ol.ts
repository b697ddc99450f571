/**
 * VRPO-OL: the online form of VRPO (LLaDA 1.5, arXiv 2505.19223) as the baseline of BGPO (arXiv 2510.11683).
 *
 *   J = E_prompt A exp(B - B_old),     B = (1/n) sum_j l_j,     l_j = sum_k u_k log p(y_k | z_j)
 *   grad J: weight A exp(mean_j d_j) u / n on each masked token,     d_j = l_j - l_old,j on the same masks
 *
 * The exponent couples all n states of a response. Its raw sums leave the range of exp when the policies differ;
 * a gradient that is not finite then skips the update.
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/vrpo_ol.wgsl" with { type: "text" };
import { difference, elboStates, mean } from "./elbo_samples.ts";
import type { Objective } from "./objective.ts";

export const vrpoOl: Objective = {
  id: "vrpo-ol",
  title: "VRPO-OL",
  paper: "arXiv 2510.11683 v3, baseline of section 4; parent method arXiv 2505.19223",
  equation: "E_prompt A exp((1/n) sum_j (l_j - l_old,j))",
  departures: [
    "eps 1e-6 is added to the standard deviation: the paper gives none and would divide by 0 for equal rewards",
    "no code of this baseline is released: masks, clipping and KL follow the text, which names neither of the latter",
  ],
  defaults: { samples: 4, systematicCounts: 0, normalize: 0 },
  advantage: { kind: "zscore", std: "unbiased", eps: 1e-6 },
  anchor: "old",
  scope: "response",
  statesPerResponse: ({ samples }) => samples!,
  plan: elboStates,
  vanishes: () => true,
  weight: ({ share, advantage, responseDelta, unit, responseStates }) =>
    share * advantage * exp(responseDelta) * unit / responseStates,
  value: ({ share, states }) => share * states[0]!.advantage * exp(mean(states.map(difference))),
  wgsl,
  wgslHyper: [],
};
