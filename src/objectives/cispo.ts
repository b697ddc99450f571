/**
 * CISPO (MiniMax-M1, arXiv 2506.13585): the clipped ratio is a constant weight, so that no token loses its gradient.
 *
 *   J = mean over all tokens of stop(clip(r, 1 - clipLow, 1 + clipHigh)) A log p
 *   grad J: weight clip(r) A
 */

import { exp } from "../../kernels/math/elementary.ts";
import wgsl from "../../kernels/objectives/cispo.wgsl" with { type: "text" };
import type { Hyper, Objective } from "./objective.ts";
import { allSteps, onDenoising, tokenMean, tokenObjective } from "./token_mean.ts";

const clip = (ratio: number, { clipLow, clipHigh }: Hyper) =>
  Math.min(Math.max(ratio, 1 - clipLow!), 1 + clipHigh!);

export const cispo: Objective = {
  ...tokenObjective,
  id: "cispo",
  title: "CISPO",
  paper: "arXiv 2506.13585",
  equation: "mean over tokens of stop(clip(r, 1 - clipLow, 1 + clipHigh)) A log p",
  departures: [
    ...onDenoising,
    "A = R - mean R, without the standard deviation",
    "the paper tunes the upper bound alone and does not state it: both bounds are those of clip-higher",
  ],
  defaults: { ...allSteps, clipLow: 0.2, clipHigh: 0.28 },
  vanishes: () => true,
  weight: ({ delta, advantage }, hyper, { targets }) =>
    advantage === 0 ? 0 : clip(exp(delta), hyper) * advantage / targets,
  value: (response, hyper, totals) =>
    tokenMean(
      response,
      totals,
      ({ logp, stopped, anchor, advantage }) => clip(exp(stopped - anchor), hyper) * advantage * logp,
    ),
  wgsl,
  wgslHyper: ["clipLow", "clipHigh"],
};
