/** Scores as records hold them. */

import { wilsonInterval } from "../statistics/intervals.ts";
import type { Score } from "../train/evaluate.ts";
import { itemBits } from "./item_bits.ts";
import type { RecordedScore } from "./record.ts";

/** The two graders of every task; see tasks/real_task.ts. */
export const MODES = ["strict", "d1"] as const;
export type Mode = (typeof MODES)[number];

/** The set id of the generated puzzles of a task's test split. */
export const GENERATED = "generated";

/** A score with its intervals and the bits of its items. */
export function recordedScore({ items, measures, tags }: Score): RecordedScore {
  const n = items.length;
  const correctness = (mode: Mode) => {
    const correct = items.filter((item) => item[mode]).length;
    const [low, high] = wilsonInterval(correct, n);
    return { correct, interval: [low, high] as [number, number] };
  };
  return {
    n,
    strict: correctness("strict"),
    d1: correctness("d1"),
    items: {
      strict: itemBits(items.map(({ strict }) => strict)),
      d1: itemBits(items.map(({ d1 }) => d1)),
    },
    measures: { ...measures },
    tags: { ...tags },
  };
}
