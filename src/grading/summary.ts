/** What a file of generations comes to. */

import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import type { Count } from "../../tasks/task.ts";
import type { Verdict } from "./verdict_file.ts";

/** A line without a verdict. */
export interface LineProblem {
  readonly line: number;
  readonly reason: string;
}

export interface Accuracy {
  readonly correct: number;
  readonly total: number;
  /** Null when nothing was graded. */
  readonly accuracy: number | null;
  /** Wilson's 95 % interval. */
  readonly interval: Interval | null;
}

export interface Summary {
  readonly task: string;
  /** Generations with a verdict, those of an earlier run included. */
  readonly graded: number;
  /** Of them, taken over from an earlier run. */
  readonly resumed: number;
  readonly strict: Accuracy;
  readonly d1: Accuracy;
  /** Generations that only one of the modes calls correct. */
  readonly strictOnly: number;
  readonly d1Only: number;
  /** Sudoku's cells over all puzzles: in `d1`, the score that papers give. */
  readonly cells: { readonly strict: Count; readonly d1: Count } | null;
  /** Lines that are no generations. */
  readonly malformed: readonly LineProblem[];
  /** Generations that could not be graded: failures of ours or of the machine. Grading again tries them again. */
  readonly failed: readonly LineProblem[];
}

export interface Tally {
  add(verdict: Verdict, resumed: boolean): void;
  malformed(problem: LineProblem): void;
  failed(problem: LineProblem): void;
  summary(): Summary;
}

const MODES = ["strict", "d1"] as const;

/** Counts verdicts as they come. */
export function createTally(task: string): Tally {
  let graded = 0, resumed = 0, strictOnly = 0, d1Only = 0, hasCells = false;
  const correct = { strict: 0, d1: 0 };
  const cells = { strict: { count: 0, total: 0 }, d1: { count: 0, total: 0 } };
  const malformed: LineProblem[] = [], failed: LineProblem[] = [];
  return {
    add(verdict, isResumed) {
      graded++;
      if (isResumed) resumed++;
      if (verdict.strict && !verdict.d1) strictOnly++;
      if (verdict.d1 && !verdict.strict) d1Only++;
      for (const mode of MODES) {
        if (verdict[mode]) correct[mode]++;
        if (!verdict.cells_correct || !verdict.cells_empty) continue;
        hasCells = true;
        cells[mode].count += verdict.cells_correct[mode];
        cells[mode].total += verdict.cells_empty[mode];
      }
    },
    malformed: (problem) => void malformed.push(problem),
    failed: (problem) => void failed.push(problem),
    summary: () => ({
      task,
      graded,
      resumed,
      strict: accuracy(correct.strict, graded),
      d1: accuracy(correct.d1, graded),
      strictOnly,
      d1Only,
      cells: hasCells ? structuredClone(cells) : null,
      malformed: [...malformed],
      failed: [...failed],
    }),
  };
}

function accuracy(correct: number, total: number): Accuracy {
  if (total === 0) return { correct, total, accuracy: null, interval: null };
  return { correct, total, accuracy: correct / total, interval: wilsonInterval(correct, total) };
}

/** The summary for people. */
export function summaryText(summary: Summary): string {
  const { task, graded, resumed, strictOnly, d1Only, cells, malformed, failed } = summary;
  const percent = (share: number) => (100 * share).toFixed(2);
  const lines = MODES.map((mode) => {
    const { correct, accuracy, interval } = summary[mode];
    if (accuracy === null || interval === null) return `  ${mode.padEnd(7)}-`;
    return `  ${mode.padEnd(7)}${percent(accuracy)} %  [${
      interval.map(percent).join(", ")
    }]  ${correct}/${graded}`;
  });
  const share = ({ count, total }: Count) =>
    `${percent(total === 0 ? 0 : count / total)} % (${count}/${total})`;
  return [
    `${task}: ${graded} graded` + (resumed > 0 ? `, ${resumed} of them by an earlier run` : ""),
    ...lines,
    `  only strict calls ${strictOnly} correct, only d1 ${d1Only}`,
    ...(cells ? [`  cells: strict ${share(cells.strict)}, d1 ${share(cells.d1)}`] : []),
    ...(malformed.length > 0 ? [`  ${problemText("malformed", malformed)}`] : []),
    ...(failed.length > 0 ? [`  ${problemText("not graded", failed)}; the same command tries again`] : []),
  ].join("\n");
}

const MAX_NAMED = 20;

function problemText(what: string, problems: readonly LineProblem[]): string {
  const named = problems.slice(0, MAX_NAMED).map(({ line }) => line).join(", ");
  const rest = problems.length > MAX_NAMED ? `, and ${problems.length - MAX_NAMED} more` : "";
  return `${problems.length} ${what}: line${problems.length === 1 ? "" : "s"} ${named}${rest}`;
}
