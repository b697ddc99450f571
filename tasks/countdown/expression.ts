/**
 * Reads arithmetic expressions by recursive descent, with exact values; nothing here evaluates a string.
 *
 *     sum     = product { ("+" | "-") product }
 *     product = primary { ("*" | "/") primary }
 *     primary = literal | "(" sum ")" | "\frac" "{" sum "}" "{" sum "}"
 *
 * A literal is a non-negative integer without leading zeros. There is no sign, power, decimal point or implied
 * product.
 */

import { apply, integer, type Rational } from "../rational.ts";

export interface Expression {
  /** Canonical text: ASCII operators, no spaces. Reading it gives the same expression. */
  readonly text: string;
  /** Exact value; null when a division by zero leaves it without one. */
  readonly value: Rational | null;
  /** Numbers in the order they stand. */
  readonly literals: readonly bigint[];
}

/** Far beyond any use of a handful of numbers, and small enough that exact arithmetic costs nothing. */
export const LIMITS = { characters: 256, depth: 32, digits: 12 } as const;

/** Tokens by spelling, longer before shorter where one begins another. */
const SPELLINGS: readonly (readonly [spelling: string, token: string])[] = [
  ..."+-*/(){}=".split("").map((symbol) => [symbol, symbol] as const),
  ["×", "*"],
  ["·", "*"],
  ["⋅", "*"],
  ["∗", "*"],
  ["÷", "/"],
  ["∕", "/"],
  ["−", "-"],
  ["–", "-"],
  ["\\times", "*"],
  ["\\cdot", "*"],
  ["\\div", "/"],
  ["\\frac", "\\frac"],
  ["\\dfrac", "\\frac"],
  ["\\tfrac", "\\frac"],
  ["[", "("],
  ["]", ")"],
  ["\\left(", "("],
  ["\\right)", ")"],
  ["\\left[", "("],
  ["\\right]", ")"],
];
const SPACES = " \t\r\n\u00a0";

/** Operators, brackets and digit runs; null when anything else occurs. */
function tokenize(source: string): string[] | null {
  const tokens: string[] = [];
  for (let at = 0; at < source.length;) {
    if (SPACES.includes(source[at]!)) {
      at++;
      continue;
    }
    let end = at;
    while (source[end]! >= "0" && source[end]! <= "9") end++;
    if (end > at) {
      tokens.push(source.slice(at, end));
      at = end;
      continue;
    }
    const spelled = SPELLINGS.find(([spelling]) => source.startsWith(spelling, at));
    if (!spelled) return null;
    tokens.push(spelled[1]);
    at += spelled[0].length;
  }
  return tokens;
}

const isDigits = (token: string | undefined) => token !== undefined && token[0]! >= "0" && token[0]! <= "9";

function combine(left: Expression, operator: string, right: Expression): Expression {
  return {
    text: left.text + operator + right.text,
    value: left.value && right.value && apply(operator, left.value, right.value),
    literals: [...left.literals, ...right.literals],
  };
}

const bracketed = (inside: Expression): Expression => ({ ...inside, text: `(${inside.text})` });

/**
 * The expression a text consists of, or null. An "= 23" behind it is left out, whatever it states: what counts
 * is the expression. Total; linear in the text.
 */
export function readExpression(source: string): Expression | null {
  const trimmed = source.trim();
  if (trimmed.length > LIMITS.characters) return null;
  const tokens = tokenize(trimmed);
  if (tokens === null) return null;
  let at = 0;

  function take(token: string): boolean {
    if (tokens![at] !== token) return false;
    at++;
    return true;
  }

  function chain(operators: string, operand: (depth: number) => Expression | null, depth: number) {
    let left = operand(depth);
    while (left && at < tokens!.length && operators.includes(tokens![at]!)) {
      const operator = tokens![at++]!;
      const right = operand(depth);
      left = right && combine(left, operator, right);
    }
    return left;
  }
  const sum = (depth: number): Expression | null => chain("+-", product, depth);
  const product = (depth: number): Expression | null => chain("*/", primary, depth);

  function enclosed(open: string, close: string, depth: number): Expression | null {
    if (depth > LIMITS.depth || !take(open)) return null;
    const inside = sum(depth);
    return inside && take(close) ? bracketed(inside) : null;
  }

  function primary(depth: number): Expression | null {
    const token = tokens![at];
    if (token === "(") return enclosed("(", ")", depth + 1);
    if (take("\\frac")) {
      // Two levels, as many as its canonical text has.
      const above = enclosed("{", "}", depth + 2);
      const below = above && enclosed("{", "}", depth + 2);
      return below && bracketed(combine(above!, "/", below));
    }
    if (!isDigits(token) || token!.length > LIMITS.digits || (token!.length > 1 && token![0] === "0")) {
      return null;
    }
    at++;
    const literal = BigInt(token!);
    return { text: token!, value: integer(literal), literals: [literal] };
  }

  const expression = sum(0);
  if (expression && take("=")) {
    if (!isDigits(tokens[at])) return null;
    at++;
  }
  return at === tokens.length ? expression : null;
}

/** Longer texts are not searched. */
const MAX_SEARCHED = 1000;
const SEGMENT = /(?:[\d+\-*/()[\]{}\s×·⋅∗÷∕−–]|\\(?:times|cdot|div|[dt]?frac|left|right))+/g;
/**
 * What would make an expression part of another: a letter or digit, a decimal point, a power, another sign, the
 * argument of a command.
 */
const BOUND_BEFORE = /(?:[\p{L}\p{N}_.]|[\^!%_\\]\s*\{*\s*|\\(?!boxed)\p{L}+\s*\{|(?<!\p{L})[xX]\s*)$/u;
const BOUND_AFTER = /^(?:[\p{L}\p{N}_]|\.\d|\s*\}*\s*[\^!%_]|\s*\\(?!text)|\s*[xX](?!\p{L}))/u;
const NEAR = 20;

/** The last expression of at least two numbers among words, or null. Total; linear in the text. */
export function lastExpression(text: string): Expression | null {
  if (text.length > MAX_SEARCHED) return null;
  let last: Expression | null = null;
  const formulas = text.replace(/\\[()[\]]|\$/g, " ");
  for (const { 0: segment, index } of formulas.matchAll(SEGMENT)) {
    // Braces around an expression are what is left of a box without its backslash.
    for (const inside of [segment.trim(), segment.replace(/^[\s{]+|[\s}]+$/g, "")]) {
      const expression = readExpression(inside);
      if (expression === null || expression.literals.length < 2) continue;
      const start = index + segment.indexOf(inside), end = start + inside.length;
      const before = formulas.slice(Math.max(0, start - NEAR), start),
        after = formulas.slice(end, end + NEAR);
      if (!BOUND_BEFORE.test(before) && !BOUND_AFTER.test(after)) last = expression;
      break;
    }
  }
  return last;
}
