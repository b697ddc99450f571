/** Rows of the MATH files. */

import { readJsonLines, type Row } from "../real_task.ts";

export interface MathItem {
  /** Null for items of lines that carry only a gold. */
  readonly problem: string | null;
  /** The worked solution, where there is one. */
  readonly solution: string | null;
  /** LaTeX, as the file writes it. */
  readonly gold: string;
  /** Such as "Prealgebra"; null where it is not stated. */
  readonly subject: string | null;
  /** From 1 to 5, hardest last; null where it is not stated. */
  readonly level: number | null;
}

function levelOf(level: unknown): number | null {
  const value = typeof level === "string" ? Number(/^Level (\d)$/.exec(level)?.[1] ?? NaN) : level;
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}

/**
 * Lines with "problem", "solution" and "answer"; the test file has "subject" and a number as "level", the others
 * "type" and "Level 5".
 * @throws SyntaxError naming the line that differs
 */
export function readRows(bytes: Uint8Array): Row<MathItem>[] {
  return readJsonLines(bytes).map((line, index) => {
    const { problem, solution, answer, subject, type, level } = (line ?? {}) as Record<string, unknown>;
    if (typeof problem !== "string" || typeof solution !== "string" || typeof answer !== "string") {
      throw new SyntaxError(
        `line ${index + 1}: expected "problem", "solution" and "answer" as texts, found ` +
          JSON.stringify(line).slice(0, 80),
      );
    }
    const name = subject ?? type;
    return {
      index,
      item: {
        problem,
        solution,
        gold: answer,
        subject: typeof name === "string" ? name : null,
        level: levelOf(level),
      },
    };
  });
}
