/**
 * SPG: sandwiched policy gradient (arXiv 2510.09541). Answers that are better than the group's mean climb a lower
 * bound of their likelihood, worse ones descend an upper bound.
 *
 *   J = sum_g len_g A_g bound_g / sum_g len_g,     len: completion tokens
 *   A >= 0: ELBO = mean over m states of the mean log p of their masked tokens
 *   A <  0: omega EUBO + (1 - omega) ELBO
 *   EUBO = (1/beta) mean over tokens masked in any state of log((1/m) sum_states [masked] p_i^beta / t)
 *   t = masked completion tokens / len;   u = 1 / t, so that a state's mean log p is sum u log p / len
 *   grad J: weight A / sum len times u / m (ELBO) and len / N q (EUBO), N: tokens masked in any state,
 *           q = u p_i^beta / (sum over the states that mask i of u p_i^beta)
 *
 * States are masked block-wise: one block of those with completion tokens in part, later blocks fully.
 */

import { exp, log } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/spg.wgsl" with { type: "text" };
import { blockState } from "../diffusion/forward_process.ts";
import { statesOfEach } from "./completion_states.ts";
import { estimate, mean } from "./elbo_samples.ts";
import type { EvaluatedResponse, Hyper, Objective } from "./objective.ts";
import { positionSums } from "../../kernels/objectives/position_sums.ts";

/** Evidence upper bound, a mean over tokens; 0 where nothing is masked. */
function upperBound(states: EvaluatedResponse["states"], beta: number): number {
  const sums = [...positionSums(states, beta).values()];
  return sums.length ? mean(sums.map(({ logMass }) => logMass - log(states.length))) / beta : 0;
}

/** The share of the upper bound in the bound of a response. */
const upperShare = (advantage: number, { omega }: Hyper) => advantage < 0 ? omega! : 0;

export const spg: Objective = {
  id: "spg",
  title: "SPG",
  paper: "arXiv 2510.09541",
  equation: "sum len A bound / sum len, bound = ELBO if A >= 0 else omega EUBO + (1 - omega) ELBO",
  departures: [
    "every state draws its block on its own; the released code permutes the blocks of the whole response and takes " +
    "them modulo those of the completion, so that states tend to differ in block and the first blocks come more often",
    "the masses p^beta are added as logarithms; in the released code a token whose p^beta underflows is left out",
    "the released code also computes a mask of the chosen block and does not use it; there is none here",
    "beta 1.5 and omega 0.5 are the general settings: the released recipes use beta 1 for Sudoku, and the upper " +
    "bound alone (omega 1) with beta 2 for Countdown",
  ],
  defaults: { samples: 2, blockLength: 32, lightMaskRatio: 0.15, beta: 1.5, omega: 0.5 },
  advantage: { kind: "center" },
  anchor: "none",
  scope: "response",
  positionSums: { power: ({ beta }) => beta! },
  statesPerResponse: ({ samples }) => samples!,
  plan: (request, { samples, blockLength, lightMaskRatio }) =>
    statesOfEach(request, ({ index, response, completionLength, maskId, draws }) => {
      const masking = { completionLength, blockLength: blockLength!, lightRatio: lightMaskRatio! };
      return Array.from({ length: samples! }, () => blockState({ index, response, maskId }, masking, draws));
    }),
  vanishes: () => true,
  weight(w, hyper, { completionTokens }) {
    const upper = upperShare(w.advantage, hyper);
    const q = w.unit * exp(hyper.beta! * w.logp - w.positionLogMass);
    const slope = upper * w.completionLength / w.responsePositions * q +
      (1 - upper) * w.unit / w.responseStates;
    return w.advantage / completionTokens * slope;
  },
  value({ completionLength, states }, hyper, { completionTokens }) {
    const { advantage } = states[0]!, upper = upperShare(advantage, hyper);
    const lower = mean(states.map(estimate)) / completionLength;
    const bound = upper * upperBound(states, hyper.beta!) + (1 - upper) * lower;
    return completionLength / completionTokens * advantage * bound;
  },
  wgsl,
  wgslHyper: ["beta", "omega"],
};
