/** Equivalence of two systems: the burden of proof lies on equality, unlike in a test for a difference. */

import { type Interval, tInterval } from "./intervals.ts";
import { mean } from "./moments.ts";

export interface Equivalence {
  readonly n: number;
  readonly mean: number;
  /** 90 %: it lies within the margin exactly when both one-sided tests reject at 5 %. Null for n < 2. */
  readonly interval: Interval | null;
  readonly margin: number;
  readonly equivalent: boolean;
}

/**
 * Two one-sided t tests at 5 % (Schuirmann 1987): whether the mean of paired differences lies within +-margin.
 * Fewer than two differences are never equivalent.
 * @throws RangeError for a margin that is not positive or no differences
 */
export function equivalence(differences: readonly number[], margin: number): Equivalence {
  if (!(margin > 0)) throw new RangeError(`equivalence expects a positive margin, found ${margin}`);
  const interval = tInterval(differences, 0.9);
  return {
    n: differences.length,
    mean: mean(differences),
    interval,
    margin,
    equivalent: interval !== null && interval[0] > -margin && interval[1] < margin,
  };
}
