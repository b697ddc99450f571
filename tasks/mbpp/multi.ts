/**
 * MBPP, generated, with several right responses: a function by three examples, "4>19,8>31,5>22" -> "x*3+7", "3*x+7",
 * "7+x*3" or "7+3*x", judged by five tests, of which the prompt shows three.
 *
 * Splits are made of prompts by hash, as those of `mbpp/mini`: functions are seen in training, with other examples.
 */

import { Stream } from "../../kernels/philox/random.ts";
import type { ExpressionTest } from "../../src/sandbox/sandbox.ts";
import { gradedByTests } from "../code/mini.ts";
import { checkUnflawed } from "../generated/multi.ts";
import { drawsOf } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { promptOf, splitOf } from "./mini.ts";

const MIN_FACTOR = 2, MAX_FACTOR = 5, MAX_TERM = 9;
const TESTS = 5, MAX_X = 9;

/** x * factor + term */
export interface LinearItem {
  readonly factor: number;
  readonly term: number;
  /** The shown ones first. */
  readonly cases: readonly ExpressionTest[];
}

export const mbppMulti: Task<LinearItem> = {
  ...gradedByTests(),
  id: "mbpp/multi",
  title: "MBPP, generated linear functions by examples, operands in either order",
  vocabulary: symbolVocabulary,
  promptLength: 14,
  responseLength: 6,
  testSets: [],
  flawDescription: null,

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const factor = MIN_FACTOR + draws.below(MAX_FACTOR - MIN_FACTOR + 1), term = 1 + draws.below(MAX_TERM);
      const order = draws.shuffle(Array.from({ length: MAX_X + 1 }, (_, x) => x));
      const cases = order.slice(0, TESTS).map((x) => ({ x, expected: x * factor + term }));
      const prompt = promptOf(cases);
      if (splitOf(prompt) !== split) continue;
      return { id: `mbpp/multi:${prompt}`, prompt, item: { factor, term, cases }, tags: [] };
    }
  },

  demonstrate({ item: { factor, term } }, flaw, seed, index) {
    checkUnflawed("mbpp/multi", flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index), coin = () => draws.below(2) === 0;
    const product = coin() ? `x*${factor}` : `${factor}*x`;
    return coin() ? `${product}+${term}` : `${term}+${product}`;
  },
};
