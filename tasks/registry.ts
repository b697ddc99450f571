/** All generated tasks, that models of the benchmark are trained on. A new one is a folder and a line here. */

import { countdownMini } from "./countdown/mini.ts";
import { countdownMulti } from "./countdown/multi.ts";
import { gsm8kMini } from "./gsm8k/mini.ts";
import { gsm8kMulti } from "./gsm8k/multi.ts";
import { humanevalMini } from "./humaneval/mini.ts";
import { humanevalMulti } from "./humaneval/multi.ts";
import { math500Mini } from "./math500/mini.ts";
import { math500Multi } from "./math500/multi.ts";
import { mbppMini } from "./mbpp/mini.ts";
import { mbppMulti } from "./mbpp/multi.ts";
import { sudokuMini } from "./sudoku/mini.ts";
import { sudokuMulti } from "./sudoku/multi.ts";
import type { Task } from "./task.ts";

export const allTasks: readonly Task[] = [
  sudokuMini,
  countdownMini,
  gsm8kMini,
  math500Mini,
  humanevalMini,
  mbppMini,
  sudokuMulti,
  countdownMulti,
  gsm8kMulti,
  math500Multi,
  humanevalMulti,
  mbppMulti,
];

/** @throws Error listing the known names */
export function taskById(id: string): Task {
  const task = allTasks.find((known) => known.id === id);
  if (task) return task;
  throw new Error(`unknown task "${id}"; known tasks: ${allTasks.map(({ id }) => id).join(", ")}`);
}
