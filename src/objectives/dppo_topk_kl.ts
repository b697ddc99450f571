/**
 * DPPO with the top-K KL divergence: over the K likeliest tokens of the rollout's distribution, the sampled token and
 * one category for the rest; see dppo.ts. The device evaluates it from the recorded tokens and the current logits
 * (kernels/token_logprob); K of the size of the vocabulary gives the full divergence exactly.
 */

import wgsl from "../../kernels/objectives/dppo_topk_kl.wgsl" with { type: "text" };
import { dppo } from "./dppo.ts";

export const dppoTopkKl = {
  ...dppo({
    id: "dppo-topk-kl",
    title: "DPPO top-K KL",
    equation: "mean over tokens of M r A, D = KL over {top-K of mu, a, rest}",
    divergence: ({ divergence }) => divergence,
    delta: 0.05,
    extra: { topK: 20 },
    wgsl,
  }),
  divergence: "kl",
} as const;
