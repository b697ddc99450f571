/** Bootstrap intervals: resampling by a counter-based generator, so that equal seeds give equal intervals. */

import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import type { ScoreMatrix } from "./aggregate.ts";
import type { Interval } from "./intervals.ts";
import { quantileOfSorted } from "./moments.ts";

export interface BootstrapSettings {
  /** Seed of the generator: printed with every interval. */
  readonly seed: number;
  readonly replicates: number;
}

/** What the leaderboard uses. */
export const BOOTSTRAP: BootstrapSettings = { seed: 20251011, replicates: 2000 };

/**
 * Indices of resampled runs, [replicate][task][run], flat: in every replicate, every task draws `runs` of its
 * runs with replacement. Runs of one task are never exchanged for those of another: tasks are the strata.
 */
export function resampledRuns(runs: number, tasks: number, settings: BootstrapSettings): Uint32Array {
  const indices = new Uint32Array(settings.replicates * tasks * runs);
  const random = randomSequence({ seed: settings.seed, stream: Stream.bootstrap }, runs, tasks);
  for (let i = 0; i < indices.length; i++) indices[i] = random.below(runs);
  return indices;
}

/**
 * The statistic of every replicate of `scores`, for indices as `resampledRuns` gives them. One set of indices
 * serves any number of algorithms with as many runs and tasks, whose replicates are then comparable pairwise.
 * @param statistic of a list of all scores of a replicate, task by task; it may reorder the list
 */
export function stratifiedBootstrap(
  scores: ScoreMatrix,
  indices: ArrayLike<number>,
  statistic: (values: Float64Array) => number,
): Float64Array {
  const runs = scores.length, tasks = scores[0]!.length, size = runs * tasks;
  if (indices.length === 0 || indices.length % size !== 0) {
    throw new RangeError(
      `stratifiedBootstrap expects a multiple of ${runs} runs x ${tasks} tasks of indices, found ${indices.length}`,
    );
  }
  const byTask = Float64Array.from({ length: size }, (_, i) => scores[i % runs]![Math.floor(i / runs)]!);
  const values = new Float64Array(size);
  return Float64Array.from({ length: indices.length / size }, (_, replicate) => {
    const offset = replicate * size;
    for (let task = 0, at = 0; task < tasks; task++) {
      for (let run = 0; run < runs; run++, at++) values[at] = byTask[task * runs + indices[offset + at]!]!;
    }
    return statistic(values);
  });
}

/** Two-sided percentile interval of replicates. */
export function percentileInterval(replicates: ArrayLike<number>, confidence = 0.95): Interval {
  const sorted = Float64Array.from(replicates).sort();
  const tail = (1 - confidence) / 2;
  return [quantileOfSorted(sorted, tail), quantileOfSorted(sorted, 1 - tail)];
}

/** Indices of resampled items, [replicate][item], flat. */
export function resampledItems(items: number, settings: BootstrapSettings): Uint32Array {
  return resampledRuns(items, 1, settings);
}

/** Mean of a - b over resampled common items, for every row of indices. @throws RangeError for unpaired lists */
export function pairedBootstrap(
  a: readonly number[],
  b: readonly number[],
  indices: ArrayLike<number>,
): Float64Array {
  if (a.length !== b.length) {
    throw new RangeError(`pairedBootstrap expects paired items, found ${a.length} and ${b.length}`);
  }
  const differences = Float64Array.from(a, (value, i) => value - b[i]!), n = differences.length;
  if (indices.length === 0 || indices.length % n !== 0) {
    throw new RangeError(`pairedBootstrap expects a multiple of ${n} indices, found ${indices.length}`);
  }
  return Float64Array.from({ length: indices.length / n }, (_, replicate) => {
    let sum = 0;
    for (let i = replicate * n, end = i + n; i < end; i++) sum += differences[indices[i]!]!;
    return sum / n;
  });
}
