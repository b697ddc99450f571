/**
 * PPO's clipped surrogate with the group's mean as baseline (Schulman et al. 2017, arXiv 1707.06347, equation 7; GRPO,
 * arXiv 2402.03300), per revealed token.
 *
 *   J = mean over all tokens of min(r A, clip(r, 1 - clipLow, 1 + clipHigh) A)
 *   grad J: weight r A, and 0 where A > 0, r > 1 + clipHigh or A < 0, r < 1 - clipLow
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/ppo_clip.wgsl" with { type: "text" };
import { passes, surrogate } from "./clipping.ts";
import type { Objective } from "./objective.ts";
import { allSteps, onDenoising, tokenMean, tokenObjective } from "./token_mean.ts";

export const ppoClip: Objective = {
  ...tokenObjective,
  id: "ppo-clip",
  title: "PPO-clip",
  paper: "arXiv 1707.06347, equation 7; arXiv 2402.03300",
  equation: "mean over tokens of min(r A, clip(r, 1 - clipLow, 1 + clipHigh) A)",
  departures: [
    ...onDenoising,
    "no value function: A = R - mean R of the group, without the standard deviation and the KL of GRPO",
  ],
  defaults: { ...allSteps, clipLow: 0.2, clipHigh: 0.2 },
  vanishes: () => true,
  weight({ delta, advantage }, hyper, { targets }) {
    const ratio = exp(delta);
    return advantage !== 0 && passes(ratio, advantage, hyper) ? ratio * advantage / targets : 0;
  },
  value: (response, hyper, totals) =>
    tokenMean(
      response,
      totals,
      ({ logp, anchor, advantage }) => advantage && surrogate(exp(logp - anchor), advantage, hyper),
    ),
  wgsl,
  wgslHyper: ["clipLow", "clipHigh"],
};
