/** All tasks, generated and real. A new one is a folder and a line here. */

import { countdownMini } from "./countdown/mini.ts";
import { realCountdown } from "./countdown/mod.ts";
import { countdownMulti } from "./countdown/multi.ts";
import { gsm8kMini } from "./gsm8k/mini.ts";
import { gsm8k } from "./gsm8k/mod.ts";
import { gsm8kMulti } from "./gsm8k/multi.ts";
import { humanevalMini } from "./humaneval/mini.ts";
import { humaneval } from "./humaneval/mod.ts";
import { humanevalMulti } from "./humaneval/multi.ts";
import { math500Mini } from "./math500/mini.ts";
import { math500 } from "./math500/mod.ts";
import { math500Multi } from "./math500/multi.ts";
import { mbppMini } from "./mbpp/mini.ts";
import { mbpp } from "./mbpp/mod.ts";
import { mbppMulti } from "./mbpp/multi.ts";
import type { RealTask } from "./real_task.ts";
import { sudokuMini } from "./sudoku/mini.ts";
import { realSudoku } from "./sudoku/mod.ts";
import { sudokuMulti } from "./sudoku/multi.ts";
import type { Task } from "./task.ts";

/** Generated tasks, that models of the benchmark are trained on. */
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

/** Tasks of real data, which reward and grade. */
export const realTasks: readonly RealTask[] = [gsm8k, math500, humaneval, mbpp, realSudoku, realCountdown];

/** The generated task of an id. @throws Error listing the known ones */
export function taskById(id: string): Task {
  return byId(allTasks, id);
}

/** The real task of an id. @throws Error listing the known ones */
export function realTaskById(id: string): RealTask {
  return byId(realTasks, id);
}

function byId<T extends { readonly id: string }>(tasks: readonly T[], id: string): T {
  const task = tasks.find((known) => known.id === id);
  if (task) return task;
  throw new Error(`unknown task "${id}"; known tasks: ${tasks.map(({ id }) => id).join(", ")}`);
}
