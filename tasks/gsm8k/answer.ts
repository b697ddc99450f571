/**
 * The answer of a response, as `strict` takes it. A response ends at its first end token, or where it asks itself
 * a new question after an answer. Of what is left, the answer is in the first of these places that there is:
 *
 * 1. the last box with balanced braces and something in it, within the last `<answer>` if there is one;
 * 2. the inside of the last `<answer>`, if there is a number in it;
 * 3. the rest of the line after the last `####`, if there is a number in it;
 * 4. the last number of the text.
 *
 * A box states the answer: one that holds no number, or several, is no answer, and nothing else is looked at. Of
 * several numbers between answer tags the last counts, of several after `####` the first.
 */

import { equals, format, type Rational } from "../rational.ts";
import { beforeEnd, insideAnswer } from "../response.ts";
import { numbersIn, plainNotation } from "./numbers.ts";

/** Where an answer was found, for people. */
export type Place = "box" | "answer tag" | "####" | "last number";

export interface Answer {
  readonly value: Rational | null;
  readonly place: Place | null;
  /** What was read, or why there is no value. */
  readonly text: string;
}

/** Longer ones are no numbers. */
const MAX_QUANTITY = 1000;
/** Characters before the end in which the last number is looked for. */
const TAIL = 4096;

/** The strict reading of a response. Total and linear. */
export function readAnswer(response: string): Answer {
  const text = beforeNextQuestion(beforeEnd(response));
  const section = insideAnswer(text);
  const box = lastBalancedBox(section);
  if (box !== null) return answer("box", box, quantity(box));
  if (text.includes("<answer>")) {
    const value = quantity(section) ?? lastNumber(section);
    if (value !== undefined) return answer("answer tag", section, value);
  }
  const mark = text.lastIndexOf("####");
  if (mark >= 0) {
    const line = /^[^\n]*/.exec(text.slice(mark + 4))![0];
    const value = quantity(line) ?? firstNumber(line);
    if (value !== undefined) return answer("####", line, value);
  }
  const value = lastNumber(text);
  if (value !== undefined) return answer("last number", value === null ? "unreadable" : format(value), value);
  return { value: null, place: null, text: "no number" };
}

function answer(place: Place, text: string, value: Rational | null | undefined): Answer {
  return { value: value ?? null, place, text: text.trim().slice(0, 80) };
}

/** A base model goes on with a new problem: what comes after the answer to the first one is not about it. */
function beforeNextQuestion(text: string): string {
  const next = /\n[ \t]{0,8}(?:Question|Q|Problem):/.exec(text);
  if (next === null) return text;
  const before = text.slice(0, next.index);
  return /####|<\/answer>|\\boxed\s{0,8}\{/.test(before) ? before : text;
}

const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, BACKSLASH = 0x5c;
const BOX = /\\(?:boxed|fbox)\s{0,8}\{/y;

/** Inside of the last `\boxed{...}` or `\fbox{...}` whose braces are balanced and that holds a letter or digit. */
export function lastBalancedBox(text: string): string | null {
  let start = -1, end = -1;
  /** Where each open brace's inside starts if it is a box's, else -1. */
  const open: number[] = [];
  const first = text.search(/\\(?:boxed|fbox)/);
  for (let at = first; at >= 0 && at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE) open.push(-1);
    else if (code === CLOSE_BRACE) {
      const inside = open.pop() ?? -1;
      if (inside > start && /[\p{L}\p{N}]/u.test(text.slice(inside, at))) {
        start = inside;
        end = at;
      }
    } else if (code === BACKSLASH) {
      const next = text[at + 1];
      BOX.lastIndex = at;
      const box = next === "b" || next === "f" ? BOX.exec(text) : null;
      if (box !== null) {
        open.push(at + box[0].length);
        at += box[0].length - 1;
      } else if (next === "{" || next === "}") at++;
    }
  }
  return start < 0 ? null : text.slice(start, end);
}

/** LaTeX commands that may stand around a number without changing it. */
const HARMLESS = new Set(
  ("text textbf textit textrm textsf mathrm mathbf mathit mathsf mbox bf rm it boldsymbol bold displaystyle " +
    "large Large frac times cdot left right circ degree quad qquad approx pounds euro yen boxed fbox").split(
      " ",
    ),
);
const TEXT_GROUP = /\\(?:text|textrm|mathrm|mbox)\s{0,8}\{[^{}]*\}/g;

/**
 * The single number that a text states: alone, with units or words, or on the last side of an equation; undefined
 * when there is none, null when there are several or what is there is not a plain number.
 */
function quantity(source: string): Rational | null | undefined {
  if (source.length > MAX_QUANTITY) return null;
  // In a formula spaces have no meaning: between thousands they group.
  const text = plainNotation(source).trim().replace(/(\d) (?=\d{3}(?!\d))/g, "$1\u2009");
  const sides = text.split(/=|≈|\\approx/).map(singleNumber);
  return sides.findLast((side) => side !== undefined);
}

function singleNumber(text: string): Rational | null | undefined {
  const values = distinct(text);
  if (values.length === 0) return undefined;
  if (values.length > 1) {
    // "72\text{ clips in 2 months}"
    const outside = text.replace(TEXT_GROUP, " ");
    return outside === text || distinct(outside).length !== 1 ? null : singleNumber(outside);
  }
  const commands = text.matchAll(/\\([A-Za-z]+)/g);
  // "4x5" is a product, not 4 of a unit called x5.
  const plain = commands.every(([, name]) => HARMLESS.has(name!)) &&
    !/[+!|<>≤≥≠±√π∞]|\d[xX]\d/.test(text.replace(/^\+/, ""));
  return plain ? values[0] : null;
}

/** Values in a text, equal ones once; two at most, as more make no difference. */
function distinct(text: string): (Rational | null)[] {
  const values: (Rational | null)[] = [];
  for (const { value } of numbersIn(text, true)) {
    if (values.some((other) => other !== null && value !== null && equals(other, value))) continue;
    values.push(value);
    if (values.length === 2) break;
  }
  return values;
}

/** The last number near the end of a text; null when it cannot be read, undefined when there is none. */
function lastNumber(text: string): Rational | null | undefined {
  let tail = text.slice(-TAIL);
  // A number cut in two is another number.
  if (tail.length < text.length) tail = tail.replace(/^[\w.,/]+/, "");
  let last: Rational | null | undefined;
  for (const { value } of numbersIn(plainNotation(tail), false)) last = value;
  return last;
}

function firstNumber(text: string): Rational | null | undefined {
  for (const { value } of numbersIn(plainNotation(text.slice(0, MAX_QUANTITY)), false)) return value;
}
