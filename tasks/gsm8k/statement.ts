/** Reads the number that a statement gives: a box, a tag, a line after `####`, an announced answer. */

import { undecorated } from "../answers/decoration.ts";
import { equals, integer, type Rational } from "../answers/rational.ts";
import { numbersIn, type NumberToken, plainNotation } from "./numbers.ts";
import { countWords, isAltered, isStatementAltered } from "./wording.ts";

/** What a place gives: undefined when there is no number, null when there are several or none is certain. */
export type Stated = Rational | null | undefined;

/** Longer ones are no statements of a number. */
const MAX_QUANTITY = 1000;
/** Characters before the end in which the last number is looked for. */
const TAIL = 4096;

/** LaTeX commands that may stand around a number without changing it. */
const HARMLESS = new Set(
  ("text textrm textsf mathrm mbox frac times cdot left right circ degree quad qquad approx pounds euro yen cent " +
    "textcent textdollar textdegree therefore dots ldots checkmark").split(" "),
);
const PLAIN_INTEGER = /^\d{1,15}$/;
const TEXT_GROUP = /\\(?:text|textrm|mathrm|mbox)\s{0,8}\{[^{}]*\}/g;
/** What makes more of a number than it is: "4x5" is a product, not 4 of a unit called x5. */
const OPERATION = /[+!|<>≤≥≠±√π∞]|\d[xX]\d/;

/**
 * The single number that a text states: alone, with units or words, or on the last side of an equation; undefined
 * when there is none, null when there are several or what is there is not a plain number.
 */
export function quantity(source: string): Stated {
  // Most boxes: nothing to look for.
  if (PLAIN_INTEGER.test(source)) return integer(BigInt(source));
  if (source.length > MAX_QUANTITY) return null;
  // In a formula spaces have no meaning: between thousands they group.
  const text = plainNotation(undecorated(source)).trim().replace(/(\d) (?=\d{3}(?!\d))/g, "$1\u2009");
  const sides = text.split(/=|≈|\\approx/).map(singleNumber);
  return sides.findLast((side) => side !== undefined);
}

function singleNumber(text: string): Stated {
  const numbers = distinct(text), [number] = numbers;
  if (number === undefined) return undefined;
  if (numbers.length > 1) {
    // "72\text{ clips in 2 months}"
    const outside = text.replace(TEXT_GROUP, " ");
    return outside === text || distinct(outside).length !== 1 ? null : singleNumber(outside);
  }
  const commands = text.matchAll(/\\([A-Za-z]+)/g);
  const plain = commands.every(([, name]) => HARMLESS.has(name!)) && !OPERATION.test(text.replace(/^\+/, ""));
  return plain && !isStatementAltered(text, number.start, number.end) ? number.value : null;
}

/** Numbers of a text, equal ones once; two at most, as more make no difference. */
function distinct(text: string): NumberToken[] {
  const numbers: NumberToken[] = [];
  for (const number of numbersIn(text, true)) {
    const { value } = number;
    if (numbers.some((other) => other.value !== null && value !== null && equals(other.value, value))) {
      continue;
    }
    numbers.push(number);
    if (numbers.length === 2) break;
  }
  return numbers;
}

const certain = (text: string, { value, start, end }: NumberToken) =>
  value === null || isAltered(text, start, end) ? null : value;

/** The last number near the end of a text. */
export function lastNumber(text: string): Stated {
  let tail = text.slice(-TAIL);
  // A number cut in two is another number.
  if (tail.length < text.length) tail = tail.replace(/^[\w.,/]+/, "");
  const plain = plainNotation(undecorated(tail));
  let last: NumberToken | undefined;
  for (const number of numbersIn(plain, false)) last = number;
  return last && certain(plain, last);
}

/** The first number of a line. */
export function firstNumber(text: string): Stated {
  const plain = plainNotation(undecorated(text.slice(0, MAX_QUANTITY)));
  for (const number of numbersIn(plain, false)) return certain(plain, number);
}

/** Words and signs before a number that say nothing of it. */
const LEAD =
  /^(?:[^\p{L}\p{N}.;]|\b(?:therefore|thus|then|now|about|approximately|around|roughly|exactly|just|simply|only|equal to|a total of|USD|Rs\.?|text|textdollar)(?!\p{L}))*$/u;

/** The first number of a sentence, if it begins with it, and how many words follow; null if it does not. */
export function leadingNumber(
  sentence: string,
): { readonly value: Stated; readonly wordsAfter: number } | null {
  const plain = plainNotation(undecorated(sentence));
  for (const number of numbersIn(plain, true)) {
    if (!LEAD.test(plain.slice(0, number.start))) return null;
    return { value: certain(plain, number), wordsAfter: countWords(plain.slice(number.end)) };
  }
  return null;
}
