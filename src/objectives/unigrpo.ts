/**
 * UniGRPO (MMaDA, arXiv 2505.15809, section 4): GRPO on the masked tokens of one randomly masked state.
 *
 *   J = mean over masked tokens of S(rho_i, A) - beta k3_i,     rho_i = e^(logp_i - old_i)
 *   logp_i = log p(y_i | c, z_n),     z_n: each response token masked with probability p_n, the prompt clean
 *   p_1 ~ U(0, 1),     p_n = p_1 + (n - 1) / (mu - 1) (1 - p_1) in inner update n of mu
 *   grad J: weight ([S flows] A rho_i - beta (1 - e^(ref_i - logp_i))) / masked tokens
 *
 * `tokenMean` 1: one mean over the masked tokens of the batch; 0: the mean of each response, then E_prompt.
 */

import wgsl from "../../kernels/objectives/unigrpo.wgsl" with { type: "text" };
import { drawIndependently, partlyScoredState } from "../diffusion/forward_process.ts";
import { statesOfEach } from "./completion_states.ts";
import { sum } from "./elbo_samples.ts";
import { grpoDerivative, grpoSum } from "./grpo_term.ts";
import type { Objective } from "./objective.ts";

export const unigrpo: Objective = {
  id: "unigrpo",
  title: "UniGRPO",
  paper: "arXiv 2505.15809; settings of its re-implementation in SPG, arXiv 2510.09541",
  equation:
    "mean over masked tokens of min(rho A, clip(rho) A) - beta k3, mask ratios even over inner updates",
  departures: [
    "no code is released: bounds 0.5, beta 0.04 and centred advantages are those of SPG's re-implementation",
    "the mask ratio is continuous; the paper rounds it down to one of T steps",
    "masked tokens after the first end token are not scored, as in the family of d1",
  ],
  defaults: { tokenMean: 1, clipLow: 0.5, clipHigh: 0.5, beta: 0.04 },
  advantage: { kind: "center" },
  anchor: "old",
  needsReference: ({ beta }) => beta! > 0,
  scope: "token",
  statesPerResponse: () => 1,
  plan: (request) =>
    statesOfEach(request, ({ index, response, completionLength, maskId, draws, shared }) => {
      const start = shared.uniform();
      const progress = request.innerUpdate / Math.max(1, request.innerUpdates - 1);
      const masked = drawIndependently(response.tokens.length, start + progress * (1 - start), draws);
      const scored = masked.filter((position) => position < completionLength);
      return [partlyScoredState({ index, response, maskId }, { masked, scored }, 1)];
    }),
  vanishes: ({ beta }) => beta === 0,
  weight: ({ delta, referenceDelta, advantage, share, stateTargets }, hyper, { targets }) =>
    grpoDerivative(delta, referenceDelta, advantage, hyper) *
    (hyper.tokenMean ? 1 / targets : share / stateTargets),
  value: ({ share, states }, hyper, { targets }) =>
    sum(states.map((state) => {
      const count = Math.max(1, state.logp.length);
      return grpoSum(state, hyper) * (hyper.tokenMean ? 1 / targets : share / count);
    })),
  wgsl,
  wgslHyper: ["tokenMean", "clipLow", "clipHigh", "beta"],
};
