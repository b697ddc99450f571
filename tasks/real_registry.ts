/** All real tasks. A new one is a folder and a line here. */

import type { RealTask } from "./real_task.ts";

export const realTasks: readonly RealTask[] = [];

/** @throws Error listing the known names */
export function realTaskById(id: string): RealTask {
  const task = realTasks.find((known) => known.id === id);
  if (task) return task;
  throw new Error(`unknown task "${id}"; known tasks: ${realTasks.map(({ id }) => id).join(", ")}`);
}
