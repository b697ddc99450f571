/**
 * DPPO with the top-K TV divergence: over the K likeliest tokens of the rollout's distribution, the sampled token and
 * one category for the rest; see dppo.ts. The device evaluates it from the recorded tokens and the current logits
 * (kernels/token_logprob); K of the size of the vocabulary gives the full divergence exactly.
 */

import wgsl from "../../kernels/objectives/dppo_topk_tv.wgsl" with { type: "text" };
import { dppo } from "./dppo.ts";

export const dppoTopkTv = {
  ...dppo({
    id: "dppo-topk-tv",
    title: "DPPO top-K TV",
    equation: "mean over tokens of M r A, D = TV over {top-K of mu, a, rest}",
    divergence: ({ divergence }) => divergence,
    delta: 0.15,
    extra: { topK: 20 },
    wgsl,
  }),
  divergence: "tv",
} as const;
