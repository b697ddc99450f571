/**
 * Level B: records of another backend against the committed ones of the CPU. Bytes cannot be equal there, so the
 * burden of proof is turned around: scores count as equal only where a two-sided equivalence test says so, and each
 * single score must lie where a further seed of the CPU would.
 */

import { equivalence } from "../statistics/equivalence.ts";
import { predictionInterval } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import { groupBy } from "../std/collections.ts";
import type { BenchRecord } from "../records/record.ts";
import { type Decoding, DECODINGS, GENERATED } from "../suite/names.ts";
import { percent, points } from "../tables/numbers.ts";
import type { Check, RecordsByPath } from "./verify.ts";

/**
 * By problem, how far the mean score over seeds may be from the CPU's, as a share of all puzzles: the smallest lead that
 * the benchmark calls visible, and above what a repetition with other seeds moves.
 */
const MARGINS: Readonly<Record<string, number>> = {
  "gsm8k": 0.05,
  "math500": 0.05,
  "humaneval": 0.05,
  "mbpp": 0.05,
  "sudoku": 0.05,
  "countdown": 0.05,
};

/** Seeds that a task's own test needs; with fewer, its seeds count in the test over all tasks only. */
const SEEDS = 3;

/** Chance that any single score leaves its interval though nothing differs. */
const LEVEL = 0.05;

interface Pair {
  readonly task: string;
  readonly objective: string;
  readonly seed: number;
  readonly here: number;
  readonly committed: number;
}

/** The checks of level B, in both decodings. */
export function verifyEquivalence(committed: RecordsByPath, found: RecordsByPath): Check[] {
  const key = ({ cell: { task, objective, seed } }: BenchRecord) => `${task} ${objective} seed ${seed}`;
  const here = new Map([...found.values()].map((record) => [key(record), record]));
  const missing = [...committed.values()].map(key).filter((cell) => !here.has(cell));
  if (missing.length > 0 || committed.size === 0) {
    const detail = committed.size === 0
      ? "there are no committed records of the cpu"
      : `lacks ${missing.join(", ")}`;
    return [{ level: "B", subject: "records", passed: false, detail }];
  }
  return DECODINGS.flatMap((decoding) => {
    const pairs = [...committed.values()].flatMap((record): Pair[] => {
      const before = scoreOf(record, decoding), after = scoreOf(here.get(key(record))!, decoding);
      const { task, objective, seed } = record.cell;
      return before === null || after === null
        ? []
        : [{ task, objective, seed, here: after, committed: before }];
    });
    return pairs.length === 0 ? [] : [...meanChecks(pairs, decoding), ...seedChecks(pairs, decoding)];
  });
}

function scoreOf({ outcome }: BenchRecord, decoding: Decoding): number | null {
  const test = outcome.tests.find((each) => each.set === GENERATED && each.decoding === decoding);
  return test ? test.after.strict.correct / test.after.n : null;
}

/**
 * Equivalence by task and over all tasks. The unit is a task and seed, the mean over its objectives: these start
 * from one base model, so they are no independent repetitions.
 */
function meanChecks(pairs: readonly Pair[], decoding: Decoding): Check[] {
  const byTask = groupBy(pairs, ({ task }) => task).map(([task, own]) => ({
    task,
    margin: marginOf(task),
    differences: groupBy(own, ({ seed }) => String(seed)).map(([, cells]) =>
      mean(cells.map(({ here, committed }) => here - committed))
    ),
  }));
  const own = byTask.filter(({ differences }) => differences.length >= SEEDS).map((
    { task, margin, differences },
  ) => meanCheck(`${task}, ${decoding}: mean over objectives`, differences, margin));
  // Differences in units of their task's margin may be pooled.
  const scale = Math.min(...byTask.map(({ margin }) => margin));
  const pooled = byTask.flatMap(({ margin, differences }) =>
    differences.map((each) => each / margin * scale)
  );
  return [...own, meanCheck(`all tasks, ${decoding}: mean over objectives`, pooled, scale)];
}

function meanCheck(subject: string, differences: readonly number[], margin: number): Check {
  const { interval, mean, equivalent, n } = equivalence(differences, margin);
  const range = interval ? `, 90 % interval [${points(interval[0])}, ${points(interval[1])}]` : "";
  const verdict = equivalent
    ? `within +-${percent(margin)}`
    : interval === null
    ? `one difference proves nothing`
    : `not shown to be within +-${percent(margin)}`;
  return {
    level: "B",
    subject,
    passed: equivalent,
    detail: `${points(mean)} points over ${n} tasks and seeds${range}: ${verdict}`,
  };
}

/** Each score against the prediction interval of the committed seeds of its task and objective (Bonferroni). */
function seedChecks(pairs: readonly Pair[], decoding: Decoding): Check[] {
  const groups = groupBy(pairs, ({ task, objective }) => JSON.stringify([task, objective]))
    .map(([, own]) => own).filter((own) => own.length >= SEEDS);
  if (groups.length === 0) return [];
  const count = groups.reduce((sum, own) => sum + own.length, 0);
  const confidence = Math.min(1 - LEVEL / count, 0.9999);
  const outside = groups.flatMap((own) => {
    const [low, high] = predictionInterval(own.map(({ committed }) => committed), confidence)!;
    return own.filter(({ here }) => here < low || here > high).map(({ task, objective, seed, here }) =>
      `${task}, ${objective}, seed ${seed}: ${percent(here)} is outside [${percent(low)}, ${percent(high)}]`
    );
  });
  return [{
    level: "B",
    subject: `every seed, ${decoding}`,
    passed: outside.length === 0,
    detail: outside.length === 0
      ? `${count} scores lie within the prediction intervals of the committed seeds`
      : outside.join("; "),
  }];
}

function marginOf(task: string): number {
  const margin = MARGINS[task.split("/")[0]!];
  if (margin === undefined) {
    throw new Error(`no margin is declared for ${task}; declare one in src/verify/equivalence.ts`);
  }
  return margin;
}
