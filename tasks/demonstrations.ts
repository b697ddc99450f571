/** What a model learns the real tasks from: problems of training splits with worked responses. */

import { openDataFile } from "./data/open.ts";
import type { Prompt, Protocol, RealTask } from "./real_task.ts";
import { sudokuMini } from "./sudoku/mini.ts";

/** A prompt and a right response to it. */
export interface Demonstration {
  readonly prompt: Prompt;
  readonly response: string;
}

/** Puzzles of a task without a file of them: as many as the others have, generated apart from every test set. */
const GENERATED: Readonly<Record<string, () => unknown[]>> = {
  sudoku: () => Array.from({ length: 7500 }, (_, index) => sudokuMini.generate("train", 0, index).item),
};

/** Whether there is anything to train on: HumanEval is for evaluation only. */
export function hasTraining({ id, splits }: RealTask): boolean {
  return trainSplit(splits) !== undefined || Object.hasOwn(GENERATED, id);
}

function trainSplit(splits: RealTask["splits"]) {
  return Object.entries(splits).find(([, { purpose }]) => purpose === "train");
}

/**
 * All demonstrations of a task, in the order of its training split. Rows without a solution are left out.
 * @param open gives the contents of a data file
 * @throws RangeError for a task that is for evaluation only
 * @throws DataUnavailableError, IntegrityError
 */
export async function demonstrations(
  task: RealTask,
  protocol: Protocol,
  open: typeof openDataFile = openDataFile,
): Promise<Demonstration[]> {
  return (await trainingItems(task, open)).flatMap((item) => {
    const response = task.demonstrate(item);
    return response === null ? [] : [{ prompt: task.prompt(item, protocol), response }];
  });
}

async function trainingItems(task: RealTask, open: typeof openDataFile): Promise<unknown[]> {
  const found = trainSplit(task.splits);
  if (found) {
    const [name, { file }] = found;
    return task.load(name, await open(file)).map(({ item }) => item);
  }
  const generate = Object.hasOwn(GENERATED, task.id) ? GENERATED[task.id] : undefined;
  if (generate) return generate();
  throw new RangeError(`expected a task with training data, found ${task.id}, which is for evaluation only`);
}
