/** Accuracies on real test sets as a table for people: a row per task, a column per length of the response. */

import { type Count, MODES } from "../../tasks/verdict.ts";
import { unique } from "../std/collections.ts";
import type { Cell, Table } from "../tables/table.ts";
import { terminalTable } from "../tables/terminal.ts";
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

function accuracyCell(graded: Accuracy | null): Cell {
  if (graded === null) return { value: null };
  const { correct, total, accuracy, interval } = graded;
  return { value: accuracy, interval, note: `${correct}/${total}` };
}

function cellsCell(counted: Count | null | undefined): Cell {
  if (!counted) return { value: null };
  const { count, total } = counted;
  return { value: total === 0 ? 0 : count / total, note: `${count}/${total}` };
}

/**
 * Accuracy in percent with Wilson's 95 % interval, in both modes; Sudoku's share of cells below; then which test sets
 * were not answered as a whole, and what was not attempted.
 */
export function evaluationTable(results: readonly Evaluated[]): string {
  const lengths = unique(results.map(({ length }) => length)).sort((a, b) => a - b);
  const tasks = unique(results.map(({ task }) => task));
  const withCells = tasks.filter((task) => results.some((each) => each.task === task && each.summary.cells));
  const table = (
    title: string,
    names: readonly string[],
    { over, cellOf }: { readonly over?: string; cellOf(summary: Summary): Cell },
  ): Table => ({
    id: title,
    caption: title,
    columns: [
      { id: "task", title, kind: "text" },
      ...lengths.map((length) => ({
        id: `length_${length}`,
        title: `${length} tokens`,
        kind: "share" as const,
        unit: "%",
        ...(over === undefined ? {} : { over }),
      })),
    ],
    rows: names.map((task) => [
      { value: task },
      ...lengths.map((length) => {
        const result = results.find((each) => each.task === task && each.length === length);
        return result ? cellOf(result.summary) : { value: null };
      }),
    ]),
  });
  const tables = [
    ...MODES.map((mode) =>
      table(mode, tasks, { over: "problems", cellOf: (summary) => accuracyCell(summary[mode]) })
    ),
    ...(withCells.length === 0
      ? []
      : MODES.map((mode) =>
        table(`cells, ${mode}`, withCells, { cellOf: ({ cells }) => cellsCell(cells?.[mode]) })
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
  return [...tables.map(terminalTable), ...(notes.length === 0 ? [] : [notes.join("\n")])].join("\n\n");
}
