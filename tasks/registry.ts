/** All tasks. A new one is a folder and a line here. */

import { countdown } from "./countdown/mod.ts";
import { sudoku } from "./sudoku/mod.ts";
import type { Task } from "./task.ts";

export const allTasks: readonly Task[] = [sudoku, countdown];

/** @throws Error listing the known names */
export function taskById(id: string): Task {
  const task = allTasks.find((known) => known.id === id);
  if (task) return task;
  throw new Error(`unknown task "${id}"; known tasks: ${allTasks.map(({ id }) => id).join(", ")}`);
}
