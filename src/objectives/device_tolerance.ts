/** How far weights computed in f32 may lie from the f64 ones. */

import type { LogProbs, PlanFacts } from "./evaluate.ts";

/** Half a unit in the last place of f32, relative. */
const ROUNDING = 2 ** -24;

/**
 * Bound on the relative error of the weights of one update, from the rounding of f32. The error of a difference
 * d_j enters a weight through exp(d_j), so it is relative there: per target, u times the rounding of both
 * log-probs, of their difference, of u, of the product and of a sum of T terms; then the mean over n states. WGSL
 * allows exp an error of 3 + 2 |d| units in the last place. The rest of a weight is at most 8 roundings.
 */
export function weightTolerance({ states }: PlanFacts, { logp, anchor }: LogProbs): number {
  let target = 0, worst = 0;
  for (const { units } of states) {
    let rounding = 0, difference = 0;
    for (let k = 0; k < units.length; k++, target++) {
      const current = logp[target]!, from = anchor ? anchor[target]! : current;
      const delta = Math.abs(current - from);
      rounding += units[k]! * (Math.abs(current) + Math.abs(from) + (units.length + 3) * delta);
      difference += units[k]! * delta;
    }
    worst = Math.max(worst, rounding + (states.length + 2) * difference + 2 * (3 + 2 * difference));
  }
  return ROUNDING * (worst + 8);
}
