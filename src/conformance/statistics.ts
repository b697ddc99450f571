/** stats.json: aggregates, intervals and tests. */

import {
  interquartileMean,
  interquartileMeanFractional,
  interquartileMeanOf,
  meanOfTasks,
  medianOfTasks,
  optimalityGap,
  performanceProfile,
  type ScoreMatrix,
  taskMeanProfile,
} from "../statistics/aggregate.ts";
import { pairedBootstrap, percentileInterval, stratifiedBootstrap } from "../statistics/bootstrap.ts";
import { improvementPerTask, probabilityOfImprovement } from "../statistics/improvement.ts";
import { wilsonInterval } from "../statistics/intervals.ts";
import { mcnemar } from "../statistics/mcnemar.ts";
import { mean, quantile } from "../statistics/moments.ts";
import {
  type CaseResult,
  type Checker,
  compareCase,
  F64_TOLERANCE,
  type Numbers,
  readJson,
} from "./checker.ts";

interface Profile {
  readonly tau: number;
  readonly value: number;
}

interface StatisticsJson {
  readonly aggregate: readonly {
    readonly scores: ScoreMatrix;
    readonly iqm: number;
    readonly iqm_fractional: number;
    readonly mean: number;
    readonly median: number;
    readonly optimality_gap: readonly { readonly gamma: number; readonly value: number }[];
    readonly performance_profile: readonly Profile[];
    readonly task_mean_profile: readonly Profile[];
  }[];
  readonly probability_of_improvement: readonly {
    readonly x: ScoreMatrix;
    readonly y: ScoreMatrix;
    readonly per_task: readonly number[];
    readonly value: number;
  }[];
  readonly wilson: readonly {
    readonly k: number;
    readonly n: number;
    readonly z: number;
    readonly interval: readonly number[];
  }[];
  readonly mcnemar: readonly {
    readonly b: number;
    readonly c: number;
    readonly p_exact: number;
    readonly p_mid: number;
  }[];
  readonly paired_bootstrap: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly indices: readonly (readonly number[])[];
    readonly observed: number;
    readonly differences: readonly number[];
    readonly interval_95: readonly number[];
    readonly interval_90: readonly number[];
  }[];
  readonly stratified_bootstrap_given_indices: readonly {
    readonly scores: ScoreMatrix;
    /** [replicate][task][run] */
    readonly indices: readonly (readonly (readonly number[])[])[];
    readonly iqm: readonly number[];
    readonly interval_95: readonly number[];
  }[];
  readonly quantile: readonly {
    readonly x: readonly number[];
    readonly q: readonly number[];
    readonly value: readonly number[];
  }[];
}

export const statisticsChecker: Checker = {
  matches: (path) => path === "stats.json",
  async check(path, folder) {
    const json = await readJson(folder, path) as StatisticsJson;
    return [
      ...json.aggregate.map((each, i) =>
        checked(`aggregate[${i}]`, {
          iqm: [interquartileMean(each.scores), each.iqm],
          iqm_fractional: [interquartileMeanFractional(each.scores), each.iqm_fractional],
          mean: [meanOfTasks(each.scores), each.mean],
          median: [medianOfTasks(each.scores), each.median],
          optimality_gap: [
            each.optimality_gap.map(({ gamma }) => optimalityGap(each.scores, gamma)),
            each.optimality_gap.map(({ value }) => value),
          ],
          performance_profile: [
            each.performance_profile.map(({ tau }) => performanceProfile(each.scores, tau)),
            each.performance_profile.map(({ value }) => value),
          ],
          task_mean_profile: [
            each.task_mean_profile.map(({ tau }) => taskMeanProfile(each.scores, tau)),
            each.task_mean_profile.map(({ value }) => value),
          ],
        })
      ),
      ...json.probability_of_improvement.map(({ x, y, per_task, value }, i) =>
        checked(`probability_of_improvement[${i}]`, {
          per_task: [improvementPerTask(x, y), per_task],
          value: [probabilityOfImprovement(x, y), value],
        })
      ),
      ...json.wilson.map(({ k, n, z, interval }, i) =>
        checked(`wilson[${i}]`, { interval: [wilsonInterval(k, n, z), interval] })
      ),
      ...json.mcnemar.map(({ b, c, p_exact, p_mid }, i) => {
        const { exact, mid } = mcnemar(b, c);
        return checked(`mcnemar[${i}]`, { p_exact: [exact, p_exact], p_mid: [mid, p_mid] });
      }),
      ...json.paired_bootstrap.map(({ a, b, indices, observed, differences, ...intervals }, i) => {
        const found = pairedBootstrap(a, b, indices.flat());
        return checked(`paired_bootstrap[${i}]`, {
          observed: [mean(a) - mean(b), observed],
          differences: [found, differences],
          interval_95: [percentileInterval(found), intervals.interval_95],
          interval_90: [percentileInterval(found, 0.9), intervals.interval_90],
        });
      }),
      ...json.stratified_bootstrap_given_indices.map(({ scores, indices, iqm, interval_95 }, i) => {
        const found = stratifiedBootstrap(scores, indices.flat(2), interquartileMeanOf);
        return checked(`stratified_bootstrap_given_indices[${i}]`, {
          iqm: [found, iqm],
          interval_95: [percentileInterval(found), interval_95],
        });
      }),
      ...json.quantile.map(({ x, q, value }, i) =>
        checked(`quantile[${i}]`, { value: [q.map((each) => quantile(x, each)), value] })
      ),
    ];
  },
};

/** A case from [found, expected] by name. */
function checked(
  name: string,
  values: Readonly<Record<string, readonly [actual: Numbers, expected: Numbers]>>,
): CaseResult {
  return compareCase(
    name,
    Object.entries(values).map(([name, [actual, expected]]) => ({
      name,
      actual,
      expected,
      tolerance: F64_TOLERANCE,
    })),
  );
}
