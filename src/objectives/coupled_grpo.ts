/**
 * coupled-GRPO (DiffuCoder, arXiv 2506.20639): GRPO whose token log-probs average a full and two complementary masks.
 *
 *   J = mean over completion tokens of S(rho_i, A) - beta k3_i,     rho_i = e^(logp_i - old_i)
 *   logp_i = 1/2 (log p(y_i | z0) + [i in z1] log p(y_i | z1) / q + [i in z2] log p(y_i | z2) / (1 - q))
 *   z0: all masked;   z1: each token masked with probability q ~ U(0.2, 0.8);   z2: the others
 *   grad J: weight u ([S flows] A rho_i - beta (1 - e^(ref_i - logp_i))) / completion tokens,
 *           u = 1/2, 1/(2 q) and 1/(2 (1 - q)) in z0, z1 and z2
 *
 * The ratio of a token holds its log-probs in two states: the weight needs their sum over the position.
 */

import wgsl from "../../kernels/objectives/coupled_grpo.wgsl" with { type: "text" };
import {
  complementPositions,
  drawIndependently,
  everyPosition,
  partlyScoredState,
} from "../diffusion/forward_process.ts";
import { statesOfEach } from "./completion_states.ts";
import { sum } from "./elbo_samples.ts";
import { grpoDerivative, grpoTerm } from "./grpo_term.ts";
import type { Objective } from "./objective.ts";
import { positionSums } from "../../kernels/objectives/position_sums.ts";

export const coupledGrpo: Objective = {
  id: "coupled-grpo",
  title: "coupled-GRPO",
  paper: "arXiv 2506.20639",
  equation:
    "mean over completion tokens of min(rho A, clip(rho) A) - beta k3, logp averaged over coupled masks",
  departures: [
    "every response draws its own q and masks; the released code draws one q per device batch",
    "the mean runs over the completion tokens of a whole update, in the released code over those of a device batch",
  ],
  defaults: { lowestRatio: 0.2, highestRatio: 0.8, clipLow: 0.5, clipHigh: 0.5, beta: 0.01 },
  advantage: { kind: "loo" },
  anchor: "old",
  needsReference: ({ beta }) => beta! > 0,
  scope: "response",
  positionSums: {},
  statesPerResponse: () => 3,
  plan: (request, { lowestRatio, highestRatio }) =>
    statesOfEach(request, ({ index, response, completionLength, maskId, draws }) => {
      const length = response.tokens.length;
      const q = lowestRatio! + (highestRatio! - lowestRatio!) * draws.uniform();
      const first = drawIndependently(length, q, draws);
      const state = (masked: Uint32Array, unit: number) => {
        const scored = masked.filter((position) => position < completionLength);
        return partlyScoredState({ index, response, maskId }, { masked, scored }, unit);
      };
      return [
        state(everyPosition(length), 1 / 2),
        state(first, 1 / (2 * q)),
        state(complementPositions(length, first), 1 / (2 * (1 - q))),
      ];
    }),
  vanishes: ({ beta }) => beta === 0,
  weight: ({ positionDelta, positionReferenceDelta, advantage, unit }, hyper, { completionTokens }) =>
    unit * grpoDerivative(positionDelta, positionReferenceDelta, advantage, hyper) / completionTokens,
  value: ({ states }, hyper, { completionTokens }) =>
    sum(
      [...positionSums(states).values()].map(({ delta, referenceDelta }) =>
        grpoTerm(delta, referenceDelta, states[0]!.advantage, hyper)
      ),
    ) / completionTokens,
  wgsl,
  wgslHyper: ["clipLow", "clipHigh", "beta"],
};
