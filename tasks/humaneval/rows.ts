/** Rows of HumanEval. */

import { readJsonLines, type Row } from "../real_task.ts";

export interface HumanEvalItem {
  /** Such as "HumanEval/0". */
  readonly taskId: string;
  /** Imports, other functions, and the head and docstring of the function to complete. */
  readonly prompt: string;
  /** Its body. */
  readonly solution: string;
  /** Each defines `check(candidate)`; the rows of the file have one. */
  readonly tests: readonly string[];
  /** The function to complete. */
  readonly entryPoint: string;
}

/** @throws SyntaxError naming the line that differs */
export function readRows(bytes: Uint8Array): Row<HumanEvalItem>[] {
  return readJsonLines(bytes).map((line, index) => {
    const { task_id, prompt, canonical_solution, test, entry_point } = (line ?? {}) as Record<
      string,
      unknown
    >;
    if (
      typeof task_id !== "string" || typeof prompt !== "string" || typeof canonical_solution !== "string" ||
      typeof test !== "string" || typeof entry_point !== "string" || headOf(prompt, entry_point) < 0
    ) {
      throw new SyntaxError(
        `line ${
          index + 1
        }: expected task_id, canonical_solution, test, and a prompt that defines entry_point, ` +
          `found ${JSON.stringify(line).slice(0, 80)}`,
      );
    }
    return {
      index,
      item: { taskId: task_id, prompt, solution: canonical_solution, tests: [test], entryPoint: entry_point },
    };
  });
}

/** Where the head of the function to complete stands in a prompt. */
export function headOf(prompt: string, entryPoint: string): number {
  return /^\w+$/.test(entryPoint) ? prompt.search(new RegExp(`^def ${entryPoint}\\(`, "m")) : -1;
}
