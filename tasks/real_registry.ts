/** All real tasks. A new one is a folder and a line here. */

import { realCountdown } from "./countdown/mod.ts";
import { gsm8k } from "./gsm8k/mod.ts";
import { humaneval } from "./humaneval/mod.ts";
import { math500 } from "./math500/mod.ts";
import { mbpp } from "./mbpp/mod.ts";
import type { RealTask } from "./real_task.ts";
import { realSudoku } from "./sudoku/mod.ts";

export const realTasks: readonly RealTask[] = [gsm8k, math500, humaneval, mbpp, realSudoku, realCountdown];

/** @throws Error listing the known names */
export function realTaskById(id: string): RealTask {
  const task = realTasks.find((known) => known.id === id);
  if (task) return task;
  throw new Error(`unknown task "${id}"; known tasks: ${realTasks.map(({ id }) => id).join(", ")}`);
}
