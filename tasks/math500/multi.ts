/**
 * MATH-500, generated, with two right responses: the equation "3(x+07)=45?" -> "45/3=15-07=\boxed{8}", which divides
 * first, or "45-21=24/3=\boxed{8}", which expands first.
 *
 * Splits are made of equations by hash, one in eight for the test.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../mini.ts";
import { checkUnflawed } from "../multi.ts";
import { drawsOf, problemHash } from "../splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../vocabulary.ts";
import { math500 } from "./mod.ts";
import type { MathItem } from "./rows.ts";

const MIN_FACTOR = 2, MAX_FACTOR = 9, MAX_TERM = 19, MAX_VALUE = 99;
const TEST_SHARE = 8;

/** factor * (x + term) = right */
export interface BracketItem extends MathItem {
  readonly factor: number;
  readonly term: number;
  readonly right: number;
}

type Equation = Pick<BracketItem, "factor" | "term" | "right">;

const twoDigits = (value: number) => String(value).padStart(2, "0");
const signed = (term: number) => `${term < 0 ? "-" : "+"}${twoDigits(Math.abs(term))}`;

function equationKey({ factor, term, right }: Equation): string {
  return `${factor}(x${signed(term)})=${twoDigits(right)}`;
}

/** Which split may hold an equation. */
export function splitOf(equation: Equation): Split {
  return problemHash(equationKey(equation)) % TEST_SHARE === 0 ? "test" : "train";
}

export const math500Multi: Task<BracketItem> = {
  ...gradedBy(math500, "boxed"),
  id: "math500/multi",
  title: "MATH, generated linear equations with a bracket, solved in either order",
  vocabulary: symbolVocabulary,
  promptLength: 11,
  responseLength: 16,
  testSets: [],
  flawDescription: null,

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const factor = MIN_FACTOR + draws.below(MAX_FACTOR - MIN_FACTOR + 1);
      const x = 1 + draws.below(Math.floor(MAX_VALUE / factor));
      const term = (1 + draws.below(MAX_TERM)) * (draws.below(2) === 0 ? 1 : -1);
      const right = factor * (x + term);
      if (right < 0 || right > MAX_VALUE || factor * Math.abs(term) > MAX_VALUE) continue;
      const equation = { factor, term, right };
      if (splitOf(equation) !== split) continue;
      const problem = `${equationKey(equation)}?`;
      const real = { problem, solution: null, gold: String(x), subject: null, level: null };
      return {
        id: `math500/multi:${equationKey(equation)}`,
        prompt: problem,
        item: { ...real, ...equation },
        tags: [],
      };
    }
  },

  demonstrate({ item: { factor, term, right, gold } }, flaw, seed, index) {
    checkUnflawed("math500/multi", flaw);
    const chain = drawsOf(Stream.demonstrations, seed, index).below(2) === 0
      ? `/${factor}=${twoDigits(right / factor)}${signed(-term)}`
      : `${signed(-factor * term)}=${twoDigits(right - factor * term)}/${factor}`;
    return `${twoDigits(right)}${chain}=\\boxed{${gold}}`;
  },
};
