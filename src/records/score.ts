/** Scores as records hold them. */

import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import type { Score } from "../train/grade_model.ts";
import { type Mode, type PerMode, perMode } from "../../tasks/verdict.ts";
import { itemBits } from "./item_bits.ts";
import type { RecordedScore } from "./record.ts";

/** Wilson interval of the share of correct responses, 95 %; null where no such grader is. */
export function correctInterval(score: RecordedScore, mode: "strict"): Interval;
export function correctInterval(score: RecordedScore, mode: Mode): Interval | null;
export function correctInterval(score: RecordedScore, mode: Mode): Interval | null {
  const graded = score[mode];
  return graded ? wilsonInterval(graded.correct, score.n) : null;
}

/** A score with the bits of its items. */
export function recordedScore({ items, measures, tags, tokens, forwards }: Score): RecordedScore {
  const d1 = items.flatMap((item) => item.d1 ?? []);
  const verdicts: PerMode<readonly boolean[]> = {
    strict: items.map(({ strict }) => strict),
    ...(d1.length === items.length && { d1 }),
  };
  return {
    n: items.length,
    samples: 1,
    tokens,
    forwards,
    ...perMode(verdicts, (of) => ({ correct: of.filter(Boolean).length })),
    items: perMode(verdicts, itemBits),
    measures: { ...measures },
    tags: { ...tags },
  };
}
