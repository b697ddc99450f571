/**
 * Cuts an answer into tokens: numbers with their separators, runs of letters, commands, words, single signs.
 * Layout is dropped here. Total; linear in the text.
 */

import type { Ratio } from "./number.ts";
import { LAYOUT_COMMANDS, TEXT_COMMANDS } from "./notation.ts";

export interface Token {
  /** `command` without its backslash; `word` is the argument of `\text` and its kin. */
  readonly kind: "number" | "letters" | "command" | "word" | "sign";
  readonly text: string;
  /** Where it stands in the source. */
  readonly start: number;
  readonly end: number;
  /** Of numbers. */
  readonly value?: Ratio;
}

/** Commands that change letters only: their argument is words when it has several letters. */
const FONTS = new Set([
  "mathrm",
  "mathbf",
  "mathit",
  "mathsf",
  "mathtt",
  "mathcal",
  "boldsymbol",
  "operatorname",
  "bf",
  "rm",
]);
/** Set bold: `4\mathbf{i}` is a vector. */
const BOLD = new Set(["mathbf", "boldsymbol", "bf"]);
/** Other names of signs; with a backslash, of commands. */
const ALIASES: Readonly<Record<string, string>> = {
  lbrace: "\\{",
  rbrace: "\\}",
  lbrack: "[",
  rbrack: "]",
  lparen: "(",
  rparen: ")",
  vert: "|",
  Vert: "\\|",
  imath: "i",
  jmath: "j",
};
/** 1,234 with a separator that TeX users write into numbers only, or with spaces: not before a fraction, as in 5 100/101. */
const SPACED_GROUPS = /(?:(?:,\s*\\!\s*|\{,\}|\\[,;: ]|~)\d{3}(?!\d))+|(?: \d{3}(?!\d))+(?!\s*\/|\s+\d)/y;
/** 1,234 as in plain text, unless a list goes on behind it. */
const COMMA_GROUPS = /(?:,\d{3})+(?!\d|,\d)/y;
const DIGITS = /\d+/y;
const DECIMALS = /\.\((\d+)\)|\.(\d+)?(?:\\(?:overline|bar|dot)\s*(?:\{(\d+)\}|(\d)))?/y;
/** 2.5e-3. With an integer before and a sign behind `e`, as in 2e-3, it is a difference. */
const EXPONENT = /(?:e|E)([+-]?\d{1,3})(?![\w.])/y;
const LETTERS = /[A-Za-z]+/y;
const COMMAND = /\\(?:[A-Za-z]+|[\s\S])/y;
const REALS = /\s*(?:\{\s*R\s*\}|R(?![A-Za-z]))/y;

/** The match at a place, or null. */
function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** Where the brace group that begins at or behind a place begins and ends; null for none. */
function groupAt(source: string, from: number): { start: number; end: number } | null {
  let at = from;
  while (source[at] === " ") at++;
  if (source[at] !== "{") return null;
  const start = at + 1;
  for (let open = 0; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "{") open++;
    else if (source[at] === "}" && --open === 0) return { start, end: at };
  }
  return null;
}

/** A number at a place where one begins. Commas group thousands outside brackets only: (1,234) is a pair. */
function numberAt(source: string, start: number, insideBrackets: boolean): Token | null {
  let whole = matchAt(DIGITS, source, start)?.[0] ?? "";
  let end = start + whole.length;
  if (whole.length >= 1 && whole.length <= 3 && whole[0] !== "0") {
    const groups = matchAt(SPACED_GROUPS, source, end) ??
      (insideBrackets ? null : matchAt(COMMA_GROUPS, source, end));
    if (groups) {
      whole += groups[0].replace(/\D/g, "");
      end += groups[0].length;
    }
  }
  const decimals = matchAt(DECIMALS, source, end);
  const fraction = decimals?.[2] ?? "", repeating = decimals?.[1] ?? decimals?.[3] ?? decimals?.[4] ?? "";
  if (fraction + repeating !== "") end += decimals![0].length;
  if (whole + fraction + repeating === "") return null;
  let denominator = 10n ** BigInt(fraction.length), numerator = BigInt(whole + fraction || "0");
  if (repeating !== "") {
    // 0.1666... = (16 - 1) / 90
    numerator = BigInt(whole + fraction + repeating) - numerator;
    denominator *= 10n ** BigInt(repeating.length) - 1n;
  } else {
    const power = powerAt(source, end, fraction !== "");
    if (power !== null) {
      end += power.length;
      if (power.value < 0) denominator *= 10n ** BigInt(-power.value);
      else numerator *= 10n ** BigInt(power.value);
    }
  }
  return { kind: "number", text: source.slice(start, end), start, end, value: { numerator, denominator } };
}

/** The power of ten behind a numeral; null for none. */
function powerAt(source: string, at: number, isDecimal: boolean): { length: number; value: number } | null {
  const letter = source[at];
  if (letter !== "e" && letter !== "E") return null;
  const [text, power] = matchAt(EXPONENT, source, at) ?? [];
  if (power === undefined || (letter === "e" && !isDecimal && /^[+-]/.test(power))) return null;
  return { length: text!.length, value: Number(power) };
}

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let brackets = 0;
  for (let at = 0; at < source.length;) {
    const char = source[at]!;
    if (/[\s~]/.test(char)) {
      at++;
      continue;
    }
    const numeral = /[\d.]/.test(char) ? numberAt(source, at, brackets !== 0) : null;
    if (numeral) {
      tokens.push(numeral);
      at = numeral.end;
      continue;
    }
    const start = at;
    const letters = matchAt(LETTERS, source, at)?.[0];
    if (letters !== undefined) {
      at += letters.length;
      tokens.push({ kind: "letters", text: letters, start, end: at });
      continue;
    }
    let command = matchAt(COMMAND, source, at)?.[0].slice(1);
    if (command === undefined) {
      if ("([".includes(char)) brackets++;
      if (")]".includes(char)) brackets--;
      tokens.push({ kind: "sign", text: char, start, end: ++at });
      continue;
    }
    at += 1 + command.length;
    const alias = Object.hasOwn(ALIASES, command) ? ALIASES[command]! : null;
    if (alias !== null && !alias.startsWith("\\")) {
      const kind = /[a-z]/.test(alias) ? "letters" : "sign";
      tokens.push({ kind, text: alias, start, end: at });
      continue;
    }
    if (alias !== null) command = alias.slice(1);
    if (command === "{") brackets++;
    if (command === "}") brackets--;
    if (command === "mathbb" || command === "Bbb") {
      const reals = matchAt(REALS, source, at);
      at += reals?.[0].length ?? 0;
      tokens.push({ kind: "command", text: reals ? "reals" : command, start, end: at });
    } else if (command === "phantom") {
      // Takes the room of its argument and shows nothing.
      const group = groupAt(source, at);
      if (group) at = group.end + 1;
      else {
        while (source[at] === " ") at++;
        at++;
      }
    } else if (TEXT_COMMANDS.has(command)) {
      const group = groupAt(source, at);
      const text = group ? source.slice(group.start, group.end) : "";
      if (group) at = group.end + 1;
      const isCis = text.trim() === "cis";
      tokens.push({ kind: isCis ? "command" : "word", text: isCis ? "cis" : text, start, end: at });
    } else if (FONTS.has(command)) {
      const group = groupAt(source, at);
      const text = group ? source.slice(group.start, group.end) : "";
      if (group && /^[A-Za-z][A-Za-z ]+$/.test(text)) {
        at = group.end + 1;
        const isCommand = command === "operatorname" || text === "cis";
        tokens.push({ kind: isCommand ? "command" : "word", text, start, end: at });
      } else if (group && (BOLD.has(command) ? /^[A-Za-z]$/ : /^[eiI]$/).test(text)) {
        at = group.end + 1;
        tokens.push({ kind: "letters", text, start, end: at });
      }
    } else if (!LAYOUT_COMMANDS.has(command)) {
      tokens.push({ kind: "command", text: command, start, end: at });
    } else if ((command === "left" || command === "right") && source[at] === ".") at++;
  }
  return tokens;
}
