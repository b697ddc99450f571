import { assertAlmostEquals, assertEquals } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import {
  interquartileMean,
  interquartileMeanFractional,
  meanOfTasks,
  medianOfTasks,
  optimalityGap,
  performanceProfile,
  taskMeanProfile,
  taskMeans,
} from "./aggregate.ts";

/** Two runs of three tasks; task means 0.2, 0.5, 0.9. */
const SCORES = [[0.1, 0.5, 0.8], [0.3, 0.5, 1]];

Deno.test("aggregates by hand: means 0.2, 0.5 and 0.9 of three tasks", () => {
  taskMeans(SCORES).forEach((mean, i) => assertAlmostEquals(mean, [0.2, 0.5, 0.9][i]!, 1e-15));
  assertAlmostEquals(meanOfTasks(SCORES), 1.6 / 3, 1e-15);
  assertAlmostEquals(medianOfTasks(SCORES), 0.5, 1e-15);
  // 0.1 and 1 are dropped: floor(6 / 4) = 1 at either end.
  assertAlmostEquals(interquartileMean(SCORES), (0.3 + 0.5 + 0.5 + 0.8) / 4, 1e-15);
  // Half of the mass is 3 of 6 scores: 0.5 + 0.5 whole, half of 0.3 and of 0.8.
  assertAlmostEquals(interquartileMeanFractional(SCORES), (0.15 + 1 + 0.4) / 3, 1e-15);
  assertAlmostEquals(optimalityGap(SCORES), 1 - 3.2 / 6, 1e-15);
  assertAlmostEquals(optimalityGap(SCORES, 0.5), 0.5 - (0.1 + 0.3 + 4 * 0.5) / 6, 1e-15);
  assertEquals(performanceProfile(SCORES, 0.5), 2 / 6);
  assertEquals(performanceProfile(SCORES, 0.49), 4 / 6);
  assertEquals(taskMeanProfile(SCORES, 0.5), 1 / 3);
});

Deno.test("the two interquartile means agree where a quarter of the scores is whole, and for equal scores", () => {
  const random = randomSequence({ seed: 1, stream: 1 });
  for (const [runs, tasks] of [[2, 4], [4, 6], [12, 9]] as const) {
    const scores = Array.from({ length: runs }, () => Array.from({ length: tasks }, () => random.uniform()));
    assertAlmostEquals(interquartileMean(scores), interquartileMeanFractional(scores), 1e-12);
  }
  assertEquals(interquartileMean([[0.25, 0.25], [0.25, 0.25], [0.25, 0.25]]), 0.25);
  assertEquals(interquartileMean([[0.7]]), 0.7);
});

Deno.test("the interquartile mean ignores the order of scores and what an outlier's value is", () => {
  const scores = [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8]];
  const expected = interquartileMean(scores);
  assertAlmostEquals(interquartileMean([[0.8, 0.3, 0.6, 0.1], [0.2, 0.7, 0.4, 0.5]]), expected, 1e-15);
  assertAlmostEquals(interquartileMean([[0, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 1]]), expected, 1e-15);
});
