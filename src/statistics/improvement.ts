/** How often a run of one algorithm beats a run of another. */

import type { ScoreMatrix } from "./aggregate.ts";
import { mean } from "./moments.ts";

/**
 * P(x > y) + P(x = y) / 2 over all pairs of a run of x and a run of y (Mann-Whitney), per task. The numbers of
 * runs may differ.
 */
export function improvementPerTask(x: ScoreMatrix, y: ScoreMatrix): number[] {
  return x[0]!.map((_, task) => {
    let wins = 0;
    for (const { [task]: own } of x) {
      for (const { [task]: other } of y) wins += own! > other! ? 1 : own === other ? 0.5 : 0;
    }
    return wins / (x.length * y.length);
  });
}

/** Mean over tasks of `improvementPerTask`. */
export function probabilityOfImprovement(x: ScoreMatrix, y: ScoreMatrix): number {
  return mean(improvementPerTask(x, y));
}
