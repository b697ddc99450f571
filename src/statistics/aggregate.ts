/**
 * Aggregates of scores[run][task], each in [0, 1], of one algorithm. The interquartile mean, optimality gap and
 * performance profiles are those of Agarwal et al., "Deep RL at the edge of the statistical precipice" (2021).
 */

import { mean, median } from "./moments.ts";

/** Runs x tasks, no empty row; every run has every task. */
export type ScoreMatrix = readonly (readonly number[])[];

/** Mean over tasks of the mean over runs. */
export function meanOfTasks(scores: ScoreMatrix): number {
  return mean(taskMeans(scores));
}

/** Median over tasks of the mean over runs. */
export function medianOfTasks(scores: ScoreMatrix): number {
  return median(taskMeans(scores));
}

/**
 * Mean of the middle half of all scores of all runs and tasks: floor(n / 4) are dropped at either end, the form
 * that the literature's tables use.
 */
export function interquartileMean(scores: ScoreMatrix): number {
  return interquartileMeanOf(Float64Array.from(scores.flat()));
}

/** `interquartileMean` of a list, which is left sorted. Short lists, millions of times: the bootstrap lives here. */
export function interquartileMeanOf(values: Float64Array): number {
  sortInPlace(values);
  const cut = Math.floor(values.length / 4), end = values.length - cut;
  let sum = 0;
  for (let i = cut; i < end; i++) sum += values[i]!;
  return sum / (end - cut);
}

/** The same with the scores at the cuts weighted so that exactly half of the mass is kept. */
export function interquartileMeanFractional(scores: ScoreMatrix): number {
  const sorted = Float64Array.from(scores.flat()).sort();
  const quarter = sorted.length / 4;
  let sum = 0;
  sorted.forEach((value, i) => {
    const kept = Math.min(i + 1, 3 * quarter) - Math.max(i, quarter);
    if (kept > 0) sum += kept * value;
  });
  return sum / (2 * quarter);
}

/** How far the scores stay below `gamma` on average; what lies above it does not count. */
export function optimalityGap(scores: ScoreMatrix, gamma = 1): number {
  return gamma - mean(scores.flat().map((score) => Math.min(score, gamma)));
}

/** Share of all scores of all runs and tasks above `tau`. */
export function performanceProfile(scores: ScoreMatrix, tau: number): number {
  return shareAbove(scores.flat(), tau);
}

/** Share of tasks whose mean over runs is above `tau`. */
export function taskMeanProfile(scores: ScoreMatrix, tau: number): number {
  return shareAbove(taskMeans(scores), tau);
}

/** Mean over runs of every task. */
export function taskMeans(scores: ScoreMatrix): number[] {
  return scores[0]!.map((_, task) => mean(scores.map((run) => run[task]!)));
}

function shareAbove(values: readonly number[], tau: number): number {
  return values.filter((value) => value > tau).length / values.length;
}

/** Insertion sort while short, where it is the fastest. */
function sortInPlace(values: Float64Array): void {
  if (values.length > 64) return void values.sort();
  for (let i = 1; i < values.length; i++) {
    const value = values[i]!;
    let j = i - 1;
    while (j >= 0 && values[j]! > value) {
      values[j + 1] = values[j]!;
      j--;
    }
    values[j + 1] = value;
  }
}
