/**
 * DPPO with the binary KL divergence of {sampled token, rest}; see dppo.ts and trust_region.ts for the equations. It
 * needs nothing of the rollout but the log-probs of its tokens.
 */

import wgsl from "../../kernels/objectives/dppo_binary_kl.wgsl" with { type: "text" };
import { dppo } from "./dppo.ts";
import { binaryKl } from "./trust_region.ts";

export const dppoBinaryKl = dppo({
  id: "dppo-binary-kl",
  title: "DPPO binary KL",
  equation: "mean over tokens of M r A, D = KL of {a, rest} from mu to pi",
  divergence: ({ anchor, stopped }) => binaryKl(anchor, stopped),
  delta: 0.05,
  wgsl,
});
