/**
 * DPPO with the binary TV divergence of {sampled token, rest}; see dppo.ts and trust_region.ts for the equations. It
 * needs nothing of the rollout but the log-probs of its tokens.
 */

import wgsl from "../../kernels/objectives/dppo_binary_tv.wgsl" with { type: "text" };
import { dppo } from "./dppo.ts";
import { binaryTv } from "./trust_region.ts";

export const dppoBinaryTv = dppo({
  id: "dppo-binary-tv",
  title: "DPPO binary TV",
  equation: "mean over tokens of M r A, D = |mu(a) - pi(a)|",
  divergence: ({ anchor, stopped }) => binaryTv(anchor, stopped),
  delta: 0.15,
  wgsl,
});
