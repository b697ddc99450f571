/** What the mini variants share: a response is rewarded and graded by the code of the real task. */

import type { RealTask } from "../real_task.ts";
import type { Task } from "../task.ts";

/**
 * Rewards and grades of a real task for the items of its mini variant.
 * @param name of the training reward, one within [0, 1]
 */
export function gradedBy<Item>(
  real: RealTask<Item>,
  name: string,
): Pick<Task<Item>, "rewards" | "grades" | "close"> {
  const reward = real.rewards[name]!;
  return {
    rewards: (batch) => Promise.all(batch.map(({ example, text }) => reward.score(example.item, text))),
    grades: (batch) => Promise.all(batch.map(({ example, text }) => real.grade(example.item, text))),
    ...(real.close && { close: real.close }),
  };
}
