/**
 * MATH-500, generated, with several right responses: simplify "5(x+7)-2x?" -> "5x+35-2x=\boxed{3x+35}" or
 * "-2x+35+5x=\boxed{35+3x}".
 *
 * The terms of the expansion and those of the result come in any order. Splits are made of expressions by hash, one in
 * eight for the test.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkUnflawed } from "../generated/multi.ts";
import { drawsOf, problemHash } from "../generated/splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { math500 } from "./mod.ts";
import type { MathItem } from "./rows.ts";

const MIN_FACTOR = 2, MAX_DIGIT = 9;
const TEST_SHARE = 8;

/** factor * (x + term) + more * x */
export interface BracketItem extends MathItem {
  readonly factor: number;
  readonly term: number;
  readonly more: number;
}

type Expression = Pick<BracketItem, "factor" | "term" | "more">;

const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value)}`;

function expressionText({ factor, term, more }: Expression): string {
  return `${factor}(x${signed(term)})${signed(more)}x`;
}

/** Which split may hold an expression. */
export function splitOf(expression: Expression): Split {
  return problemHash(expressionText(expression)) % TEST_SHARE === 0 ? "test" : "train";
}

/** A sum of terms with their signs. */
const sumOf = (terms: readonly string[]) => terms.join("").replace(/^\+/, "");

export const math500Multi: Task<BracketItem> = {
  ...gradedBy(math500, "boxed"),
  id: "math500/multi",
  title: "MATH, generated expressions to simplify, terms in any order",
  vocabulary: symbolVocabulary,
  promptLength: 10,
  responseLength: 18,
  testSets: [],
  flawDescription: null,

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    const from = (low: number) => low + draws.below(MAX_DIGIT - low + 1);
    const sign = () => draws.below(2) === 0 ? 1 : -1;
    for (;;) {
      const factor = from(MIN_FACTOR), term = from(1) * sign(), more = from(MIN_FACTOR) * sign();
      // One digit, and written as it is.
      if (factor + more < MIN_FACTOR || factor + more > MAX_DIGIT) continue;
      const expression = { factor, term, more };
      if (splitOf(expression) !== split) continue;
      const problem = `${expressionText(expression)}?`;
      const gold = `${factor + more}x${signed(factor * term)}`;
      const item = { problem, solution: null, gold, subject: null, level: null, ...expression };
      return { id: `math500/multi:${expressionText(expression)}`, prompt: problem, item, tags: [] };
    }
  },

  demonstrate({ item: { factor, term, more } }, flaw, seed, index) {
    checkUnflawed("math500/multi", flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index);
    const expansion = draws.shuffle([`${signed(factor)}x`, signed(factor * term), `${signed(more)}x`]);
    const result = draws.shuffle([`${signed(factor + more)}x`, signed(factor * term)]);
    return `${sumOf(expansion)}=\\boxed{${sumOf(result)}}`;
  },
};
