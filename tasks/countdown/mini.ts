/**
 * Countdown with three numbers, generated: an expression that uses each of them once and equals the target.
 *
 * Generated problems have numbers from 1 to 9 and a solution that takes them in the given order with + and -;
 * graded are any order, + - * / and brackets. Splits are made of problems (numbers in any order, and target) by
 * hash, one in eight for the test; training leaves out the real test problems as well.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkFlaw, drawsOf, problemHash } from "../generated/splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { realCountdown } from "./mod.ts";
import { REAL_PROBLEM_HASHES } from "./real_rows.ts";
import { countdownExample, type CountdownItem, countdownTestSets, problemKey } from "./test_sets.ts";

const MAX_NUMBER = 9;
const TEST_SHARE = 8;

const realProblems = new Set(REAL_PROBLEM_HASHES);

/** Which split may hold a problem, or null for one of a real test set outside the generated test split. */
export function splitOf(numbers: readonly number[], target: number): Split | null {
  const hash = problemHash(problemKey(numbers, target));
  if (hash % TEST_SHARE === 0) return "test";
  return realProblems.has(hash) ? null : "train";
}

export const countdownMini: Task<CountdownItem> = {
  ...gradedBy(realCountdown, "clean"),
  id: "countdown/mini",
  title: "Countdown, three numbers, generated",
  vocabulary: symbolVocabulary,
  promptLength: 8,
  responseLength: 8,
  testSets: countdownTestSets,

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const numbers = Array.from({ length: 3 }, () => 1 + draws.below(MAX_NUMBER));
      const signs = [1, draws.below(2) === 0 ? 1 : -1, draws.below(2) === 0 ? 1 : -1];
      const target = numbers.reduce((sum, number, i) => sum + signs[i]! * number, 0);
      if (target < 0 || splitOf(numbers, target) !== split) continue;
      const solution = numbers.map((number, i) => (i === 0 ? "" : signs[i] === 1 ? "+" : "-") + number).join(
        "",
      );
      return countdownExample({ numbers, target, solution });
    }
  },

  flawDescription: "every - written as + (one coin per demonstration)",

  demonstrate({ id, item: { solution } }, flaw, seed, index) {
    checkFlaw(flaw);
    if (solution === null) {
      throw new TypeError(
        `expected a generated example, found ${id} of a real test set, which has no solution`,
      );
    }
    const flawed = drawsOf(Stream.demonstrations, seed, index).uniform() < flaw;
    return flawed ? solution.replaceAll("-", "+") : solution;
  },
};
