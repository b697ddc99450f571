/** Grades a file of generations, line by line. */

import { type Grade, InfrastructureError, perMode } from "../../tasks/verdict.ts";
import { type RealTask, splitOf } from "../../tasks/real_task.ts";
import { openInput, readLines } from "../files/lines.ts";
import type { Waiting } from "../files/lock.ts";
import { type Generation, MalformedLine, readGeneration, type TestRows } from "./generation.ts";
import { createTally, type LineProblem, type Summary } from "./summary.ts";
import { openVerdicts, type Verdict, VerdictFileError, verdictOf } from "./verdict_file.ts";

export interface GradeOptions {
  readonly task: RealTask;
  /** A file of JSON lines, gzip by its name; "-" is the standard input. */
  readonly input: string;
  /** File of the verdicts; continued if it is there. Null: none is written. */
  readonly out: string | null;
  /** Contents of the file that indices count the rows of; called once, when a line has an index. */
  readonly openTestFile: () => Promise<Uint8Array>;
  /** The split whose rows indices name. */
  readonly split: string;
  readonly onVerdict?: (verdict: Verdict) => void;
  readonly onMalformed?: (problem: LineProblem) => void;
  readonly onFailed?: (problem: LineProblem) => void;
  /** What happens while another process has `out`. */
  readonly waiting?: Waiting;
}

/** Generations graded at once, where grading waits for something: more than any pool of workers. */
const AHEAD = 64;

/**
 * Grades the input and returns what it comes to. Verdicts are written in the order of the lines; lines that an
 * earlier run left out come behind.
 * @throws VerdictFileError when `out` holds verdicts of other generations
 */
export async function gradeFile(options: GradeOptions): Promise<Summary> {
  const { task, input, out, split, onVerdict, onMalformed, onFailed, waiting } = options;
  using file = out === null ? null : await openVerdicts(out, task.id, waiting);
  const earlier = new Map(file?.earlier);
  const tally = createTally(task.id, splitOf(task, split).rows);
  const rowsOf = rowsReader(options);
  /** In the order of the lines; each gives a verdict, or says why there is none. */
  const pending: { readonly generation: Generation; readonly grading: Promise<Verdict | LineProblem> }[] = [];

  const settleFirst = async () => {
    const { generation, grading } = pending.shift()!, result = await grading;
    if (!("task" in result)) {
      tally.failed(result);
      onFailed?.(result);
      return;
    }
    file?.write(result);
    tally.add(result, generation, false);
    onVerdict?.(result);
  };

  try {
    for await (const line of readLines(await openInput(input))) {
      let generation: Generation;
      try {
        generation = await readGeneration(line, task, rowsOf);
      } catch (error) {
        if (!(error instanceof MalformedLine)) throw error;
        const problem = { line: line.number, reason: error.message };
        tally.malformed(problem);
        onMalformed?.(problem);
        continue;
      }
      const known = earlier.get(line.number);
      if (known) {
        checkSame(known, generation, out!);
        earlier.delete(line.number);
        tally.add(known, generation, true);
        continue;
      }
      const grading = gradeOne(task, generation);
      // It may fail before its turn comes; the failure is thrown then.
      grading.catch(() => {});
      pending.push({ generation, grading });
      if (pending.length >= AHEAD) await settleFirst();
    }
    while (pending.length > 0) await settleFirst();
  } finally {
    // Whatever broke the loop: no grading goes on behind it.
    await Promise.allSettled(pending.map(({ grading }) => grading));
    await task.close?.();
  }
  const [foreign] = earlier.keys();
  if (foreign !== undefined) {
    throw new VerdictFileError(
      `${out} holds a verdict of line ${foreign}, which is no generation of ${input}; choose another file for --out`,
    );
  }
  return tally.summary();
}

async function gradeOne(task: RealTask, generation: Generation): Promise<Verdict | LineProblem> {
  try {
    const { item, text } = generation, grades = await task.grade(item, text ?? "");
    return verdictOf(task.id, generation, text === null ? perMode(grades, noAnswer) : grades);
  } catch (error) {
    if (error instanceof InfrastructureError) return { line: generation.line, reason: error.message };
    throw error;
  }
}

/** A missing text is wrong in every task; what is counted beside, such as empty cells, counts as for an empty one. */
function noAnswer({ measures }: Grade): Grade {
  return { correct: false, answer: null, reason: "no text", measures };
}

function checkSame(verdict: Verdict, generation: Generation, out: string): void {
  if (verdict.fingerprint === generation.fingerprint) return;
  throw new VerdictFileError(
    `${out} holds a verdict of another line ${generation.line} than the input's; choose another file for --out, or ` +
      "delete this one to grade everything again",
  );
}

/** The rows, read once. */
function rowsReader({ task, split, openTestFile }: GradeOptions): () => Promise<TestRows> {
  let rows: Promise<TestRows> | null = null;
  const read = async () => {
    const list = task.load(split, await openTestFile());
    return {
      list,
      byIndex: new Map(list.map((row) => [row.index, row])),
      indexOf: new Map(list.map(({ item, index }) => [item, index])),
    };
  };
  return () => rows ??= read();
}
