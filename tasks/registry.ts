/** All generated tasks, that models of the benchmark are trained on. A new one is a folder and a line here. */

import { countdownMini } from "./countdown/mini.ts";
import { sudokuMini } from "./sudoku/mini.ts";
import type { Task } from "./task.ts";

export const allTasks: readonly Task[] = [sudokuMini, countdownMini];

/** @throws Error listing the known names */
export function taskById(id: string): Task {
  const task = allTasks.find((known) => known.id === id);
  if (task) return task;
  throw new Error(`unknown task "${id}"; known tasks: ${allTasks.map(({ id }) => id).join(", ")}`);
}
