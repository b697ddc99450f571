/** What a model of a task is evaluated on: generated puzzles, and the real test sets that can be had. */

import { DataUnavailableError, openDataFile } from "../../tasks/data.ts";
import type { Example, Task } from "../../tasks/task.ts";
import { heldOutExamples } from "../train/policy.ts";
import { GENERATED } from "./record.ts";
import type { Suite } from "./suite.ts";

export interface TestSet {
  /** "generated" or the id of a real test set. */
  readonly id: string;
  readonly examples: readonly Example[];
  /** Tokens of a response. */
  readonly responseLength: number;
}

/**
 * The test sets of a task, in order. Those whose files cannot be had are left out and reported; wrong bytes are
 * an error.
 * @param unavailable called with one line of text per test set that is left out
 * @throws DataIntegrityError
 */
export async function loadTestSets(
  suite: Suite,
  task: Task,
  unavailable: (message: string) => void,
): Promise<TestSet[]> {
  const { prompts, realPrompts } = suite.evaluation.final;
  const generated: TestSet = {
    id: GENERATED,
    examples: heldOutExamples(task, suite.baseSeed, prompts),
    responseLength: task.responseLength,
  };
  if (realPrompts === 0) return [generated];
  const real = await Promise.all(task.testSets.map(async (set): Promise<TestSet | null> => {
    try {
      const examples = set.load(await openDataFile(set.file));
      return {
        id: set.id,
        examples: realPrompts === "all" ? examples : examples.slice(0, realPrompts),
        responseLength: set.responseLength ?? task.responseLength,
      };
    } catch (error) {
      if (!(error instanceof DataUnavailableError)) throw error;
      unavailable(`${set.id} is not evaluated: ${error.message}`);
      return null;
    }
  }));
  return [generated, ...real.filter((set) => set !== null)];
}
