/**
 * Rankings over all tasks, on generated puzzles: aggregates with bootstrap intervals, and which objectives can be
 * told apart. The unit of replication is one training run, of a task and a seed.
 */

import {
  interquartileMean,
  interquartileMeanOf,
  medianOfTasks,
  optimalityGap,
  performanceProfile,
  type ScoreMatrix,
} from "../statistics/aggregate.ts";
import {
  BOOTSTRAP,
  percentileInterval,
  resampledRuns,
  stratifiedBootstrap,
} from "../statistics/bootstrap.ts";
import { detectableMeanDifference } from "../statistics/detectable.ts";
import { holm } from "../statistics/holm.ts";
import { probabilityOfImprovement } from "../statistics/improvement.ts";
import type { Interval } from "../statistics/intervals.ts";
import { mean, median, standardDeviation } from "../statistics/moments.ts";
import { signFlipTest } from "../statistics/sign_flip.ts";
import { tieGroups } from "../statistics/tie_groups.ts";
import { compare, round, roundPair, unique } from "../std/collections.ts";
import { curveOf, scoreAtUpdates } from "./curves.ts";
import { memo, remembering } from "./memo.ts";
import type { BenchRecord } from "../records/record.ts";
import { type Decoding, DECODINGS, GENERATED } from "../suite/names.ts";
import { type Mode, MODES } from "../../tasks/verdict.ts";

/** "compute": final models, all trained with the same number of operations. "updates": equally often updated. */
export type Axis = "compute" | "updates";

/** Chance of any pair told apart falsely. */
const LEVEL = 0.05;

/** Differences of scores are compared in steps of 1/4096: exact where 512 puzzles are graded. */
const STEPS = 4096;

/** Thresholds of the performance profiles. */
export const TAUS: readonly number[] = Array.from({ length: 19 }, (_, i) => round((i + 1) / 20));

export interface RankedRow {
  readonly objective: string;
  /** Mean over seeds by task, in the order of the ranking's tasks; null where a record is missing. */
  readonly scores: readonly (number | null)[];
  /** The same minus the base models'. */
  readonly gains: readonly (number | null)[];
  /** Null where a record is missing: a missing score never counts as 0. */
  readonly aggregate: Aggregate | null;
}

export interface Aggregate {
  /** Mean over tasks and seeds, and its 95 % stratified bootstrap interval. Intervals are null for one seed. */
  readonly mean: number;
  readonly meanInterval: Interval | null;
  readonly iqm: number;
  readonly iqmInterval: Interval | null;
  readonly medianOfTasks: number;
  readonly optimalityGap: number;
  /** Mean over tasks and seeds of the score minus the base model's. */
  readonly gain: number;
  readonly gainInterval: Interval | null;
  /** Share of all scores above each of the thresholds `taus`. */
  readonly profile: readonly number[];
  /** 1 + number of objectives that are told apart from this one and better. */
  readonly rank: number;
  /** Rows share a letter exactly when they are not told apart. */
  readonly group: string;
}

export interface Ranking {
  readonly axis: Axis;
  readonly decoding: Decoding;
  readonly mode: Mode;
  readonly tasks: readonly string[];
  /** Seeds that every objective has all tasks of. */
  readonly seeds: readonly number[];
  /** On the axis "updates": after how many updates each task is read. */
  readonly updates: readonly number[] | null;
  /** Base models, by task, mean over seeds. */
  readonly base: readonly (number | null)[];
  /** Best mean first; rows without an aggregate last. */
  readonly rows: readonly RankedRow[];
  readonly pairs: {
    readonly compared: number;
    readonly toldApart: number;
    /** Whether there are runs enough: the smallest p that they can give, corrected for all pairs, is below 5 %. */
    readonly resolvable: boolean;
    /**
     * Mean difference that a test of a single pair finds with a power of 80 %, from the median over pairs of the
     * deviation between runs; null where no pair can be told apart or runs do not differ.
     */
    readonly detectable: number | null;
  };
  /** Rows with an aggregate, in their order: p of every pair, adjusted by Holm; 1 on the diagonal. */
  readonly adjustedP: readonly (readonly number[])[];
  /** The probability that a run of the row's objective beats a run of the column's, mean over tasks. */
  readonly improvement: readonly (readonly number[])[];
}

/** Scores[task][seed] of one objective; null where a record is missing. */
interface Scored {
  readonly objective: string;
  readonly after: readonly (readonly (number | null)[])[];
  readonly before: readonly (readonly (number | null)[])[];
}

/** What is read from a record: the base model's score and the trained one's, or null. */
type Reader = (record: BenchRecord) => { readonly before: number; readonly after: number } | null;

/** Rankings in the order of presentation: the first is the one that orders every table. */
export function rankingsOf(
  records: readonly BenchRecord[],
  tasks: readonly string[],
  seeds: readonly number[],
): Ranking[] {
  const compute = MODES.flatMap((mode) => {
    const graded = gradedTasks(records, tasks, mode);
    if (graded.length === 0) return [];
    return DECODINGS.map((decoding) =>
      rankingOf(
        records,
        { axis: "compute", decoding, mode, tasks: graded, updates: null },
        seeds,
        finalScore(decoding, mode),
      )
    );
  });
  const updates = commonUpdates(records, tasks);
  const curves = DECODINGS.map((decoding) =>
    rankingOf(
      records,
      { axis: "updates", decoding, mode: "strict", tasks, updates },
      seeds,
      scoreAt(decoding, (task) => updates[tasks.indexOf(task)]!),
    )
  );
  return [...compute, ...curves].filter(({ rows }) =>
    rows.some(({ scores }) => scores.some((score) => score !== null))
  );
}

/** Tasks without those that have no such grader. */
function gradedTasks(records: readonly BenchRecord[], tasks: readonly string[], mode: Mode): string[] {
  const without = new Set(
    records.filter(({ outcome }) => outcome.tests.some(({ after }) => after[mode] === undefined))
      .map(({ cell }) => cell.task),
  );
  return tasks.filter((task) => !without.has(task));
}

function finalScore(decoding: Decoding, mode: Mode): Reader {
  return ({ outcome }) => {
    const test = outcome.tests.find((each) => each.set === GENERATED && each.decoding === decoding);
    const share = (score: NonNullable<typeof test>["after"]) => score[mode]!.correct / score.n;
    return test?.before[mode] && test.after[mode]
      ? { before: share(test.before), after: share(test.after) }
      : null;
  };
}

function scoreAt(decoding: Decoding, updatesOf: (task: string) => number): Reader {
  return (record) => {
    const curve = curveOf(record, decoding);
    if (curve.length === 0) return null;
    return { before: curve[0]!.score, after: scoreAtUpdates(curve, updatesOf(record.cell.task)) };
  };
}

/** By task, the largest number of updates that all runs reach. A run that diverged was stopped: it does not count. */
function commonUpdates(records: readonly BenchRecord[], tasks: readonly string[]): number[] {
  return tasks.map((task) => {
    const own = records.filter(({ cell }) => cell.task === task);
    const complete = own.filter(({ outcome }) => outcome.status === "complete");
    return Math.min(...(complete.length > 0 ? complete : own).map(({ outcome }) => outcome.budget.updates));
  });
}

function rankingOf(
  records: readonly BenchRecord[],
  head: Pick<Ranking, "axis" | "decoding" | "mode" | "tasks" | "updates">,
  allSeeds: readonly number[],
  read: Reader,
): Ranking {
  const { tasks } = head;
  const found = new Map(records.map((record) => [key(record.cell), read(record)]));
  const objectives = unique(records.map(({ cell }) => cell.objective));
  const hasAll = (seed: number) =>
    objectives.every((objective) => tasks.every((task) => found.get(key({ objective, task, seed }))));
  const complete = allSeeds.filter(hasAll);
  const seeds = complete.length > 0 ? complete : allSeeds;
  const all = objectives.map((objective): Scored => {
    const scores = (side: "before" | "after") =>
      tasks.map((task) => seeds.map((seed) => found.get(key({ objective, task, seed }))?.[side] ?? null));
    return { objective, after: scores("after"), before: scores("before") };
  });
  const ranked = all.filter(isComplete).sort((a, b) =>
    mean(b.after.flat()) - mean(a.after.flat()) || compare(a.objective, b.objective)
  );
  const { told, adjustedP, pairs } = comparePairs(ranked);
  const groups = tieGroups(ranked.length, told);
  const rows = ranked.map((scored, i): RankedRow => ({
    ...byTask(scored),
    aggregate: {
      ...aggregateOf(scored),
      rank: 1 + ranked.filter((_, j) => j < i && told(j, i)).length,
      group: groups[i]!,
    },
  }));
  const partial = all.filter((scored) => !isComplete(scored)).map((scored): RankedRow => ({
    ...byTask(scored),
    aggregate: null,
  }));
  return {
    ...head,
    seeds,
    base: tasks.map((_, task) =>
      meanOrNull(all.flatMap(({ before }) => before[task]!).filter((x) => x !== null))
    ),
    rows: [...rows, ...partial],
    pairs,
    adjustedP,
    improvement: ranked.map((a) =>
      ranked.map((b) => round(probabilityOfImprovement(runsByTasks(a.after), runsByTasks(b.after))))
    ),
  };
}

interface Complete extends Scored {
  readonly after: readonly (readonly number[])[];
  readonly before: readonly (readonly number[])[];
}

function isComplete(scored: Scored): scored is Complete {
  return scored.after.flat().every((score) => score !== null);
}

function key({ objective, task, seed }: { objective: string; task: string; seed: number }): string {
  return `${objective} ${task} ${seed}`;
}

function runsByTasks(scores: readonly (readonly number[])[]): ScoreMatrix {
  return scores[0]!.map((_, seed) => scores.map((task) => task[seed]!));
}

/** Every pair of complete rows: exact sign flips of the paired differences of all runs, corrected by Holm. */
function comparePairs(ranked: readonly Complete[]) {
  const pairs = ranked.flatMap((a, i) =>
    ranked.slice(i + 1).map((b, offset) => {
      const differences = a.after.flatMap((task, t) => task.map((score, s) => score - b.after[t]![s]!));
      return { i, j: i + 1 + offset, differences };
    })
  );
  const adjusted = holm(
    pairs.map(({ differences }) => signFlip(differences.map((each) => Math.round(each * STEPS)))),
  );
  const adjustedP = ranked.map(() => new Array<number>(ranked.length).fill(1));
  pairs.forEach(({ i, j }, pair) => adjustedP[i]![j] = adjustedP[j]![i] = round(adjusted[pair]!));
  const runs = pairs[0]?.differences.length ?? 0;
  const resolvable = pairs.length > 0 && pairs.length * 2 ** (1 - runs) <= LEVEL;
  const deviation = resolvable ? median(pairs.map(({ differences }) => standardDeviation(differences))) : 0;
  return {
    told: (i: number, j: number) => adjustedP[i]![j]! <= LEVEL,
    adjustedP,
    pairs: {
      compared: pairs.length,
      toldApart: adjusted.filter((p) => round(p) <= LEVEL).length,
      resolvable,
      detectable: deviation > 0 ? round(detectableMeanDifference(deviation, runs)) : null,
    },
  };
}

/** Results that a leaderboard of thousands of records has several times over. */
const KEPT = 1 << 14;

/** A new record changes the pairs of one objective, and the intervals of its row. */
const signFlip = remembering(KEPT, signFlipTest);

const STATISTICS = { mean, iqm: interquartileMeanOf };

/** The bootstrap interval of scores[run][task]. */
const bootstrapInterval = remembering(KEPT, (scores: ScoreMatrix, statistic: keyof typeof STATISTICS) => {
  const indices = runIndices(scores.length, scores[0]!.length);
  return roundPair(percentileInterval(stratifiedBootstrap(scores, indices, STATISTICS[statistic])));
});

/** Resampled runs are the same for all rows, and drawn once. */
const drawn = memo<Uint32Array>(8);

function runIndices(runs: number, tasks: number): Uint32Array {
  return drawn.get(`${runs} ${tasks}`, () => resampledRuns(runs, tasks, BOOTSTRAP));
}

function aggregateOf({ after, before }: Complete): Omit<Aggregate, "rank" | "group"> {
  const scores = runsByTasks(after);
  const gains = runsByTasks(after.map((task, t) => task.map((score, s) => score - before[t]![s]!)));
  // One seed resampled is always itself: that says nothing about its spread.
  const interval = (values: ScoreMatrix, statistic: keyof typeof STATISTICS) =>
    values.length > 1 ? bootstrapInterval(values, statistic) : null;
  return {
    mean: round(mean(scores.flat())),
    meanInterval: interval(scores, "mean"),
    iqm: round(interquartileMean(scores)),
    iqmInterval: interval(scores, "iqm"),
    medianOfTasks: round(medianOfTasks(scores)),
    optimalityGap: round(optimalityGap(scores)),
    gain: round(mean(gains.flat())),
    gainInterval: interval(gains, "mean"),
    profile: TAUS.map((tau) => round(performanceProfile(scores, tau))),
  };
}

function byTask({ objective, after, before }: Scored): Pick<RankedRow, "objective" | "scores" | "gains"> {
  const average = (values: (task: number, seed: number) => number | null) =>
    after.map((seeds, task) => {
      const found = seeds.map((_, seed) => values(task, seed));
      return found.every((value) => value !== null) ? meanOrNull(found) : null;
    });
  return {
    objective,
    scores: average((task, seed) => after[task]![seed]!),
    gains: average((task, seed) => {
      const own = after[task]![seed], base = before[task]![seed];
      return own === null || base === null ? null : own! - base!;
    }),
  };
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length > 0 ? round(mean(values)) : null;
}
