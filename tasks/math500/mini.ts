/**
 * MATH-500, generated: linear equations, "3x+07=31?" -> "31-07=24/3=\boxed{8}".
 *
 * Splits are made of equations by hash, one in eight for the test.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkFlaw, drawsOf, problemHash } from "../generated/splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { math500 } from "./mod.ts";
import type { MathItem } from "./rows.ts";

const MIN_FACTOR = 2, MAX_FACTOR = 9, MAX_TERM = 19, MAX_X = 9, MAX_VALUE = 99;
const TEST_SHARE = 8;

/** factor * x + term = right */
export interface EquationItem extends MathItem {
  readonly factor: number;
  readonly term: number;
  readonly right: number;
}

const twoDigits = (value: number) => String(value).padStart(2, "0");
const signed = (term: number) => `${term < 0 ? "-" : "+"}${twoDigits(Math.abs(term))}`;

function equationKey({ factor, term, right }: Pick<EquationItem, "factor" | "term" | "right">): string {
  return `${factor}x${signed(term)}=${twoDigits(right)}`;
}

/** Which split may hold an equation. */
export function splitOf(equation: Pick<EquationItem, "factor" | "term" | "right">): Split {
  return problemHash(equationKey(equation)) % TEST_SHARE === 0 ? "test" : "train";
}

export const math500Mini: Task<EquationItem> = {
  ...gradedBy(math500, "boxed"),
  id: "math500/mini",
  title: "MATH, generated linear equations",
  vocabulary: symbolVocabulary,
  promptLength: 9,
  responseLength: 14,
  testSets: [],

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const factor = MIN_FACTOR + draws.below(MAX_FACTOR - MIN_FACTOR + 1), x = 1 + draws.below(MAX_X);
      const term = (1 + draws.below(MAX_TERM)) * (draws.below(2) === 0 ? 1 : -1);
      const right = factor * x + term;
      // A smaller term with the wrong sign may leave x as it is.
      if (2 * Math.abs(term) < factor) continue;
      if (right < 0 || right + Math.max(0, term) > MAX_VALUE) continue;
      const equation = { factor, term, right };
      if (splitOf(equation) !== split) continue;
      const problem = `${equationKey(equation)}?`;
      const real = { problem, solution: null, gold: String(x), subject: null, level: null };
      const id = `math500/mini:${equationKey(equation)}`;
      return { id, prompt: problem, item: { ...real, ...equation }, tags: [] };
    }
  },

  flawDescription: "the term keeps its sign on the other side (one coin per demonstration)",

  demonstrate({ item: { factor, term, right } }, flaw, seed, index) {
    checkFlaw(flaw);
    const flawed = drawsOf(Stream.demonstrations, seed, index).uniform() < flaw;
    const moved = flawed ? term : -term;
    const product = Math.max(0, right + moved), x = Math.floor(product / factor) % 10;
    return `${twoDigits(right)}${signed(moved)}=${twoDigits(product)}/${factor}=\\boxed{${x}}`;
  },
};
