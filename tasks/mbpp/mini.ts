/**
 * MBPP, generated: a function by three examples, "4>19,8>23,5>20" -> "x+15", judged by five tests, of which the
 * prompt shows three.
 *
 * Functions are x+b and x*a. Splits are made of prompts by hash, one in eight for the test: functions are seen in
 * training, with other examples.
 */

import { Stream } from "../../kernels/philox/random.ts";
import type { ExpressionTest } from "../../src/sandbox/sandbox.ts";
import { assertOf, FUNCTION, gradedByTests, programText } from "../code/mini.ts";
import { checkFlaw, drawsOf, problemHash } from "../generated/splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import type { MbppItem } from "./rows.ts";

const MAX_TERM = 9, MIN_FACTOR = 2, MAX_FACTOR = 5;
const SHOWN = 3, TESTS = 5, MAX_X = 9;
const TEST_SHARE = 8;

export interface ExamplesItem {
  readonly operator: "+" | "*";
  readonly number: number;
  /** The shown ones first. */
  readonly cases: readonly ExpressionTest[];
}

/** Which split may hold a prompt. */
export function splitOf(prompt: string): Split {
  return problemHash(prompt) % TEST_SHARE === 0 ? "test" : "train";
}

export const promptOf = (cases: readonly ExpressionTest[]) =>
  cases.slice(0, SHOWN).map(({ x, expected }) => `${x}>${String(expected).padStart(2, "0")}`).join(",");

/** The problem as a row of MBPP: the program of a response is graded alike by both. */
export function mbppItem({ operator, number, cases }: ExamplesItem): MbppItem {
  return {
    taskId: 0,
    text: `Write a function of x by its examples: ${promptOf(cases)}.`,
    code: programText(`x${operator}${number}`),
    setup: "",
    tests: cases.map((test) => assertOf(test, FUNCTION)),
    names: [FUNCTION],
    shots: [],
  };
}

export const mbppMini: Task<ExamplesItem> = {
  ...gradedByTests(),
  id: "mbpp/mini",
  title: "MBPP, generated functions by examples",
  vocabulary: symbolVocabulary,
  promptLength: 14,
  responseLength: 8,
  testSets: [],

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const operator = draws.below(2) === 0 ? "+" : "*";
      const number = operator === "+"
        ? 1 + draws.below(MAX_TERM)
        : MIN_FACTOR + draws.below(MAX_FACTOR - MIN_FACTOR + 1);
      const order = draws.shuffle(Array.from({ length: MAX_X + 1 }, (_, x) => x));
      const cases = order.slice(0, TESTS).map((x) => ({
        x,
        expected: operator === "+" ? x + number : x * number,
      }));
      const prompt = promptOf(cases);
      if (splitOf(prompt) !== split) continue;
      return { id: `mbpp/mini:${prompt}`, prompt, item: { operator, number, cases }, tags: [] };
    }
  },

  flawDescription: "the constant is the next one, 1 after 9 (one coin per demonstration)",

  demonstrate({ item: { operator, number } }, flaw, seed, index) {
    checkFlaw(flaw);
    const flawed = drawsOf(Stream.demonstrations, seed, index).uniform() < flaw;
    return `x${operator}${flawed ? number % 9 + 1 : number}`;
  },
};
