/** A model on the test rows of a real task at one length: generations in a file, then their grades. */

import type { Protocol, RealTask, Row } from "../../tasks/real_task.ts";
import { gradeFile } from "../grading/grade.ts";
import { generate, type LoadedModel } from "./generate.ts";
import type { DecodingSizes } from "./responder.ts";
import { openGenerations } from "./generation_file.ts";
import type { Evaluated } from "./table.ts";

export interface EvaluationPlan {
  readonly task: RealTask;
  readonly split: string;
  readonly protocol: Protocol;
  readonly decoding: DecodingSizes;
  /** Rows to answer. */
  readonly rows: readonly Row<unknown>[];
  /** Contents of the file that the rows are from. */
  readonly bytes: Uint8Array;
  /** Folder of generations and verdicts. */
  readonly folder: string;
  /** Identity of the model and of everything else that decides a response to a row. */
  readonly madeBy: string;
}

/** Path of the generations, without its ending. */
function pathOf({ task, split, protocol, decoding, folder }: EvaluationPlan): string {
  return `${folder}/${[task.id, ...(split === "test" ? [] : [split]), protocol, decoding.length].join("-")}`;
}

/** What is told of an evaluation. */
export interface EvaluationReports {
  /**
   * Called with the number of responses, those of an earlier run first. Throw to stop: everything so far is in the file.
   */
  done(responses: number): void;
  /** Called with one line of text. */
  problem(line: string): void;
}

/**
 * Answers the rows that the file does not hold yet, then grades all that it holds. One process at a time: where another
 * is at it, its responses are waited for and taken over.
 * @throws GenerationFileError, VerdictFileError when files of other generations stand in the way
 */
export async function evaluateRealTasks(
  loaded: LoadedModel,
  plan: EvaluationPlan,
  { done, problem }: EvaluationReports,
  signal?: AbortSignal,
): Promise<Evaluated> {
  const { task, split, protocol, decoding, rows, bytes, folder, madeBy } = plan;
  const path = pathOf(plan), waiting = { onWait: problem, ...(signal && { signal }) };
  await Deno.mkdir(folder, { recursive: true });
  // Kept until the verdicts are there: what is graded is what this process knows of.
  using file = await openGenerations(`${path}.jsonl`, madeBy, waiting);
  let notAttempted = file.notAttempted;
  const left = rows.filter(({ index }) => !file.indices.has(index));
  done(rows.length - left.length);
  await generate(loaded, { task, rows: left }, { protocol, decoding }, (responses) => {
    file.write(responses);
    notAttempted += responses.filter(({ notAttempted }) => notAttempted !== null).length;
    done(responses.length);
  });
  const more = file.indices.size - (rows.length - left.length);
  if (more > 0) {
    problem(`${path}.jsonl holds ${more} rows more than were asked for; all of them are graded`);
  }
  const summary = await gradeFile({
    task,
    input: `${path}.jsonl`,
    out: `${path}.verdicts.jsonl`,
    split,
    openTestFile: () => Promise.resolve(bytes),
    onMalformed: ({ line, reason }) => problem(`${path}.jsonl, line ${line} is malformed: ${reason}`),
    onFailed: ({ line, reason }) => problem(`${path}.jsonl, line ${line} could not be graded: ${reason}`),
    waiting,
  });
  return { task: task.id, length: decoding.length, steps: decoding.steps, notAttempted, summary };
}
