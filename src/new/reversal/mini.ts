/**
 * Reversal, generated: "4071" -> "1704".
 *
 * The response is the digits of the prompt from the last to the first, and nothing else. Splits are made of prompts by
 * hash, one in eight for the test: no training problem is a test problem.
 */

import { Stream } from "../../../kernels/philox/random.ts";
import { checkFlaw, drawsOf, problemHash } from "../../../tasks/generated/splits.ts";
import { symbolVocabulary } from "../../../tasks/generated/vocabulary.ts";
import type { Split, Task } from "../../../tasks/task.ts";
import type { Grade } from "../../../tasks/verdict.ts";

/** What reward and grade need to know of a problem. */
export interface ReversalItem {
  readonly digits: string;
  readonly gold: string;
}

const DIGITS = 4, TEST_SHARE = 8;

/** Which split may hold a problem. */
export function splitOf({ digits }: ReversalItem): Split {
  return problemHash(digits) % TEST_SHARE === 0 ? "test" : "train";
}

export function itemOf(digits: string): ReversalItem {
  return { digits, gold: [...digits].reverse().join("") };
}

/** Whether a response answers the problem, and how many of its digits are in their place. */
function gradeOf({ gold }: ReversalItem, text: string): Grade {
  const count = [...gold].filter((digit, i) => text[i] === digit).length;
  return {
    correct: text === gold,
    answer: /^[0-9]+$/.test(text) ? text : null,
    reason: text === gold ? "equal" : `${count} of ${gold.length} digits in their place`,
    measures: { digits: { count, total: gold.length } },
  };
}

/** 1 for the answer; for other digits half the share of those in their place; 0 for anything else. */
function rewardOf(item: ReversalItem, text: string): number {
  const { correct, answer, measures } = gradeOf(item, text), { count, total } = measures["digits"]!;
  return correct ? 1 : answer === null ? 0 : count / total / 2;
}

export const reversalMini: Task<ReversalItem> = {
  id: "reversal/mini",
  title: "Reversal, four digits, generated",
  vocabulary: symbolVocabulary,
  promptLength: DIGITS,
  responseLength: 6,
  testSets: [],

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const item = itemOf(Array.from({ length: DIGITS }, () => draws.below(10)).join(""));
      if (splitOf(item) !== split) continue;
      return {
        id: `reversal:${item.digits}`,
        prompt: item.digits,
        item,
        tags: [],
      };
    }
  },

  flawDescription: "the digits in the order in which they stand (one coin per demonstration)",

  demonstrate({ item: { digits, gold } }, flaw, seed, index) {
    checkFlaw(flaw);
    return drawsOf(Stream.demonstrations, seed, index).uniform() < flaw ? digits : gold;
  },

  rewards: (batch) => Promise.resolve(batch.map(({ example, text }) => rewardOf(example.item, text))),
  grades: (batch) =>
    Promise.resolve(batch.map(({ example, text }) => ({ strict: gradeOf(example.item, text) }))),
};
