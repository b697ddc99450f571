/** What an objective declares of terms over the whole distribution of a target. */

import type { DistributionTerm, Hyper, Objective } from "./objective.ts";

/** Which of them there are under these settings. */
export function distributionTerms(
  { distribution }: Pick<Objective, "distribution">,
  hyper: Hyper,
): Readonly<Record<DistributionTerm, boolean>> {
  return distribution?.terms(hyper) ?? { kl: false, entropy: false };
}
