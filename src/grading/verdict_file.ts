/** Verdicts as JSON lines, appended one at a time, so that an interrupted run can be continued. */

import { type Count, type Grade, type Grades, type PerMode, perMode } from "../../tasks/verdict.ts";
import { openLineFile } from "../files/line_file.ts";
import type { Waiting } from "../files/lock.ts";
import type { Generation } from "./generation.ts";

export interface Verdict {
  readonly task: string;
  /** Line of the input, from 1. */
  readonly line: number;
  readonly index: number | null;
  readonly strict: boolean;
  /** Absent, with what belongs to it, where the d1 papers never had the task. */
  readonly d1?: boolean;
  /** What `strict` read, and why it counts or not. */
  readonly answer: string | null;
  readonly reason: string;
  readonly d1_answer?: string | null;
  readonly d1_reason?: string;
  /** Of Sudoku: empty cells as in the stored solution, and how many there are. */
  readonly cells_correct?: PerMode<number>;
  readonly cells_empty?: PerMode<number>;
  /** Of a program: the module that it needs and that the sandbox does not have. */
  readonly lacks?: string;
  /** Hash of the input's line. */
  readonly fingerprint: string;
}

/** The file of verdicts cannot be continued. */
export class VerdictFileError extends Error {
  override readonly name = "VerdictFileError";
}

export function verdictOf(
  task: string,
  { line, index, fingerprint }: Generation,
  grades: Grades,
): Verdict {
  const { strict, d1 } = grades;
  const hasCells = [strict, d1].every((grade) => grade === undefined || "cells" in grade.measures);
  const cells = (part: keyof Count) => perMode(grades, ({ measures }: Grade) => measures["cells"]![part]);
  return {
    task,
    line,
    index,
    strict: strict.correct,
    ...(d1 && { d1: d1.correct }),
    answer: strict.answer,
    reason: strict.reason,
    ...(d1 && { d1_answer: d1.answer, d1_reason: d1.reason }),
    ...(hasCells && { cells_correct: cells("count"), cells_empty: cells("total") }),
    ...(strict.lacks !== undefined && { lacks: strict.lacks }),
    fingerprint,
  };
}

/** Verdicts that a file holds, and more to come, each as a whole line that a killed process leaves behind. */
export interface VerdictFile extends Disposable {
  /** Those of earlier runs, by line of the input. */
  readonly earlier: ReadonlyMap<number, Verdict>;
  write(verdict: Verdict): void;
}

/**
 * Opens a file to continue it, or to begin it; nobody else does until it is disposed.
 * @throws VerdictFileError when the file holds anything but verdicts of the task
 * @throws Deno.errors.NotFound when the folder does not exist
 */
export async function openVerdicts(path: string, task: string, waiting: Waiting = {}): Promise<VerdictFile> {
  const earlier = new Map<number, Verdict>();
  const file = await openLineFile(path, {
    start: JSON.stringify({ task, line: 0 }).slice(0, -2),
    read(bytes, number) {
      const verdict = readVerdict(bytes);
      if (verdict === null || verdict.task !== task) {
        throw new VerdictFileError(
          `${path}, line ${number}: expected a verdict of ${task}, found ` +
            (verdict === null ? "something else" : `one of ${verdict.task}`) +
            "; choose another file for --out, or delete this one",
        );
      }
      earlier.set(verdict.line, verdict);
    },
  }, waiting);
  return {
    earlier,
    write: (verdict) => file.append([verdict]),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function readVerdict(bytes: Uint8Array): Verdict | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes));
    const { task, line, strict, d1, fingerprint } = value ?? {};
    const isVerdict = typeof task === "string" && Number.isSafeInteger(line) && typeof strict === "boolean" &&
      (d1 === undefined || typeof d1 === "boolean") && typeof fingerprint === "string";
    return isVerdict ? value : null;
  } catch {
    return null;
  }
}
