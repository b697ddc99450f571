/**
 * Reads arithmetic expressions by recursive descent, with exact values; nothing here evaluates a string.
 *
 *     sum     = product { ("+" | "-") product }
 *     product = primary { ("*" | "/") primary }
 *     primary = literal | "(" sum ")" | "\frac" "{" sum "}" "{" sum "}" | "{" sum "\over" sum "}"
 *
 * A literal is a non-negative integer without leading zeros. There is no sign, power, decimal point or implied
 * product.
 */

import { apply, integer, type Rational } from "../answers/rational.ts";

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
  ["\\ast", "*"],
  ["\\div", "/"],
  ["\\frac", "\\frac"],
  ["\\dfrac", "\\frac"],
  ["\\tfrac", "\\frac"],
  ["\\over", "\\over"],
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

const quotient = (above: Expression, below: Expression): Expression =>
  bracketed(combine(bracketed(above), "/", bracketed(below)));

/**
 * The sides of the equation that a text consists of, or of the expression alone; null when it is neither. A number on a
 * later side is left out, whatever it states. Total; linear in the text.
 */
function readSides(source: string): Expression[] | null {
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
    return inside && take(close) ? inside : null;
  }

  /** As deep as its canonical text. */
  function fraction(depth: number): Expression | null {
    const above = enclosed("{", "}", depth + 2);
    const below = above && enclosed("{", "}", depth + 2);
    return below && quotient(above!, below);
  }

  function over(depth: number): Expression | null {
    const above = enclosed("{", "\\over", depth + 2);
    const below = above && sum(depth + 2);
    return below && take("}") ? quotient(above!, below) : null;
  }

  function primary(depth: number): Expression | null {
    const token = tokens![at];
    if (token === "(") {
      const inside = enclosed("(", ")", depth + 1);
      return inside && bracketed(inside);
    }
    if (take("\\frac")) return fraction(depth);
    if (token === "{") return over(depth);
    if (!isDigits(token) || token!.length > LIMITS.digits || (token!.length > 1 && token![0] === "0")) {
      return null;
    }
    at++;
    const literal = BigInt(token!);
    return { text: token!, value: integer(literal), literals: [literal] };
  }

  const sides: Expression[] = [];
  do {
    // A number alone may be any: "= 06".
    if (sides.length > 0 && isDigits(tokens[at]) && (at + 1 === tokens.length || tokens[at + 1] === "=")) {
      at++;
      continue;
    }
    const side = sum(0);
    if (side === null) return null;
    sides.push(side);
  } while (take("="));
  return at === tokens.length ? sides : null;
}

/**
 * The expression that a text consists of: of an equation the first side of at least two numbers, whatever the others
 * state. Null when it is none.
 */
export function readExpression(source: string): Expression | null {
  const sides = readSides(source);
  return sides?.find(({ literals }) => literals.length > 1) ?? sides?.[0] ?? null;
}
