/**
 * wd1: weighted likelihood without a ratio (arXiv 2507.08838).
 *
 *   J = mean over prompts of sum_g (w+_g - w-_g) sum_i log p(y_i | c', all masked)
 *   w+ = softmax_g(A / psi),     w- = softmax_g(-A / psi),     A = R - mean R,     softmax over the group
 *   grad J: weight (w+ - w-) / prompts on each completion token
 *
 * The estimate is that of diffu-grpo: the whole response masked, each prompt token with probability 0.15. It needs
 * neither old policy nor reference. The sum over tokens makes long answers weigh more.
 */

import wgsl from "../../kernels/objectives/wd1.wgsl" with { type: "text" };
import { fullyMaskedState, statesOfEach } from "./completion_states.ts";
import { sum } from "./elbo_samples.ts";
import type { Objective } from "./objective.ts";

export const wd1: Objective = {
  id: "wd1",
  title: "wd1",
  paper: "arXiv 2507.08838",
  equation: "mean over prompts of sum_g (w+ - w-) sum_i logp_i, w+- = softmax over the group of +-A / psi",
  departures: [
    "the softmax runs over the group of a prompt; in the released code over a device batch, which is one group there",
    "every inner update and response has prompt masks of its own, as in diffu-grpo here",
    "step-wise weights (wd1++) are not part of it",
  ],
  defaults: { promptMaskRatio: 0.15, psi: 1 },
  advantage: { kind: "softmax-difference" },
  anchor: "none",
  scope: "token",
  statesPerResponse: () => 1,
  plan: (request, { promptMaskRatio }) =>
    statesOfEach(request, (planned) => [fullyMaskedState(planned, promptMaskRatio!)]),
  vanishes: () => true,
  weight: ({ advantage }, _, { prompts }) => advantage / prompts,
  value: ({ states }, _, { prompts }) =>
    sum(states.map(({ advantage, logp }) => advantage * sum(logp))) / prompts,
  wgsl,
  wgslHyper: [],
};
