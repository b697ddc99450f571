/** Countdown as the d1 family grades and rewards it (dllm-reasoning/d1@837888f2). */

import {
  asciiDigits,
  firstTaggedAnswer,
  lastBox,
  lastTaggedAnswer,
  PYTHON_SPACE,
  pythonStrip,
} from "../d1/text.ts";
import { type Grade, gradeOf } from "../verdict.ts";
import { isNear, pythonValue, showPython } from "./python_expression.ts";

const TOLERANCE = 1e-5;
const ALLOWED = new RegExp(`^[\\p{Nd}+\\-*/().${PYTHON_SPACE}]+$`, "u");

/** Whether the runs of digits, whatever stands between them, are the given numbers: "3.4" uses 3 and 4. */
function usesNumbers(equation: string, numbers: readonly number[]): boolean {
  const given = new Map<string, number>();
  for (const number of numbers) given.set(String(number), (given.get(String(number)) ?? 0) + 1);
  let runs = 0;
  for (const [run] of asciiDigits(equation).matchAll(/\d+/g)) {
    const number = run.replace(/^0+(?=\d)/, "");
    const left = given.get(number) ?? 0;
    // As soon as one is too many, so that a megabyte of digits is not gone through.
    if (left === 0) return false;
    given.set(number, left - 1);
    runs++;
  }
  return runs === numbers.length;
}

/** Why an equation is wrong, or null: the numbers, then the characters, then the value. */
function mistake(equation: string, numbers: readonly number[], target: number): string | null {
  if (!usesNumbers(equation, numbers)) return "digits that are not the given numbers";
  if (!ALLOWED.test(equation)) return "characters that are not allowed";
  const value = pythonValue(pythonStrip(equation));
  if (typeof value === "string") return value;
  return isNear(value, target, TOLERANCE) ? null : `value ${showPython(value)}, target ${target}`;
}

/** What stands before the first equals sign that has digits, operators, brackets or spaces on its left and a number
 * or space on its right; all of it where there is none. */
function beforeEquals(equation: string): string {
  const match = /[0-9+\-*/() ]=[0-9. ]/.exec(equation);
  if (match === null) return equation;
  let start = match.index;
  while (start > 0 && /[0-9+\-*/() ]/.test(equation[start - 1]!)) start--;
  return pythonStrip(equation.slice(start, match.index + 1));
}

/** The last box; if it is not closed, the answer tag, else the whole text. Three operators of LaTeX are known. */
export function d1Equation(text: string): string {
  const found = lastBox(text) ?? pythonStripOrNull(firstTaggedAnswer(text)) ?? text;
  return beforeEquals(found.replaceAll("\\div", "/").replaceAll("\\times", "*").replaceAll("\\cdot", "*"));
}

function pythonStripOrNull(text: string | null): string | null {
  return text === null ? null : pythonStrip(text);
}

/** Where d1's grader would break off (`()` has no difference from the target), the verdict is wrong. */
export function d1Grade(numbers: readonly number[], target: number, text: string): Grade {
  const equation = d1Equation(text);
  const problem = mistake(equation, numbers, target);
  return gradeOf(problem === null, equation.slice(0, 200), problem ?? "correct");
}

/** No answer tag 0, a correct expression in the last one 1, anything else in it 0.1. */
export function d1Reward(numbers: readonly number[], target: number, text: string): number {
  const equation = lastTaggedAnswer(text);
  if (equation === null) return 0;
  return mistake(pythonStrip(equation), numbers, target) === null ? 1 : 0.1;
}
