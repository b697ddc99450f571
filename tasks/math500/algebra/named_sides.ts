/**
 * Equations with a side that cannot be read: `\gcd(8,12) = 4` and `P(X=2) = \frac14` say what the one side is, whatever
 * it means. Linear in the text.
 */

import { type Items, parse } from "./parser.ts";

const OPENING = "([{", CLOSING = ")]}";
/** What sums, relations and sets are made with: a side with such a sign outside of brackets is no name. */
const NO_NAME =
  /[-+<>;]|\\(?:[lg]eq?|[lg]t|neq?|in|approx|equiv|pm|mp|cup|cap|setminus|land|lor|not)(?![A-Za-z])/;
const MAX_NAME = 200;

/** The parts between commas and equality signs outside of brackets, and which of the two stands behind each. */
function sidesOf(plain: string): { text: string; behind: string }[] {
  const sides: { text: string; behind: string }[] = [];
  let depth = 0, from = 0;
  for (let at = 0; at < plain.length; at++) {
    const sign = plain[at]!;
    if (sign === "\\") {
      at++;
      if (plain[at] === "{") depth++;
      else if (plain[at] === "}") depth--;
    } else if (OPENING.includes(sign)) depth++;
    else if (CLOSING.includes(sign)) depth--;
    else if (depth === 0 && (sign === "," || sign === "=" && !/[<>!]/.test(plain[at - 1] ?? ""))) {
      sides.push({ text: plain.slice(from, at), behind: sign });
      from = at + 1;
    }
  }
  return [...sides, { text: plain.slice(from), behind: "" }];
}

/** One term of a function, a norm, words. */
function isName(side: string): boolean {
  if (side.length > MAX_NAME || !/[A-Za-z]/.test(side)) return false;
  let depth = 0, outside = "";
  for (const sign of side) {
    if (OPENING.includes(sign)) depth++;
    else if (CLOSING.includes(sign)) depth--;
    else if (depth === 0) outside += sign;
  }
  return depth === 0 && !NO_NAME.test(outside);
}

/** The parts of an answer whose unreadable sides are names; null where it has none. Never throws. */
export function parseNamed(plain: string): Items | null {
  if (!plain.includes("=")) return null;
  const sides = sidesOf(plain);
  let named = false, written = "";
  for (const [index, { text, behind }] of sides.entries()) {
    const isSide = behind === "=" || sides[index - 1]?.behind === "=";
    if (isSide && isName(text) && parse(text) === null) {
      written += ` \\text{${text.replace(/[^A-Za-z0-9]/g, "")}}${behind}`;
      named = true;
    } else written += text + behind;
  }
  return named ? parse(written) : null;
}
