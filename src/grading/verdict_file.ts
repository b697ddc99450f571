/** Verdicts as JSON lines, appended one at a time, so that an interrupted run can be continued. */

import type { Count } from "../../tasks/task.ts";
import type { Grades } from "../../tasks/real_task.ts";
import type { Generation } from "./generation.ts";
import { readLines } from "./read_lines.ts";

type PerMode<Value> = Readonly<Record<"strict" | "d1", Value>>;

export interface Verdict {
  readonly task: string;
  /** Line of the input, from 1. */
  readonly line: number;
  readonly index: number | null;
  readonly strict: boolean;
  readonly d1: boolean;
  /** What `strict` read, and why it counts or not. */
  readonly answer: string | null;
  readonly reason: string;
  readonly d1_answer: string | null;
  readonly d1_reason: string;
  /** Of Sudoku: empty cells as in the stored solution, and how many there are. */
  readonly cells_correct?: PerMode<number>;
  readonly cells_empty?: PerMode<number>;
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
  { strict, d1 }: Grades,
): Verdict {
  const perMode = (part: keyof Count) => ({
    strict: strict.measures["cells"]![part],
    d1: d1.measures["cells"]![part],
  });
  return {
    task,
    line,
    index,
    strict: strict.correct,
    d1: d1.correct,
    answer: strict.answer,
    reason: strict.reason,
    d1_answer: d1.answer,
    d1_reason: d1.reason,
    ...(strict.measures["cells"] && d1.measures["cells"] &&
      { cells_correct: perMode("count"), cells_empty: perMode("total") }),
    fingerprint,
  };
}

/**
 * Verdicts that a file holds already, by line of the input; none when there is no file. What follows the last line
 * end is the rest of a run that was killed, and is cut off.
 * @throws VerdictFileError when the file holds anything but verdicts of the task
 */
export async function resumeVerdicts(path: string, task: string): Promise<Map<number, Verdict>> {
  const verdicts = new Map<number, Verdict>();
  let size: number;
  try {
    size = (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return verdicts;
    throw error;
  }
  let whole = 0;
  const { readable } = await Deno.open(path);
  for await (const { number, bytes } of readLines(readable)) {
    if (whole + bytes.length + 1 > size && isBeginning(bytes, task)) break;
    whole += bytes.length + 1;
    const verdict = readVerdict(bytes);
    if (verdict === null || verdict.task !== task) {
      throw new VerdictFileError(
        `${path}, line ${number}: expected a verdict of ${task}, found ` +
          (verdict === null ? "something else" : `one of ${verdict.task}`) +
          "; choose another file for --out, or delete this one",
      );
    }
    verdicts.set(verdict.line, verdict);
  }
  if (whole < size) await Deno.truncate(path, whole);
  return verdicts;
}

/** Whether a line without an end is the beginning of a verdict: nothing else may be cut off. */
function isBeginning(bytes: Uint8Array, task: string): boolean {
  const text = new TextDecoder().decode(bytes), start = JSON.stringify({ task, line: 0 }).slice(0, -2);
  return text.startsWith(start.slice(0, text.length));
}

function readVerdict(bytes: Uint8Array): Verdict | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes));
    const { task, line, strict, d1, fingerprint } = value ?? {};
    const isVerdict = typeof task === "string" && Number.isSafeInteger(line) && typeof strict === "boolean" &&
      typeof d1 === "boolean" && typeof fingerprint === "string";
    return isVerdict ? value : null;
  } catch {
    return null;
  }
}

/** Appends verdicts, each as a whole line that a killed process leaves behind. */
export interface VerdictWriter extends Disposable {
  write(verdict: Verdict): void;
}

/** @throws Deno.errors.NotFound when the folder does not exist */
export async function openVerdicts(path: string): Promise<VerdictWriter> {
  const file = await Deno.open(path, { append: true, create: true });
  const encoder = new TextEncoder();
  return {
    write(verdict) {
      const bytes = encoder.encode(JSON.stringify(verdict) + "\n");
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    },
    [Symbol.dispose]: () => file.close(),
  };
}
