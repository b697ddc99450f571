/** Test sets of the leaderboard: one result per task, set, subset, decoding and grading mode. */

import { BOOTSTRAP, pairedBootstrap, percentileInterval, resampledItems } from "../statistics/bootstrap.ts";
import { detectableDifference } from "../statistics/detectable.ts";
import { type Interval, tInterval, wilsonInterval } from "../statistics/intervals.ts";
import { discordant, mcnemar } from "../statistics/mcnemar.ts";
import { mean } from "../statistics/moments.ts";
import { compare, groupBy, round, roundPair, sum, unique } from "../std/collections.ts";
import { readItemBits } from "../records/item_bits.ts";
import { memo, remembering } from "./memo.ts";
import type { BenchRecord, RecordedScore } from "../records/record.ts";
import { type Decoding, DECODINGS } from "../suite/names.ts";
import { type Mode, MODES } from "../../tasks/verdict.ts";

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
  /** Smallest difference to another cell of one seed that this number of examples would show: power 80 %, level 5 %. */
  readonly detectable: number;
  /** Mean over seeds of the score minus that of the base model on the same examples. */
  readonly gain: number;
  readonly gainOverSeeds: Interval | null;
  /** Paired bootstrap over the common examples, 95 %. Null where single verdicts are not recorded. */
  readonly gainOverItems: Interval | null;
  /** McNemar's mid-p of the gain over all responses of all seeds. Null where single verdicts are not recorded. */
  readonly gainP: number | null;
  /** Pooled partial measures, such as cell accuracy. */
  readonly measures: Readonly<Record<string, number>>;
}

/** One test set of a task, decoded one way; `subset` is "all" or a tag of examples. */
export interface TestResult {
  readonly task: string;
  readonly set: string;
  readonly subset: string;
  readonly decoding: Decoding;
  readonly mode: Mode;
  readonly base: {
    /** Examples. */
    readonly n: number;
    /** Mean over the base models of all seeds. */
    readonly score: number;
    readonly interval: Interval;
    readonly measures: Readonly<Record<string, number>>;
  };
  /** Best first, then by name. */
  readonly rows: readonly Row[];
}

interface Tally {
  readonly n: number;
  readonly correct: number;
  readonly measures: Readonly<Record<string, { readonly count: number; readonly total: number }>>;
  /** Verdicts by example; null for a tag. */
  readonly items: readonly boolean[] | null;
}

/** One graded test set of one record, whole or restricted to a tag. */
interface Graded {
  readonly record: BenchRecord;
  readonly set: string;
  readonly subset: string;
  readonly decoding: Decoding;
  readonly mode: Mode;
  readonly before: Tally;
  readonly after: Tally;
}

/** Every result of the records, by task, set, subset, decoding and mode. */
export function resultsOf(records: readonly BenchRecord[]): TestResult[] {
  const groups = groupBy(
    records.flatMap(gradedOf),
    ({ record, set, subset, decoding, mode }) =>
      JSON.stringify([
        record.cell.task,
        set,
        subset === "all" ? "" : subset,
        DECODINGS.indexOf(decoding),
        MODES.indexOf(mode),
      ]),
  );
  return groups.map(([, graded]) => {
    const { record, set, subset, decoding, mode } = graded[0]!;
    const rows = groupBy(graded, (each) => each.record.cell.objective).map(([, members]) => rowOf(members));
    // Every cell of a seed grades the same base model; pooling cells would count its responses again.
    const before = groupBy(graded, (each) => String(each.record.cell.seed)).map(([, [first]]) =>
      first!.before
    );
    const n = Math.min(...before.map((tally) => tally.n)), score = mean(before.map(shareOf));
    const pooled = sum(before.map((tally) => tally.n));
    return {
      task: record.cell.task,
      set,
      subset,
      decoding,
      mode,
      base: {
        n,
        score: round(score),
        interval: roundPair(wilsonInterval(sum(before.map((tally) => tally.correct)), pooled)),
        measures: pooledMeasures(before),
      },
      rows: rows.toSorted((a, b) => b.score - a.score || compare(a.objective, b.objective)),
    };
  });
}

function gradedOf(record: BenchRecord): Graded[] {
  return record.outcome.tests.flatMap(({ set, decoding, before, after }) =>
    MODES.filter((mode) => before[mode] && after[mode]).flatMap((mode) => [
      {
        record,
        set,
        subset: "all",
        decoding,
        mode,
        before: tallyOf(before, mode),
        after: tallyOf(after, mode),
      },
      // A tag that every example carries says nothing new.
      ...Object.keys(after.tags).filter((tag) => tag in before.tags && after.tags[tag]!.n < after.n).map(
        (tag) => ({
          record,
          set,
          subset: tag,
          decoding,
          mode,
          before: tagTally(before.tags[tag]!, mode),
          after: tagTally(after.tags[tag]!, mode),
        }),
      ),
    ])
  );
}

/** Of a mode that the score has. */
function tallyOf(score: RecordedScore, mode: Mode): Tally {
  const { n, measures, items } = score;
  return { n, correct: score[mode]!.correct, measures, items: readItemBits(items[mode]!, n) };
}

function tagTally(tag: RecordedScore["tags"][string], mode: Mode): Tally {
  return { n: tag.n, correct: tag[mode]!, measures: {}, items: null };
}

function rowOf(members: readonly Graded[]): Row {
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
    overResponses: roundPair(wilsonInterval(correct, n)),
    // A share lies in [0, 1], which the t distribution does not know.
    overSeeds: overSeeds && roundPair([Math.max(0, overSeeds[0]), Math.min(1, overSeeds[1])]),
    detectable: round(detectableDifference(correct / members.length, n / members.length)),
    gain: round(mean(gains)),
    gainOverSeeds: gainOverSeeds && roundPair(gainOverSeeds),
    ...gainOnItems(members),
    measures: pooledMeasures(after),
  };
}

/** The gain on common examples: an example is one item, however many seeds it was graded with. */
function gainOnItems(members: readonly Graded[]): Pick<Row, "gainOverItems" | "gainP"> {
  let b = 0, c = 0;
  const n = members[0]!.after.n, before = new Array<number>(n).fill(0), after = new Array<number>(n).fill(0);
  for (const { before: { items: first }, after: { items: second } } of members) {
    if (!first || !second || first.length !== n || second.length !== n) {
      return { gainOverItems: null, gainP: null };
    }
    const counts = discordant(first, second);
    b += counts.b;
    c += counts.c;
    for (let i = 0; i < n; i++) {
      before[i]! += Number(first[i]);
      after[i]! += Number(second[i]);
    }
  }
  const [low, high] = gainInterval(after, before);
  return {
    gainOverItems: roundPair([low / members.length, high / members.length]),
    gainP: round(mcnemar(b, c).mid),
  };
}

/** Rows of test sets that a leaderboard of thousands of records has several times over. */
const KEPT = 1 << 14;

/** Correct seeds by example, after and before: the interval of the mean difference. */
const gainInterval = remembering(
  KEPT,
  (after: readonly number[], before: readonly number[]) =>
    percentileInterval(pairedBootstrap(after, before, itemIndices(after.length))),
);

/** Resampled examples are the same for all rows, and drawn once. */
const drawn = memo<Uint32Array>(8);

function itemIndices(n: number): Uint32Array {
  return drawn.get(String(n), () => resampledItems(n, BOOTSTRAP));
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

function shareOf({ n, correct }: Tally): number {
  return correct / n;
}
