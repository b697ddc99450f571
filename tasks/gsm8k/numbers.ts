/**
 * Reads the numbers of a text as exact fractions: signs, thousands separators, currency, fractions, mixed numbers,
 * powers of ten, words such as "million" and full hours. Nothing here evaluates an expression.
 */

import type { Rational } from "../answers/rational.ts";

export interface NumberToken {
  /** Null for what is written as a number and has no certain value: "43,50", "1/0", "2:30", a hundred digits. */
  readonly value: Rational | null;
  readonly start: number;
  readonly end: number;
}

const MAX_DIGITS = 50;
const MAX_EXPONENT = 50;

const VULGAR: Readonly<Record<string, string>> = {
  "½": "1/2",
  "⅓": "1/3",
  "⅔": "2/3",
  "¼": "1/4",
  "¾": "3/4",
  "⅕": "1/5",
  "⅖": "2/5",
  "⅗": "3/5",
  "⅘": "4/5",
  "⅙": "1/6",
  "⅚": "5/6",
  "⅛": "1/8",
  "⅜": "3/8",
  "⅝": "5/8",
  "⅞": "7/8",
};
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A space that may stand between thousands. */
const THIN = "\u2009";

/** One spelling for each sign, space and fraction. */
export function plainNotation(text: string): string {
  return text
    .replace(/[\u2212\uFE63\uFF0D\u2012\u2013]/g, "-")
    .replace(/\{([,:])\}/g, "$1")
    .replace(/\\!/g, "")
    .replace(/\\[,;: ]|[~\u00a0\u2007\u202f]/g, THIN)
    .replace(/\\([$%&#])/g, "$1")
    .replace(/\b(?:USD|EUR|GBP|INR)(?=\d)/g, "$& ")
    .replace(/\\[dtc]frac/g, "\\frac")
    .replace(/[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]/g, (fraction) => ` ${VULGAR[fraction]}`)
    .replace(
      /[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g,
      (digits) => `^{${[...digits].map((digit) => SUPERSCRIPTS.indexOf(digit)).join("")}}`,
    );
}

/** Where a number may begin. */
const CANDIDATE = /\\frac|\.?\d/g;
const CURRENCY = "$€£¥₹";
const MAGNITUDE = new RegExp(`(?:\\d+(?:[,${THIN}]\\d+)*)?(?:\\.\\d+)?`, "y");
const GROUPED = new RegExp(`^[1-9]\\d{0,2}(?:[,${THIN}]\\d{3})+$|^[1-9]\\d?(?:,\\d{2})+,\\d{3}$`);
/** The minutes of a time, or the other side of a ratio. Of a full hour nothing is left out. */
const MINUTES = /(?::\d{1,2}(?!\d))+/y;
const FULL_HOUR = /^(?:[01]?\d|2[0-4])(?::00){1,2}$/;
/** After a number: more digits, with which it can be none. */
const RUN_ON = /[.,]\d[.,\d]*/y;
const FRACTION_ARGUMENTS = /\\frac\s*(?:(\d)\s*(\d)|\{\s*(-?[\d,.]+)\s*\}\s*\{\s*(-?[\d,.]+)\s*\})/y;
const OVER = /\s*\/\s*(\d[\d,]*(?:\.\d+)?)/y;
const MIXED = /(?:\s+(\d+)\s*\/\s*(\d+)|\s*(?=\\frac))/y;
const TEN_TO_THE = /\s*(?:\\times|\\cdot|×|·|\*|x)\s*10\s*\^\s*(?:\{\s*([-+]?\d+)\s*\}|([-+]?\d+))/y;
const SCIENTIFIC = /[eE]([-+]?\d+)(?!\w|\.\d)/y;
const POWER = /\s*\^\s*(?:\{\s*([-+]?\d+)\s*\}|([-+]?\d+))/y;
const UNREAD_POWER = /\s*\^\s*[{(]*\s*[-+]?\d/y;
const SCALE =
  /(?:\s{0,8}|-)(?:\\(?:text|textrm|mathrm|mbox)\s*\{\s*)?(dozen|hundred|thousand|million|billion|trillion)s?\b/iy;
const SCALES: Readonly<Record<string, bigint>> = {
  dozen: 12n,
  hundred: 100n,
  thousand: 1000n,
  million: 10n ** 6n,
  billion: 10n ** 9n,
  trillion: 10n ** 12n,
};

/**
 * Every number of a text in order; the text is in `plainNotation`. Digits that belong to a name (`x2`, `H2O`), a
 * power of a unit (`cm^2`) or an index (`a_1`) are none. Total and linear.
 * @param alone whether the text holds nothing but an answer: then a sign may stand apart at its beginning
 */
export function* numbersIn(text: string, alone: boolean): Generator<NumberToken> {
  let from = 0;
  for (;;) {
    CANDIDATE.lastIndex = from;
    const found = CANDIDATE.exec(text);
    if (found === null) return;
    const token = readNumber(text, found.index), at = token.start;
    from = token.end;
    if (isPartOfName(text, at)) continue;
    const { negative, start } = signBefore(text, at, alone);
    const value = token.value && negative
      ? { numerator: -token.value.numerator, denominator: token.value.denominator }
      : token.value;
    yield { value, start, end: token.end };
  }
}

/** The pattern's match that begins at a position, or null. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The unsigned number at a position where a candidate was found. */
function readNumber(text: string, at: number): NumberToken {
  // The last dot of an ellipsis or an abbreviation ("Rs.5") is no decimal point.
  const start = text[at] === "." && (text[at - 1] === "." || isLetter(text[at - 1])) ? at + 1 : at;
  const token = (value: Rational | null, end: number): NumberToken => ({ value, start, end });
  if (text[at] === "\\") {
    const fraction = matchAt(FRACTION_ARGUMENTS, text, at);
    if (fraction === null) return token(null, at + "\\frac".length);
    const [all, above, below, longAbove, longBelow] = fraction;
    return token(quotient(magnitude(above ?? longAbove!), magnitude(below ?? longBelow!)), at + all.length);
  }
  const digits = matchAt(MAGNITUDE, text, start)![0];
  let value = magnitude(digits), end = start + digits.length;
  const more = matchAt(RUN_ON, text, end);
  if (more) return token(null, end + more[0].length);
  const minutes = matchAt(MINUTES, text, end);
  if (minutes) return token(FULL_HOUR.test(digits + minutes[0]) ? value : null, end + minutes[0].length);
  const over = matchAt(OVER, text, end);
  if (over) {
    value = quotient(value, magnitude(over[1]!));
    end += over[0].length;
    // A date, not a fraction.
    for (let next = matchAt(OVER, text, end); next; next = matchAt(OVER, text, end)) {
      value = null;
      end += next[0].length;
    }
    return token(value, end);
  }
  const mixed = /^\d+$/.test(digits) ? matchAt(MIXED, text, end) : null;
  if (mixed && mixed[1] !== undefined) {
    const fraction = quotient(magnitude(mixed[1]), magnitude(mixed[2]!));
    // "20 40/2" are two numbers.
    if (isProper(fraction)) return token(sum(value, fraction), end + mixed[0].length);
  } else if (mixed) {
    const fraction = readNumber(text, end + mixed[0].length);
    return token(isProper(fraction.value) ? sum(value, fraction.value) : null, fraction.end);
  }
  const power = matchAt(POWER, text, end);
  if (power) return token(raise(value, power[1] ?? power[2]!), end + power[0].length);
  if (matchAt(UNREAD_POWER, text, end)) return token(null, end);
  const exponent = matchAt(TEN_TO_THE, text, end) ?? matchAt(SCIENTIFIC, text, end);
  if (exponent) {
    value = product(value, raise({ numerator: 10n, denominator: 1n }, exponent[1] ?? exponent[2]!));
    end += exponent[0].length;
  }
  for (let words = 0, scale; words < 2 && (scale = matchAt(SCALE, text, end)); words++) {
    value = product(value, { numerator: SCALES[scale[1]!.toLowerCase()]!, denominator: 1n });
    end += scale[0].length;
  }
  return token(value, end);
}

/** The value of "1,234.50", "-7" or ".5"; null when its separators do not group thousands or it is too long. */
function magnitude(text: string): Rational | null {
  if (text.length > 2 * MAX_DIGITS) return null;
  const sign = text.startsWith("-") ? -1n : 1n;
  const [whole = "", decimals = "", ...rest] = text.replace("-", "").split(".");
  if (rest.length > 0 || !/^\d*$/.test(decimals) || whole + decimals === "") return null;
  if (!/^\d*$/.test(whole) && !GROUPED.test(whole)) return null;
  const digits = whole.replace(/\D/g, "") + decimals;
  if (digits.length > MAX_DIGITS) return null;
  return { numerator: sign * BigInt(digits), denominator: 10n ** BigInt(decimals.length) };
}

function quotient(above: Rational | null, below: Rational | null): Rational | null {
  if (above === null || below === null || below.numerator === 0n) return null;
  const numerator = above.numerator * below.denominator, denominator = above.denominator * below.numerator;
  return denominator < 0n ? { numerator: -numerator, denominator: -denominator } : { numerator, denominator };
}

function isProper(fraction: Rational | null): boolean {
  return fraction !== null && fraction.numerator > 0n && fraction.numerator < fraction.denominator;
}

function product(left: Rational | null, right: Rational | null): Rational | null {
  if (left === null || right === null) return null;
  return { numerator: left.numerator * right.numerator, denominator: left.denominator * right.denominator };
}

function sum(left: Rational | null, right: Rational | null): Rational | null {
  if (left === null || right === null) return null;
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  };
}

function raise(base: Rational | null, exponentText: string): Rational | null {
  const exponent = Number(exponentText);
  if (base === null || Math.abs(exponent) > MAX_EXPONENT) return null;
  const times = BigInt(Math.abs(exponent));
  const power = { numerator: base.numerator ** times, denominator: base.denominator ** times };
  return exponent < 0 ? quotient({ numerator: 1n, denominator: 1n }, power) : power;
}

/**
 * Whether digits continue a word, a power or an index. The letters of a LaTeX command are no word, and a line before
 * which nothing stands (`_7_`) is no index.
 */
function isPartOfName(text: string, at: number): boolean {
  let before = at - 1;
  if (text[before] === "{") before--;
  if (text[before] === "^") return true;
  if (text[before] === "_") {
    while (text[before] === "_") before--;
    return before >= 0 && /[\p{L}\p{N})\]}]/u.test(text[before]!);
  }
  if (before < at - 1 || !isLetter(text[before])) return false;
  while (isLetter(text[before])) before--;
  return text[before] !== "\\";
}

const isLetter = (character: string | undefined) => character !== undefined && /[\p{L}_]/u.test(character);
const isSpace = (character: string | undefined) => character !== undefined && /\s/.test(character);

/**
 * A sign and a currency before a number, in either order. A minus between two operands is an operator, and one
 * that begins a line of prose is the mark of a list.
 */
function signBefore(text: string, at: number, alone: boolean): { negative: boolean; start: number } {
  const none = { negative: false, start: at };
  let sign = at - 1, spaced = false, currency = false;
  for (;; sign--) {
    const character = text[sign];
    if (character !== undefined && CURRENCY.includes(character) && !currency) currency = true;
    else if (isSpace(character) && character !== "\n" && !spaced) spaced = true;
    else break;
  }
  if (text[sign] !== "-" && text[sign] !== "+") return none;
  let before = sign - 1;
  if (!currency && before >= 0 && CURRENCY.includes(text[before]!)) before--;
  const adjacent = text[before];
  if (adjacent !== undefined && /[\p{L}\d)\]}%]/u.test(adjacent)) return none;
  while (isSpace(text[before]) && text[before] !== "\n") before--;
  const previous = text[before];
  const operand = previous !== undefined && /[\d)\]}%]/.test(previous);
  const opens = previous === undefined ? alone : "=({:≈".includes(previous);
  const unary = spaced ? opens : !operand;
  return unary ? { negative: text[sign] === "-", start: sign } : none;
}
