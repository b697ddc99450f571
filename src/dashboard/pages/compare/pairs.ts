/** Paired runs of two objectives, and how they differ on a task. */

import { readItemBits } from "../../../records/item_bits.ts";
import type { BenchRecord } from "../../../records/record.ts";
import { type Decoding, GENERATED } from "../../../suite/names.ts";
import {
  BOOTSTRAP,
  pairedBootstrap,
  percentileInterval,
  resampledItems,
} from "../../../statistics/bootstrap.ts";
import { type Interval, tInterval } from "../../../statistics/intervals.ts";
import { discordant, mcnemar } from "../../../statistics/mcnemar.ts";
import { mean } from "../../../statistics/moments.ts";
import { memo } from "../../../leaderboard/memo.ts";

/** What two runs of one task and seed solved, item by item. */
export interface PairedRun {
  readonly task: string;
  readonly seed: number;
  readonly decoding: Decoding;
  readonly a: BenchRecord;
  readonly b: BenchRecord;
  readonly solvedByA: readonly boolean[];
  readonly solvedByB: readonly boolean[];
}

/** All runs of both objectives on a common task and seed. */
export function pairedRuns(
  records: readonly BenchRecord[],
  a: string,
  b: string,
  decoding: Decoding,
): PairedRun[] {
  const verdicts = ({ outcome }: BenchRecord) => {
    const score = outcome.tests.find((test) => test.set === GENERATED && test.decoding === decoding)?.after;
    return score ? readItemBits(score.items.strict, score.n) : null;
  };
  return records.filter(({ cell }) => cell.objective === a).flatMap((first) => {
    const { task, seed } = first.cell;
    const second = records.find(({ cell }) =>
      cell.objective === b && cell.task === task && cell.seed === seed
    );
    if (!second) return [];
    const solvedByA = verdicts(first), solvedByB = verdicts(second);
    if (!solvedByA || !solvedByB || solvedByA.length !== solvedByB.length) return [];
    return [{ task, seed, decoding, a: first, b: second, solvedByA, solvedByB }];
  });
}

/** Two objectives on one task. */
export interface Difference {
  readonly task: string;
  readonly decoding: Decoding;
  readonly seeds: number;
  /** Mean over seeds of a - b, and its t interval over seeds. */
  readonly difference: number;
  readonly overSeeds: Interval | null;
  /** Paired bootstrap over common items. */
  readonly overItems: Interval;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly both: number;
  readonly neither: number;
  /** McNemar's mid-p over all responses of all seeds. */
  readonly p: number;
}

/** Indices of resampled items; tasks have as many items as others, and pages compare the same ones. */
const resampled = memo<Uint32Array>(8);

/** @param all runs of one decoding; @returns null where none is of the task */
export function differenceOf(task: string, all: readonly PairedRun[]): Difference | null {
  const runs = all.filter((run) => run.task === task);
  if (runs.length === 0) return null;
  const items = Math.min(...runs.map(({ solvedByA }) => solvedByA.length));
  let onlyA = 0, onlyB = 0, both = 0, neither = 0;
  const shareA = new Array<number>(items).fill(0), shareB = new Array<number>(items).fill(0);
  for (const { solvedByA, solvedByB } of runs) {
    const alone = discordant(solvedByA, solvedByB);
    onlyA += alone.b;
    onlyB += alone.c;
    both += solvedByA.filter((solved, i) => solved && solvedByB[i]).length;
    neither += solvedByA.filter((solved, i) => !solved && !solvedByB[i]).length;
    for (let i = 0; i < items; i++) {
      shareA[i]! += Number(solvedByA[i]) / runs.length;
      shareB[i]! += Number(solvedByB[i]) / runs.length;
    }
  }
  const indices = resampled.get(String(items), () => resampledItems(items, BOOTSTRAP));
  const count = (solved: readonly boolean[]) => solved.filter(Boolean).length;
  const perSeed = runs.map(({ solvedByA, solvedByB }) =>
    (count(solvedByA) - count(solvedByB)) / solvedByA.length
  );
  return {
    task,
    decoding: runs[0]!.decoding,
    seeds: runs.length,
    difference: mean(perSeed),
    overSeeds: tInterval(perSeed),
    overItems: percentileInterval(pairedBootstrap(shareA, shareB, indices)),
    onlyA,
    onlyB,
    both,
    neither,
    p: mcnemar(onlyA, onlyB).mid,
  };
}
