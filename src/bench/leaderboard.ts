/**
 * The leaderboard as data: a pure function of records, so that anyone can derive it again. Records of different
 * suites, versions, contents of a suite or backends are never mixed: each combination is a section of its own.
 * Within a section, what makes rows incomparable (diverged runs, other base models or settings, missing seeds) is
 * said in its notes.
 */

import { type BenchRecord, GENERATED, type RecordedScore, RecordError } from "./record.ts";
import { type Interval, tInterval, wilsonInterval } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";

export type Decoding = "sampled" | "greedy";

/** Decodings in the order of presentation: what training optimises comes first. */
export const DECODINGS: readonly Decoding[] = ["sampled", "greedy"];

/** How one objective did on one test set. Scores are shares of correct responses. */
export interface Row {
  readonly objective: string;
  readonly seeds: readonly number[];
  /** Seeds whose run diverged. */
  readonly diverged: readonly number[];
  /** Graded responses, all seeds. */
  readonly n: number;
  readonly correct: number;
  /** Mean over seeds. */
  readonly score: number;
  /** Wilson, 95 %, over all graded responses: how well the examples resolve the score. */
  readonly overResponses: Interval;
  /** t, 95 %, over seeds: how much a repetition of the training would move it. Null for one seed. */
  readonly overSeeds: Interval | null;
  /** Mean over seeds of the score minus that of the base model on the same examples. */
  readonly gain: number;
  readonly gainOverSeeds: Interval | null;
  /** Pooled partial measures, such as cell accuracy. */
  readonly measures: Readonly<Record<string, number>>;
  /** Rows with one letter cannot be told apart from the best of them: their intervals overlap with its. */
  readonly group: string;
}

/** One test set of a task, decoded one way; `subset` is "all" or a tag of examples. */
export interface TestResult {
  readonly task: string;
  readonly set: string;
  readonly subset: string;
  readonly decoding: Decoding;
  readonly base: {
    readonly n: number;
    readonly score: number;
    readonly interval: Interval;
    readonly measures: Readonly<Record<string, number>>;
  };
  /** Best first, then by name. */
  readonly rows: readonly Row[];
}

/** What training cost: means over seeds, the largest peak. */
export interface Cost {
  readonly task: string;
  readonly objective: string;
  readonly peakDeviceBytes: number;
  readonly steps: number;
  readonly updates: number;
  readonly responses: number;
  readonly tokens: number;
  readonly forwards: number;
}

export interface Section {
  readonly suite: { readonly id: string; readonly version: number; readonly identity: string };
  readonly backend: string;
  readonly tasks: readonly string[];
  /** Best mean score over all tasks first; those that lack a task last. */
  readonly objectives: readonly string[];
  readonly seeds: readonly number[];
  readonly notes: readonly string[];
  readonly results: readonly TestResult[];
  readonly costs: readonly Cost[];
}

export interface Leaderboard {
  readonly schema: 1;
  readonly sections: readonly Section[];
}

/**
 * Derives the leaderboard. The order of `records` does not matter.
 * @throws RecordError if two records are of the same cell
 */
export function leaderboardOf(records: readonly BenchRecord[]): Leaderboard {
  const sections = groupBy(
    records,
    ({ cell: { suite, backend } }) =>
      JSON.stringify([suite.id, String(suite.version).padStart(9, "0"), suite.identity, backend]),
  );
  return { schema: 1, sections: sections.map(([, members]) => sectionOf(members)) };
}

function sectionOf(records: readonly BenchRecord[]): Section {
  const ordered = records.toSorted(({ cell: a }, { cell: b }) =>
    compare(a.task, b.task) || compare(a.objective, b.objective) || a.seed - b.seed
  );
  ordered.forEach(({ cell }, i) => {
    const other = ordered[i + 1]?.cell;
    if (other?.task === cell.task && other.objective === cell.objective && other.seed === cell.seed) {
      throw new RecordError(
        `two records of ${cell.task}, ${cell.objective}, seed ${cell.seed} in one section`,
      );
    }
  });
  const { suite, backend } = ordered[0]!.cell;
  const results = resultsOf(ordered);
  const tasks = unique(ordered.map(({ cell }) => cell.task));
  const objectives = unique(ordered.map(({ cell }) => cell.objective));
  const seeds = unique(ordered.map(({ cell }) => cell.seed)).sort((a, b) => a - b);
  return {
    suite,
    backend,
    tasks,
    objectives: ranked(objectives, results),
    seeds,
    notes: notesOf(ordered, seeds),
    results,
    costs: costsOf(ordered),
  };
}

/** One graded test set of one record, whole or restricted to a tag. */
interface Graded {
  readonly record: BenchRecord;
  readonly set: string;
  readonly subset: string;
  readonly decoding: Decoding;
  readonly before: Tally;
  readonly after: Tally;
}

interface Tally {
  readonly n: number;
  readonly correct: number;
  readonly measures: Readonly<Record<string, { readonly count: number; readonly total: number }>>;
}

function gradedOf(record: BenchRecord): Graded[] {
  return record.outcome.tests.flatMap(({ set, decoding, before, after }) => [
    { record, set, subset: "all", decoding, before: tallyOf(before), after: tallyOf(after) },
    // A tag that every example carries says nothing new.
    ...Object.keys(after.tags).filter((tag) => tag in before.tags && after.tags[tag]!.n < after.n).map((
      tag,
    ) => ({
      record,
      set,
      subset: tag,
      decoding,
      before: tagTally(before.tags[tag]!),
      after: tagTally(after.tags[tag]!),
    })),
  ]);
}

function tallyOf({ n, strict: { correct }, measures }: RecordedScore): Tally {
  return { n, correct, measures };
}

function tagTally({ n, strict }: RecordedScore["tags"][string]): Tally {
  return { n, correct: strict, measures: {} };
}

function resultsOf(records: readonly BenchRecord[]): TestResult[] {
  const groups = groupBy(
    records.flatMap(gradedOf),
    ({ record, set, subset, decoding }) =>
      JSON.stringify([record.cell.task, set, subset === "all" ? "" : subset, DECODINGS.indexOf(decoding)]),
  );
  return groups.map(([, graded]) => {
    const { record, set, subset, decoding } = graded[0]!;
    const before = graded.map((each) => each.before);
    const rows = groupBy(graded, (each) => each.record.cell.objective).map(([, members]) => rowOf(members));
    // Every cell grades the base on the same number of examples; pooling cells would count these again.
    const n = Math.min(...before.map((tally) => tally.n));
    const score = mean(before.map(shareOf));
    return {
      task: record.cell.task,
      set,
      subset,
      decoding,
      base: {
        n,
        score: round(score),
        interval: roundInterval(wilsonInterval(Math.min(score * n, n), n)),
        measures: pooledMeasures(before),
      },
      rows: lettered(rows),
    };
  });
}

function rowOf(members: readonly Graded[]): Omit<Row, "group"> {
  const after = members.map((each) => each.after);
  const scores = after.map(shareOf);
  const gains = members.map((each) => shareOf(each.after) - shareOf(each.before));
  const n = sum(after.map((tally) => tally.n)), correct = sum(after.map((tally) => tally.correct));
  const overSeeds = tInterval(scores), gainOverSeeds = tInterval(gains);
  return {
    objective: members[0]!.record.cell.objective,
    seeds: members.map(({ record }) => record.cell.seed),
    diverged: members.filter(({ record }) => record.outcome.status === "diverged").map(({ record }) =>
      record.cell.seed
    ),
    n,
    correct,
    score: round(mean(scores)),
    overResponses: roundInterval(wilsonInterval(correct, n)),
    // A share lies in [0, 1], which the t distribution does not know.
    overSeeds: overSeeds && roundInterval([Math.max(0, overSeeds[0]), Math.min(1, overSeeds[1])]),
    gain: round(mean(gains)),
    gainOverSeeds: gainOverSeeds && roundInterval(gainOverSeeds),
    measures: pooledMeasures(after),
  };
}

/** Rows best first, with letters: a row opens the next group when its intervals lie below those of a group's first row. */
function lettered(rows: readonly Omit<Row, "group">[]): Row[] {
  let groups = 0, low = Infinity;
  return rows.toSorted((a, b) => b.score - a.score || compare(a.objective, b.objective)).map((row) => {
    const [rowLow, rowHigh] = hull(row.overResponses, row.overSeeds);
    if (rowHigh < low) {
      groups++;
      low = rowLow;
    }
    return { ...row, group: letters(groups - 1) };
  });
}

/** A, B, ..., Z, AA, AB, ... */
function letters(index: number): string {
  const last = String.fromCharCode(65 + index % 26);
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** Objectives by mean score over all tasks, in the first decoding that generated puzzles were graded with. */
function ranked(objectives: readonly string[], results: readonly TestResult[]): string[] {
  const generated = results.filter(({ set, subset }) => set === GENERATED && subset === "all");
  const decoding = DECODINGS.find((known) => generated.some((result) => result.decoding === known));
  const columns = generated.filter((result) => result.decoding === decoding);
  const score = (objective: string) => meanScore(columns, objective) ?? -1;
  return objectives.toSorted((a, b) => score(b) - score(a) || compare(a, b));
}

/** Mean of an objective's scores over results, or null where it lacks one: a missing score never counts as 0. */
export function meanScore(results: readonly TestResult[], objective: string): number | null {
  const scores = results.map(({ rows }) => rows.find((row) => row.objective === objective)?.score);
  return scores.length > 0 && scores.every((score) => score !== undefined) ? mean(scores) : null;
}

function costsOf(records: readonly BenchRecord[]): Cost[] {
  const groups = groupBy(records, ({ cell }) => JSON.stringify([cell.task, cell.objective]));
  return groups.map(([, members]) => {
    const { task, objective } = members[0]!.cell;
    const average = (field: keyof BenchRecord["outcome"]["budget"]) =>
      round(mean(members.map(({ outcome }) => outcome.budget[field])));
    return {
      task,
      objective,
      peakDeviceBytes: Math.max(...members.map(({ outcome }) => outcome.peakDeviceBytes)),
      steps: average("steps"),
      updates: average("updates"),
      responses: average("responses"),
      tokens: average("tokens"),
      forwards: average("forwards"),
    };
  });
}

/** What a reader must know before comparing rows. */
function notesOf(records: readonly BenchRecord[], seeds: readonly number[]): string[] {
  const notes: string[] = [];
  for (const [task, members] of groupBy(records, ({ cell }) => cell.task)) {
    const bases = unique(members.map(({ cell }) => cell.base));
    if (bases.length > 1) {
      notes.push(`${task}: trained from ${bases.length} different base models; gains cannot be compared`);
    }
    for (const [objective, own] of groupBy(members, ({ cell }) => cell.objective)) {
      const found = own.map(({ cell }) => cell.seed);
      const missing = seeds.filter((seed) => !found.includes(seed));
      if (missing.length > 0) notes.push(`${task}, ${objective}: no record of seed ${missing.join(", ")}`);
      const diverged = own.filter(({ outcome }) => outcome.status === "diverged").map(({ cell }) =>
        cell.seed
      );
      if (diverged.length > 0) notes.push(`${task}, ${objective}: seed ${diverged.join(", ")} diverged`);
    }
  }
  for (const [objective, own] of groupBy(records, ({ cell }) => cell.objective)) {
    const settings = unique(own.map(({ cell }) => JSON.stringify(Object.entries(cell.settings).sort())));
    if (settings.length > 1) notes.push(`${objective}: ran with ${settings.length} different settings`);
  }
  return notes;
}

function pooledMeasures(tallies: readonly Tally[]): Record<string, number> {
  const names = unique(tallies.flatMap(({ measures }) => Object.keys(measures))).sort();
  const entries = names.map((name): [string, number] => {
    const counts = tallies.flatMap(({ measures }) => measures[name] ?? []);
    const total = sum(counts.map((each) => each.total));
    return [name, total === 0 ? 0 : round(sum(counts.map(({ count }) => count)) / total)];
  });
  return Object.fromEntries(entries);
}

function hull(a: Interval, b: Interval | null): Interval {
  return b ? [Math.min(a[0], b[0]), Math.max(a[1], b[1])] : a;
}

function shareOf({ n, correct }: Tally): number {
  return correct / n;
}

/** Six decimals: far below any interval here, far above what engines may disagree in. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function roundInterval([low, high]: Interval): Interval {
  return [round(low), round(high)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** By UTF-16 code unit, as every machine sorts. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** Groups in ascending order of their keys; members keep their order. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const members = groups.get(key(item));
    if (members) members.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups].sort(([a], [b]) => compare(a, b));
}
