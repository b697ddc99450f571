/** What a file of generations comes to. */

import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import { type Count, type Mode, MODES, type PerMode } from "../../tasks/verdict.ts";
import type { Generation } from "./generation.ts";
import type { Verdict } from "./verdict_file.ts";

/** A line without a verdict. */
export interface LineProblem {
  readonly line: number;
  readonly reason: string;
}

export interface Accuracy {
  /** Samples: generations with a verdict. */
  readonly correct: number;
  readonly total: number;
  /** Mean over problems of the share of their samples that is correct; null when nothing was graded. */
  readonly accuracy: number | null;
  /** Wilson's 95 % interval, a problem being one trial however many samples it has. */
  readonly interval: Interval | null;
}

export interface Summary {
  readonly task: string;
  /** Generations with a verdict, those of an earlier run included. */
  readonly graded: number;
  /** Of them, taken over from an earlier run. */
  readonly resumed: number;
  /** Of them, those without a text: wrong answers. */
  readonly withoutText: number;
  /** Problems among them; further generations of one are samples of it. */
  readonly problems: number;
  /** Rows of the test set with a text, and all that it has. */
  readonly rows: { readonly answered: number; readonly total: number };
  readonly strict: Accuracy;
  /** Null, as the two counts below, where the d1 papers never had the task. */
  readonly d1: Accuracy | null;
  /** Generations that only one of the modes calls correct. */
  readonly strictOnly: number | null;
  readonly d1Only: number | null;
  /** Sudoku's cells over all puzzles: in `d1`, the score that papers give. */
  readonly cells: PerMode<Count> | null;
  /** Programs that need a module that the sandbox does not have, by module: wrong in `strict`, whatever they do. */
  readonly lacking: Readonly<Record<string, number>>;
  /** Lines that are no generations. */
  readonly malformed: readonly LineProblem[];
  /** Generations that could not be graded: failures of ours or of the machine. Grading again tries them again. */
  readonly failed: readonly LineProblem[];
}

export interface Tally {
  add(verdict: Verdict, generation: Pick<Generation, "problem" | "row" | "text">, resumed: boolean): void;
  malformed(problem: LineProblem): void;
  failed(problem: LineProblem): void;
  summary(): Summary;
}

/** Counts verdicts as they come. @param rows of the test set */
export function createTally(task: string, rows: number): Tally {
  let graded = 0, resumed = 0, withoutText = 0, strictOnly = 0, d1Only = 0, hasCells = false, hasD1 = true;
  const problems = new Map<string, { samples: number; strict: number; d1: number }>();
  const answered = new Set<number>(), lacking = new Map<string, number>();
  const cells = { strict: { count: 0, total: 0 }, d1: { count: 0, total: 0 } };
  const malformed: LineProblem[] = [], failed: LineProblem[] = [];
  return {
    add(verdict, { problem, row, text }, isResumed) {
      graded++;
      if (isResumed) resumed++;
      if (text === null) withoutText++;
      else if (row !== null) answered.add(row);
      if (verdict.d1 === undefined) hasD1 = false;
      if (verdict.strict && !verdict.d1) strictOnly++;
      if (verdict.d1 && !verdict.strict) d1Only++;
      if (verdict.lacks !== undefined) lacking.set(verdict.lacks, (lacking.get(verdict.lacks) ?? 0) + 1);
      const counts = problems.get(problem) ?? { samples: 0, strict: 0, d1: 0 };
      problems.set(problem, counts);
      counts.samples++;
      for (const mode of MODES) {
        if (verdict[mode]) counts[mode]++;
        if (!verdict.cells_correct || !verdict.cells_empty) continue;
        hasCells = true;
        cells[mode].count += verdict.cells_correct[mode] ?? 0;
        cells[mode].total += verdict.cells_empty[mode] ?? 0;
      }
    },
    malformed: (problem) => void malformed.push(problem),
    failed: (problem) => void failed.push(problem),
    summary() {
      const of = (mode: Mode) =>
        accuracy(
          [...problems.values()].map((counts) => ({ correct: counts[mode], samples: counts.samples })),
        );
      return {
        task,
        graded,
        resumed,
        withoutText,
        problems: problems.size,
        rows: { answered: answered.size, total: rows },
        strict: of("strict"),
        d1: hasD1 ? of("d1") : null,
        strictOnly: hasD1 ? strictOnly : null,
        d1Only: hasD1 ? d1Only : null,
        cells: hasCells ? structuredClone(hasD1 ? cells : { strict: cells.strict }) : null,
        lacking: Object.fromEntries([...lacking].sort(([a], [b]) => a < b ? -1 : 1)),
        malformed: [...malformed],
        failed: [...failed],
      };
    },
  };
}

function accuracy(problems: readonly { readonly correct: number; readonly samples: number }[]): Accuracy {
  const correct = problems.reduce((sum, problem) => sum + problem.correct, 0);
  const total = problems.reduce((sum, { samples }) => sum + samples, 0);
  if (total === 0) return { correct, total, accuracy: null, interval: null };
  // Rounding must not leave the range, nor make of equal shares others.
  const shares = correct === total
    ? problems.length
    : problems.reduce((sum, { correct, samples }) => sum + correct / samples, 0);
  return {
    correct,
    total,
    accuracy: shares / problems.length,
    interval: wilsonInterval(shares, problems.length),
  };
}

/** The summary for people. */
export function summaryText(summary: Summary): string {
  const { task, graded, resumed, withoutText, problems, rows, strictOnly, d1Only, cells, lacking } = summary;
  const { malformed, failed } = summary;
  const percent = (share: number) => (100 * share).toFixed(2);
  const lines = MODES.flatMap((mode) => {
    if (summary[mode] === null) return [];
    const { correct, accuracy, interval } = summary[mode];
    if (accuracy === null || interval === null) return `  ${mode.padEnd(7)}-`;
    return `  ${mode.padEnd(7)}${percent(accuracy)} %  [${
      interval.map(percent).join(", ")
    }]  ${correct}/${graded}`;
  });
  const share = ({ count, total }: Count) =>
    `${percent(total === 0 ? 0 : count / total)} % (${count}/${total})`;
  const programs = Object.entries(lacking).map(([module, count]) =>
    `${module}, ${counted(count, "program")}`
  );
  return [
    `${task}: ${graded} graded, ${whole(rows.answered)} of ${counted(rows.total, "row")} answered` +
    (resumed > 0 ? `; ${resumed} of them by an earlier run` : ""),
    ...(withoutText > 0 ? [`  ${withoutText} without a text: wrong`] : []),
    ...(problems < graded
      ? [`  samples of ${counted(problems, "problem")}: averaged by problem, and so is the interval`]
      : []),
    ...lines,
    ...(d1Only === null ? [] : [`  only strict calls ${strictOnly} correct, only d1 ${d1Only}`]),
    ...(cells ? [`  cells: strict ${share(cells.strict)}${cells.d1 ? `, d1 ${share(cells.d1)}` : ""}`] : []),
    ...(programs.length > 0 ? [`  needs a module that the sandbox lacks: ${programs.join("; ")}`] : []),
    ...(malformed.length > 0 ? [`  ${problemText("malformed", malformed)}`] : []),
    ...(failed.length > 0 ? [`  ${problemText("not graded", failed)}; the same command tries again`] : []),
  ].join("\n");
}

/** "1,319", on every machine. */
export function whole(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const MAX_NAMED = 20;

function problemText(what: string, problems: readonly LineProblem[]): string {
  const named = problems.slice(0, MAX_NAMED).map(({ line }) => line).join(", ");
  const rest = problems.length > MAX_NAMED ? `, and ${problems.length - MAX_NAMED} more` : "";
  return `${problems.length} ${what}: line${problems.length === 1 ? "" : "s"} ${named}${rest}`;
}
