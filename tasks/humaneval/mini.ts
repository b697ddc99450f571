/**
 * HumanEval, generated: a docstring of three steps, "x, sub 8, sub 4, mul 3" -> "(x-8-4)*3", judged by four tests.
 *
 * Splits are made of docstrings by hash, one in eight for the test.
 */

import { Stream } from "../../kernels/philox/random.ts";
import type { ExpressionTest } from "../../src/sandbox/sandbox.ts";
import { assertOf, FUNCTION, gradedByTests } from "../code/mini.ts";
import { checkFlaw, drawsOf, problemHash } from "../generated/splits.ts";
import type { Split, Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import type { HumanEvalItem } from "./rows.ts";

const OPERATORS = { add: "+", sub: "-", mul: "*" } as const;
type Name = keyof typeof OPERATORS;
const NAMES = Object.keys(OPERATORS) as Name[];
const STEPS = 3, MAX_NUMBER = 9;
const TESTED = [0, 1, 3, 7];
const TEST_SHARE = 8;

export interface Step {
  readonly name: Name;
  readonly number: number;
}

export interface StepsItem {
  readonly steps: readonly Step[];
  readonly cases: readonly ExpressionTest[];
}

/** Which split may hold a docstring. */
export function splitOf(docstring: string): Split {
  return problemHash(docstring) % TEST_SHARE === 0 ? "test" : "train";
}

const docstringOf = (steps: readonly Step[]) =>
  `x${steps.map(({ name, number }) => `, ${name} ${number}`).join("")}`;

function valueAt(steps: readonly Step[], x: number): number {
  return steps.reduce(
    (value, { name, number }) =>
      name === "add" ? value + number : name === "sub" ? value - number : value * number,
    x,
  );
}

/** The problem as a row of HumanEval: the program of a response is graded alike by both. */
export function humanEvalItem({ steps, cases }: StepsItem): HumanEvalItem {
  const docstring = docstringOf(steps);
  return {
    taskId: `humaneval/mini:${docstring}`,
    prompt: `def ${FUNCTION}(x):\n    """${docstring}"""\n`,
    solution: `    return ${expressionOf(steps)}\n`,
    tests: cases.map((test) => `def check(candidate):\n    ${assertOf(test, "candidate")}`),
    entryPoint: FUNCTION,
  };
}

/** Brackets only where they are needed. @param flawed whether a step is written as an addition */
function expressionOf(steps: readonly Step[], flawed: (step: Step) => boolean = () => false): string {
  let text = "x", isSum = false;
  for (const step of steps) {
    const { name, number } = step;
    if (name === "mul") text = isSum ? `(${text})*${number}` : `${text}*${number}`;
    else text += `${flawed(step) ? "+" : OPERATORS[name]}${number}`;
    isSum = name !== "mul";
  }
  return text;
}

export const humanevalMini: Task<StepsItem> = {
  ...gradedByTests(),
  id: "humaneval/mini",
  title: "HumanEval, generated docstrings of three steps",
  vocabulary: symbolVocabulary,
  promptLength: 7,
  responseLength: 12,
  testSets: [],

  generate(split, seed, index) {
    const draws = drawsOf(split === "train" ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const steps = Array.from({ length: STEPS }, () => ({
        name: NAMES[draws.below(NAMES.length)]!,
        number: 1 + draws.below(MAX_NUMBER),
      }));
      const prompt = docstringOf(steps);
      if (splitOf(prompt) !== split) continue;
      const cases = TESTED.map((x) => ({ x, expected: valueAt(steps, x) }));
      return { id: `humaneval/mini:${prompt}`, prompt, item: { steps, cases }, tags: [] };
    }
  },

  flawDescription: "sub written as + (one coin per step)",

  demonstrate({ item: { steps } }, flaw, seed, index) {
    checkFlaw(flaw);
    const draws = drawsOf(Stream.demonstrations, seed, index);
    return expressionOf(steps, () => draws.uniform() < flaw);
  },
};
