/**
 * diffu-GRPO (d1, arXiv 2504.12216 v2, equations 3 and 4): GRPO with a one-step estimate of token log-probs.
 *
 *   J = mean over all completion tokens of the batch of S(rho_i, A) - beta k3_i,     rho_i = e^(logp_i - old_i)
 *   logp_i = log p(y_i | c', all masked),     c': each prompt token masked with probability 0.15
 *   S(r, A) = min(r A, clip(r) A),     k3_i = e^(ref_i - logp_i) - (ref_i - logp_i) - 1
 *   grad J: weight ([S flows] A rho_i - beta (1 - e^(ref_i - logp_i))) / completion tokens
 *
 * Each inner update masks the prompt anew; the log-probs of policy, old policy and reference share the masks.
 */

import wgsl from "../../kernels/objectives/diffu_grpo.wgsl" with { type: "text" };
import { fullyMaskedState, statesOfEach } from "./completion_states.ts";
import { sum } from "./elbo_samples.ts";
import { grpoDerivative, grpoSum } from "./grpo_term.ts";
import type { Objective } from "./objective.ts";

export const diffuGrpo: Objective = {
  id: "diffu-grpo",
  title: "diffu-GRPO",
  paper: "arXiv 2504.12216 v2",
  equation: "mean over completion tokens of min(rho A, clip(rho) A) - beta k3, all of the response masked",
  departures: [
    "every inner update and response has prompt masks of its own; in the released code the index of the seed runs " +
    "modulo mu over micro-batches, so that with gradient accumulation each micro-batch sees a part of the seeds",
    "the mean runs over the completion tokens of a whole update, in the released code over those of a device batch",
    "beta > 0 also works with one update per rollout, where the released code stops with an error",
  ],
  defaults: { promptMaskRatio: 0.15, clipLow: 0.5, clipHigh: 0.5, beta: 0.04 },
  advantage: { kind: "center" },
  anchor: "old",
  needsReference: ({ beta }) => beta! > 0,
  scope: "token",
  statesPerResponse: () => 1,
  plan: (request, { promptMaskRatio }) =>
    statesOfEach(request, (planned) => [fullyMaskedState(planned, promptMaskRatio!)]),
  vanishes: ({ beta }) => beta === 0,
  weight: ({ delta, referenceDelta, advantage }, hyper, { completionTokens }) =>
    grpoDerivative(delta, referenceDelta, advantage, hyper) / completionTokens,
  value: ({ states }, hyper, { completionTokens }) =>
    sum(states.map((state) => grpoSum(state, hyper))) / completionTokens,
  wgsl,
  wgslHyper: ["clipLow", "clipHigh", "beta"],
};
