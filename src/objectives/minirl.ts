/**
 * MiniRL (arXiv 2512.01374): the ratio corrects for the policy that sampled, the mask of PPO looks at the old policy
 * that the trainer recomputes on the same states.
 *
 *   J = mean over all tokens of M r A,   r = p / mu,   M = 0 where q = p / p_old leaves [1 - clipLow, 1 + clipHigh]
 *       away from 1 in the direction of A, else 1
 *   grad J: weight M r A; with a finite `truncation` C (MiniRL-TIS) M min(r, C) A, M and the ratio held constant
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/minirl.wgsl" with { type: "text" };
import { OFF, passes } from "./clipping.ts";
import type { Objective } from "./objective.ts";
import { allSteps, onDenoising, tokenObjective, truncatedValue, truncatedWeight } from "./token_mean.ts";

export const minirl: Objective = {
  ...tokenObjective,
  id: "minirl",
  title: "MiniRL",
  paper: "arXiv 2512.01374, as compared in arXiv 2602.04879",
  equation: "mean over tokens of M r A, M: the mask of PPO on p / p_old, recomputed",
  departures: [...onDenoising, "no truncation of the ratio unless `truncation` is set (the paper's TIS: 3)"],
  defaults: { ...allSteps, clipLow: 0.2, clipHigh: 0.28, truncation: OFF },
  recomputed: true,
  vanishes: () => true,
  weight: (inputs, hyper, totals) =>
    truncatedWeight(
      inputs,
      passes(exp(inputs.recomputedDelta), inputs.advantage, hyper),
      hyper.truncation!,
      totals,
    ),
  value: (response, hyper, totals) =>
    truncatedValue(
      response,
      totals,
      hyper.truncation!,
      ({ stopped, recomputed, advantage }) => passes(exp(stopped - recomputed), advantage, hyper),
    ),
  wgsl,
  wgslHyper: ["clipLow", "clipHigh", "truncation"],
};
