/**
 * Countdown with three numbers: an expression that uses each of them once and equals the target.
 *
 * Generated problems have numbers from 1 to 9 and a solution that takes them in the given order with + and -;
 * graded are any order, + - * / and brackets. Splits are made of problems (numbers in any order, and target) by
 * hash, one in eight for the test; training leaves out the real test problems as well.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { answerSection, beforeEnd, unboxed } from "../response.ts";
import { checkFlaw, drawsOf, problemHash } from "../splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../vocabulary.ts";
import { type Expression, lastExpression, readExpression } from "./expression.ts";
import { equalsInteger, format } from "../rational.ts";
import { REAL_PROBLEM_HASHES } from "./real_rows.ts";
import { countdownExample, type CountdownItem, countdownTestSets, problemKey } from "./test_sets.ts";

const MAX_NUMBER = 9;
const TEST_SHARE = 8;
const FORMAT_REWARD = 0.1;

const realProblems = new Set(REAL_PROBLEM_HASHES);

/** Which split may hold a problem, or null for one of a real test set outside the generated test split. */
export function splitOf(numbers: readonly number[], target: number): Split | null {
  const hash = problemHash(problemKey(numbers, target));
  if (hash % TEST_SHARE === 0) return "test";
  return realProblems.has(hash) ? null : "train";
}

/** What keeps an expression from being over exactly the given numbers, or null. */
function misuse(literals: readonly bigint[], numbers: readonly number[]): string | null {
  const uses = (value: bigint) => literals.filter((literal) => literal === value).length;
  for (const literal of literals) {
    const given = numbers.filter((number) => BigInt(number) === literal).length;
    if (given === 0) return `uses ${literal}, which is not given`;
    if (uses(literal) > given) return `uses ${literal} ${times(uses(literal))}, given ${times(given)}`;
  }
  const unused = numbers.find((number) => uses(BigInt(number)) < numbers.filter((n) => n === number).length);
  if (unused === undefined) return null;
  const left = uses(BigInt(unused));
  return left === 0 ? `does not use ${unused}` : `uses ${unused} only ${times(left)}`;
}

const times = (count: number) => count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;

/** Why an expression is wrong, and whether it is at least over exactly the given numbers with some value. */
function judge(expression: Expression | null, { numbers, target }: CountdownItem) {
  if (expression === null) return { wellFormed: false, problem: "no expression" };
  const misused = misuse(expression.literals, numbers);
  if (misused !== null) return { wellFormed: false, problem: misused };
  if (expression.value === null) return { wellFormed: false, problem: "divides by zero" };
  if (equalsInteger(expression.value, BigInt(target))) return { wellFormed: true, problem: null };
  return { wellFormed: true, problem: `value ${format(expression.value)}, target ${target}` };
}

export const countdown: Task<CountdownItem> = {
  id: "countdown",
  title: "Countdown, three numbers",
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

  /**
   * The expression in canonical form: the answer section, of that the last box where there is one. An answer that
   * is marked by a tag or a box may have words or a result around its expression.
   */
  parse(response) {
    const inside = unboxed(answerSection(response));
    if (inside === null) return null;
    const marked = inside !== beforeEnd(response);
    return (readExpression(inside) ?? (marked ? lastExpression(inside) : null))?.text ?? null;
  },

  /** 1 for the target, 0.1 for another value over exactly the given numbers, else 0. */
  reward({ item }, response) {
    const { wellFormed, problem } = judge(readAnswer(response), item);
    return problem === null ? 1 : wellFormed ? FORMAT_REWARD : 0;
  },

  grade({ item }, response) {
    const expression = readAnswer(response);
    const { problem } = judge(expression, item);
    return {
      correct: problem === null,
      answer: expression?.text ?? null,
      reason: problem ?? "correct",
      measures: {},
    };
  },
};

function readAnswer(response: string): Expression | null {
  const text = countdown.parse(response);
  return text === null ? null : readExpression(text);
}
