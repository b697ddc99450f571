import { assertEquals } from "@std/assert";
import { createTally } from "../grading/summary.ts";
import type { Verdict } from "../grading/verdict_file.ts";
import { type Evaluated, evaluationTable } from "./table.ts";

function evaluated(
  task: string,
  length: number,
  [strict, d1, total]: readonly [number, number | null, number],
  { cells = false, rows = total } = {},
): Evaluated {
  const tally = createTally(task, rows);
  for (let i = 0; i < total; i++) {
    const verdict: Verdict = {
      ...{
        task,
        line: i + 1,
        index: i,
        answer: null,
        reason: "",
        fingerprint: "",
      },
      strict: i < strict,
      ...(d1 !== null && { d1: i < d1, d1_answer: null, d1_reason: "" }),
      ...(cells && { cells_correct: { strict: i, d1: 1 }, cells_empty: { strict: 8, d1: 8 } }),
    };
    tally.add(verdict, { problem: `row ${i}`, row: i, text: "" }, false);
  }
  return { task, length, steps: length / 2, notAttempted: 0, summary: tally.summary() };
}

Deno.test("a table has a row per task and a column per length, in both modes, and says what was not attempted", () => {
  const results = [
    evaluated("gsm8k", 256, [2, 1, 4]),
    evaluated("gsm8k", 128, [0, 4, 4], { rows: 1319 }),
    { ...evaluated("sudoku", 128, [1, 1, 2], { cells: true }), notAttempted: 1 },
    evaluated("mbpp", 256, [0, 0, 0]),
  ];
  assertEquals(
    evaluationTable(results),
    `  strict  128 tokens (%, over problems)  256 tokens (%, over problems)
  ──────  ─────────────────────────────  ─────────────────────────────
  gsm8k             0.0 [0.0, 49.0] 0/4          50.0 [15.0, 85.0] 2/4
  sudoku           50.0 [9.5, 90.5] 1/2                              –
  mbpp                                –                              –

  d1      128 tokens (%, over problems)  256 tokens (%, over problems)
  ──────  ─────────────────────────────  ─────────────────────────────
  gsm8k         100.0 [51.0, 100.0] 4/4           25.0 [4.6, 69.9] 1/4
  sudoku           50.0 [9.5, 90.5] 1/2                              –
  mbpp                                –                              –

  cells, strict  128 tokens (%)  256 tokens (%)
  ─────────────  ──────────────  ──────────────
  sudoku               6.3 1/16               –

  cells, d1  128 tokens (%)  256 tokens (%)
  ─────────  ──────────────  ──────────────
  sudoku          12.5 2/16               –

gsm8k, 128: 4 of 1,319 rows answered
sudoku, 128: no room for the response behind 1 of the prompts; such rows count as wrong`,
  );
});

Deno.test("a task that the d1 papers never had has a dash in their table", () => {
  assertEquals(
    evaluationTable([evaluated("gsm8k", 128, [0, 4, 4]), evaluated("own", 128, [2, null, 4])]).split("\n\n"),
    [
      `  strict  128 tokens (%, over problems)
  ──────  ─────────────────────────────
  gsm8k             0.0 [0.0, 49.0] 0/4
  own             50.0 [15.0, 85.0] 2/4`,
      `  d1     128 tokens (%, over problems)
  ─────  ─────────────────────────────
  gsm8k        100.0 [51.0, 100.0] 4/4
  own                                –`,
    ],
  );
});
