/** Accuracies on real test sets as a table for people: a row per task, a column per length of the response. */

import { MODES } from "../../tasks/verdict.ts";
import { type Accuracy, type Summary, whole } from "../grading/summary.ts";

/** What a model scores on a task at one length. */
export interface Evaluated {
  readonly task: string;
  readonly length: number;
  readonly steps: number;
  /** Rows whose prompt leaves no room for the response: they count as wrong. */
  readonly notAttempted: number;
  readonly summary: Summary;
}

const percent = (share: number) => (100 * share).toFixed(1);

function cell(graded: Accuracy | null): string {
  if (graded === null || graded.accuracy === null || graded.interval === null) return "-";
  const { correct, total, accuracy, interval } = graded;
  return `${percent(accuracy)} [${interval.map(percent).join(", ")}] ${correct}/${total}`;
}

/** Lines of equal cells: the first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((text, column) => column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)).join(
      "  ",
    )
  );
}

/**
 * Accuracy in percent with Wilson's 95 % interval, in both modes; Sudoku's share of cells below; then which test sets
 * were not answered as a whole, and what was not attempted.
 */
export function evaluationTable(results: readonly Evaluated[]): string {
  const lengths = [...new Set(results.map(({ length }) => length))].sort((a, b) => a - b);
  const tasks = [...new Set(results.map(({ task }) => task))];
  const find = (task: string, length: number) =>
    results.find((result) => result.task === task && result.length === length);
  const table = (title: string, names: readonly string[], text: (result: Evaluated) => string) =>
    aligned([
      [title, ...lengths.map(String)],
      ...names.map((name) => [
        name,
        ...lengths.map((length) => {
          const result = find(name, length);
          return result ? text(result) : "-";
        }),
      ]),
    ]).join("\n");
  const withCells = tasks.filter((task) => lengths.some((length) => find(task, length)?.summary.cells));
  const parts = [
    ...MODES.map((mode) => table(mode, tasks, ({ summary }) => cell(summary[mode]))),
    ...(withCells.length === 0
      ? []
      : MODES.map((mode) =>
        table(`cells, ${mode}`, withCells, ({ summary: { cells } }) => {
          const counted = cells?.[mode];
          if (!counted) return "-";
          const { count, total } = counted;
          return `${percent(total === 0 ? 0 : count / total)} ${count}/${total}`;
        })
      )),
  ];
  const notes = results.flatMap(({ task, length, notAttempted, summary: { rows } }) => [
    ...(rows.answered < rows.total
      ? [`${task}, ${length}: ${whole(rows.answered)} of ${whole(rows.total)} rows answered`]
      : []),
    ...(notAttempted > 0
      ? [
        `${task}, ${length}: no room for the response behind ${notAttempted} of the prompts; such rows count as wrong`,
      ]
      : []),
  ]);
  return [...parts, ...(notes.length === 0 ? [] : [notes.join("\n")])].join("\n\n");
}
