/** Scores as records hold them. */

import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import type { Score } from "../train/grade_model.ts";
import type { Mode } from "../../tasks/verdict.ts";
import { itemBits } from "./item_bits.ts";
import type { RecordedScore } from "./record.ts";

/** Wilson interval of the share of correct responses, 95 %. */
export function correctInterval(score: RecordedScore, mode: Mode): Interval {
  return wilsonInterval(score[mode].correct, score.n);
}

/** A score with the bits of its items. */
export function recordedScore({ items, measures, tags, tokens, forwards }: Score): RecordedScore {
  const correctness = (mode: Mode) => ({ correct: items.filter((item) => item[mode]).length });
  return {
    n: items.length,
    samples: 1,
    tokens,
    forwards,
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
