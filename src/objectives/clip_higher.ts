/**
 * DAPO's clip-higher (arXiv 2503.14476, section 3.1): the clipped surrogate with a looser upper bound, so that unlikely
 * tokens may gain probability.
 *
 *   J = mean over all tokens of min(r A, clip(r, 1 - clipLow, 1 + clipHigh) A)
 *   grad J: weight r A, and 0 where A > 0, r > 1 + clipHigh or A < 0, r < 1 - clipLow
 *
 * It is ppo-clip with another default: the equation, its weight and its value are those of that file.
 */

import wgsl from "../../kernels/objectives/clip_higher.wgsl" with { type: "text" };
import type { Objective } from "./objective.ts";
import { ppoClip } from "./ppo_clip.ts";
import { onDenoising } from "./token_mean.ts";

export const clipHigher: Objective = {
  ...ppoClip,
  id: "clip-higher",
  title: "Clip-higher (DAPO)",
  paper: "arXiv 2503.14476, section 3.1",
  departures: [
    ...onDenoising,
    "of DAPO, its clipping and its mean over tokens: no dynamic sampling, no length penalty, A = R - mean R " +
    "without the standard deviation, as in the comparison of arXiv 2602.04879",
  ],
  defaults: { ...ppoClip.defaults, clipHigh: 0.28 },
  wgsl,
};
