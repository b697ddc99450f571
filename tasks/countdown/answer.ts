/**
 * The expression of a response: alone, or in a box or between answer tags with words around it. Words may introduce it
 * and say what it equals; with any other word or sign beside it ("not", "squared", "7|") there is none, as what it
 * denies or changes cannot be told. Total; linear in the text.
 */

import { lastBoxIn } from "../answers/boxes.ts";
import { undecorated } from "../answers/decoration.ts";
import { insideAnswer, ownTurn } from "../answers/response.ts";
import { type Expression, LIMITS, readExpression } from "./expression.ts";

/** The expression of a response in canonical form, or null. */
export function readAnswer(response: string): Expression | null {
  const turn = ownTurn(response), section = insideAnswer(turn);
  const box = lastBoxIn(section);
  const text = plain(box?.inside ?? section), isMarked = box !== null || section !== turn;
  const read = readExpression(text) ?? (isMarked ? expressionAmongWords(text) : null);
  // What is read may be longer once it is written in canonical form.
  return read !== null && read.text.length <= LIMITS.characters ? read : null;
}

const LAYOUT =
  /\\(?:[,;:!> ]|q?quad(?![A-Za-z])|[()[\]]|(?:boxed|fbox)\s{0,8}\{\s{0,8}\})|\$|(?<=[^\s~])~(?=[^\s~])/g;
const TEXT_GROUP = /\\(?:text|textrm|mathrm|mbox)\s{0,8}\{([^{}]*)\}/g;
const ARROW = /\\(?:[Rr]ightarrow|implies|therefore|to)(?![A-Za-z])|[=-]>|[→⇒∴]/g;
/** Marks that Markdown escapes, and quotes on both sides. */
const QUOTED = /\\(?=[*_])|(?<![\p{L}\p{N}])'([^'\n]*)'/gu;
const HAS_LAYOUT = /[\\$~`'<_→⇒∴]|\*\*|[=-]>/;

/** The text without layout: decoration, spaces of LaTeX, marks of formulas and of texts in them. */
function plain(text: string): string {
  if (!HAS_LAYOUT.test(text)) return text;
  const bare = undecorated(
    text.replace(LAYOUT, " ").replace(ARROW, "=").replace(TEXT_GROUP, " $1 ").replace(QUOTED, " $1 "),
  );
  // "{(2*4)}" is what is left of a typeface around all of it.
  return /^\s*\{[^{}]*\}\s*$/.test(bare) && !bare.includes("\\over") ? bare.replace(/[{}]/g, " ") : bare;
}

/** Longer texts are not searched. */
const MAX_SEARCHED = 1000;
const SEGMENT =
  /(?:[\d+\-*/()[\]{}=\s×·⋅∗÷∕−–]|\\(?:times|cdot|ast|div|over|[dt]?frac|left|right)(?![A-Za-z]))+/g;
/**
 * What would make an expression part of another: a letter or digit, a decimal point, a power, another sign, the
 * argument of a command.
 */
const BOUND_BEFORE = /(?:[\p{L}\p{N}_.]|\p{N},|[\^!%_\\]\s*\{*\s*|\\\p{L}+\s*\{|(?<!\p{L})[xX]\s*)$/u;
const BOUND_AFTER = /^(?:[\p{L}\p{N}_]|\.\d|\s*\}*\s*[\^!%_]|\s*\\|\s*[xX](?!\p{L}))/u;
const NEAR = 20;

interface Found {
  readonly expression: Expression;
  readonly start: number;
  readonly end: number;
}

/** The last expression of at least two numbers, if nothing said beside it may deny or change it. */
function expressionAmongWords(text: string): Expression | null {
  if (text.length > MAX_SEARCHED) return null;
  const found = expressionsIn(text), last = found.at(-1);
  if (last === undefined) return null;
  // What is said of an earlier attempt, up to the end of its sentence or a "no", is not about the last one.
  const previous = found.at(-2)?.end ?? 0;
  const said = found.length < 2 ? 0 : previous + endOfAttempt(text.slice(previous, last.start));
  const introduction = found.length < 2 ? "" : text.slice(0, found[0]!.start);
  const isPlain = introduces(introduction) && introduces(text.slice(said, last.start)) &&
    introduces(text.slice(last.end));
  return isPlain ? last.expression : null;
}

/** Expressions of at least two numbers that are no part of others, in order. */
function expressionsIn(text: string): Found[] {
  const found: Found[] = [];
  for (const { 0: segment, index } of text.matchAll(SEGMENT)) {
    if (!/\d/.test(segment)) continue;
    // Braces around an expression are what is left of a typeface, brackets on one side belong to the words.
    const trimmed = [/^[\s=]+|\s+$/g, /^[\s={]+|[\s}]+$/g, /^[\s=)}\]]+|[\s({[]+$/g].map((ends) =>
      segment.replace(ends, "")
    );
    for (const inside of new Set(trimmed)) {
      if (inside.length > LIMITS.characters) continue;
      const expression = readExpression(inside);
      if (expression === null || expression.literals.length < 2) continue;
      const start = index + segment.indexOf(inside), end = start + inside.length;
      const before = text.slice(Math.max(0, start - NEAR), start), after = text.slice(end, end + NEAR);
      if (!BOUND_BEFORE.test(before) && !BOUND_AFTER.test(after)) found.push({ expression, start, end });
      break;
    }
  }
  return found;
}

/** Where what is said of an attempt ends: at the last end of a sentence, or "no," before another; else at 0. */
function endOfAttempt(between: string): number {
  let end = 0;
  for (const { 0: mark, index } of between.matchAll(/[.;!](?=\s)|\bno[,:]/gi)) end = index + mark.length;
  return end;
}

/** Words that introduce an expression or say what it equals. */
const INTRODUCTIONS = new Set(
  ("the a an my our this that it its here there these each all final correct right required desired possible valid " +
    "following given target answer solution expression equation formula result results value number numbers " +
    "calculation combination way one is are equals equal to gives give makes make yields yield evaluates evaluate " +
    "in becomes as follows by from for of and so thus therefore hence then now we i you can get have has find found " +
    "obtain obtained use uses used using write written be which where exactly once reach reaches reached works x y")
    .split(
      " ",
    ),
);
/** Words before a number that is no part of the expression: what it equals, or those that are given. */
const STATED = new Set(
  "is equals gives give makes make yields yield get becomes target result value numbers using use uses".split(
    " ",
  ),
);
const LISTED = new Set(["numbers", "using", "use", "uses"]);
const LINKED = /\b(?:equal|evaluates?) to\b/g, OF = /\b(target|value|result)s? (?:of|is)\b/g;
const PUNCTUATION = /^[.,:;"“”(){}[\]#✓✔✅\p{Cc}]$/u;

/** Whether a text holds nothing but introductions and stated numbers. */
function introduces(text: string): boolean {
  const plainText = text.toLowerCase().replace(/['’]s\b/g, " is").replace(LINKED, "equals").replace(OF, "$1");
  let previous = "";
  for (const { 0: token, index: at } of plainText.trim().matchAll(/\p{L}+|\d+|\S/gu)) {
    if (/^\d/.test(token)) {
      if (!STATED.has(previous)) return false;
      // A list of those that are given goes on after a comma.
      if (!LISTED.has(previous)) previous = "";
      continue;
    }
    if (PUNCTUATION.test(token) || (token === "and" && LISTED.has(previous))) {
      if (token !== "," && token !== "and") previous = STATED.has(previous) && token === ":" ? previous : "";
      continue;
    }
    // "x =", "=>" at the beginning
    if (token === "=" && (previous !== "" || at === 0)) continue;
    if (!INTRODUCTIONS.has(token)) return false;
    previous = token;
  }
  return true;
}
