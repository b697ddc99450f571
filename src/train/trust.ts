/** How far an update is from the policy of the rollout, and how much of it a trust region holds back. */

import { exp } from "../../kernels/math/elementary.ts";
import type { PlanFacts } from "../../kernels/objectives/facts.ts";
import { k3 } from "../objectives/kl.ts";

export interface TrustMeasures {
  /** Share of the targets with an advantage other than 0 whose weight is exactly 0: clipped or masked. */
  readonly maskShare: number;
  /** Mean over the targets of r - 1 - log r, r = p / p_anchor: the k3 estimate of KL(anchor || current), in nats. */
  readonly kl: number | null;
  /** Largest r. */
  readonly maxRatio: number | null;
}

/**
 * Measures of one update, before it is applied. Without an anchor, or without targets, the last two are null.
 * @param arrays per target: log-probs of the current and the anchor policy, and d loss / d logp
 */
export function trustMeasures(
  { states }: Pick<PlanFacts, "states">,
  { logp, dlogp, anchor }: { logp: Float32Array; dlogp: Float32Array; anchor: Float32Array | null },
): TrustMeasures {
  let target = 0, signals = 0, held = 0;
  for (const { advantage, units: { length } } of states) {
    if (advantage !== 0) {
      signals += length;
      for (let k = target; k < target + length; k++) if (dlogp[k] === 0) held++;
    }
    target += length;
  }
  const maskShare = signals ? held / signals : 0;
  if (!anchor || logp.length === 0) return { maskShare, kl: null, maxRatio: null };
  let kl = 0, most = -Infinity;
  for (let k = 0; k < logp.length; k++) {
    kl += k3(anchor[k]!, logp[k]!).value;
    most = Math.max(most, logp[k]! - anchor[k]!);
  }
  return { maskShare, kl: kl / logp.length, maxRatio: exp(most) };
}
