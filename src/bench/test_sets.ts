/** What a model of a task is evaluated on: generated puzzles, and the real test sets that can be had. */

import { DATA_VARIABLE, DataUnavailableError, openDataFile } from "../../tasks/data/open.ts";
import type { Example, RealTestSet, Task } from "../../tasks/task.ts";
import { GENERATED } from "../suite/names.ts";
import { heldOutExamples } from "../train/grade_model.ts";
import type { Suite } from "../suite/suite.ts";

export interface TestSet {
  /** "generated" or the id of a real test set. */
  readonly id: string;
  readonly examples: readonly Example[];
  /** Tokens of a response. */
  readonly responseLength: number;
  /** The data file it comes from; absent for generated puzzles. */
  readonly file?: { readonly name: string; readonly sha256: string };
}

/**
 * The test sets of tasks by the task's id, each task's in order. Those whose files cannot be had are left out and
 * reported; wrong bytes are an error.
 * @param unavailable called with one line of text per test set that is left out, and one that says what to do
 * @throws DataIntegrityError
 */
export async function loadTestSets(
  suite: Suite,
  tasks: readonly Task[],
  unavailable: (message: string) => void,
): Promise<ReadonlyMap<string, readonly TestSet[]>> {
  const { seed, final: { prompts, realPrompts } } = suite.evaluation;
  const missing: string[] = [];
  const loaded = await Promise.all(tasks.map(async (task) => {
    const generated: TestSet = {
      id: GENERATED,
      examples: heldOutExamples(task, seed, prompts),
      responseLength: task.responseLength,
    };
    const wanted = realPrompts === 0 ? [] : task.testSets;
    const real = await Promise.all(wanted.map((set) => loadReal(set, task, realPrompts)));
    for (const set of real) if (typeof set === "string") missing.push(set);
    return [task.id, [generated, ...real.filter((set) => typeof set !== "string")]] as const;
  }));
  // Downloads end in any order.
  for (const line of missing.sort()) unavailable(line);
  if (missing.length > 0) {
    unavailable(
      `to provide files by hand, set ${DATA_VARIABLE} to a folder that holds them under these names`,
    );
  }
  return new Map(loaded);
}

/** A real test set, or a line of text that says why it cannot be had. */
async function loadReal(
  set: RealTestSet,
  task: Task,
  rows: Suite["evaluation"]["final"]["realPrompts"],
): Promise<TestSet | string> {
  try {
    const examples = set.load(await openDataFile(set.file));
    return {
      id: set.id,
      examples: rows === "all" ? examples : examples.slice(0, rows),
      responseLength: set.responseLength ?? task.responseLength,
      file: { name: set.file.name, sha256: set.file.sha256 },
    };
  } catch (error) {
    if (!(error instanceof DataUnavailableError)) throw error;
    return `${set.id} is not evaluated: ${error.file.name} is not on this machine and ${error.reason}`;
  }
}
