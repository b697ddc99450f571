/** Countdown by exact arithmetic: the strict grade and its reward. Any order, + - * / and brackets count. */

import { equalsInteger, format } from "../answers/rational.ts";
import type { Grade } from "../verdict.ts";
import { readAnswer } from "./answer.ts";
import type { Expression } from "./expression.ts";
import type { CountdownItem } from "./test_sets.ts";

const FORMAT_REWARD = 0.1;

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

export function strictGrade(item: CountdownItem, response: string): Grade {
  const expression = readAnswer(response);
  const { problem } = judge(expression, item);
  return {
    correct: problem === null,
    answer: expression?.text ?? null,
    reason: problem ?? "correct",
    measures: {},
  };
}

/** 1 for the target, 0.1 for another value over exactly the given numbers, else 0. */
export function cleanReward(item: CountdownItem, response: string): number {
  const { wellFormed, problem } = judge(readAnswer(response), item);
  return problem === null ? 1 : wellFormed ? FORMAT_REWARD : 0;
}
