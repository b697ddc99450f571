/** What commands mean in texts, and the forms in which answers are compared as texts. All linear in the text. */

/** Commands that set words upright, whose argument is words. */
export const TEXT_COMMANDS = new Set([
  "text",
  "mbox",
  "hbox",
  "textbf",
  "textit",
  "textrm",
  "textnormal",
  "textsf",
  "texttt",
  "textup",
  "emph",
]);
const TEXT_ARGUMENT = new RegExp(
  `\\\\(?:${[...TEXT_COMMANDS].join("|")}|mathrm|mathbf)\\s*\\{([^{}]*)\\}`,
  "g",
);

/** A text with its words out of their commands. */
export const inWords = (plain: string) => plain.replace(TEXT_ARGUMENT, " $1 ");

const LAYOUT_WORDS =
  "left right displaystyle textstyle scriptstyle limits big Big bigg Bigg bigl bigr Bigl Bigr biggl " +
  "biggr Biggl Biggr quad qquad";
/** Commands that say how to set what follows, and nothing else. */
export const LAYOUT_COMMANDS = new Set([...LAYOUT_WORDS.split(" "), ..." ,;:!"]);
const LAYOUT = new RegExp(
  `\\\\\\\\|(?:\\s|~|\\\\(?:[ ,;:!]|(?:${LAYOUT_WORDS.replaceAll(" ", "|")})(?![A-Za-z])))+`,
  "g",
);

/**
 * The form in which unreadable answers are compared: without spaces and layout except between digits, one kind of
 * fraction, and no braces around single characters.
 */
export function canonicalText(plain: string): string {
  const isDigit = (character: string | undefined) => character !== undefined && /\d/.test(character);
  return plain.replace(TEXT_ARGUMENT, "$1").replace(LAYOUT, (match, offset: number, whole: string) => {
    if (match === "\\\\") return match;
    return isDigit(whole[offset - 1]) && isDigit(whole[offset + match.length]) ? " " : "";
  }).replace(/\\[dtc]frac(?![A-Za-z])/g, "\\frac").replace(/\{([A-Za-z0-9])\}(?![A-Za-z0-9])/g, "$1");
}

/** Words before a noun that say nothing of it: "an ellipse", "on Tuesday". */
const BEFORE_NOUN = /^(?:\s*(?:it is|it's|is|an?|the|on|in|at)\s)+(?=.*\p{L}{2})/u;

/**
 * The form in which words are compared: lower-case letters and digits of the parts between commas, sorted. Nothing for
 * words with a minus sign, which no dash is that a space follows.
 */
export function wordsOf(plain: string): string {
  if (/^[-+](?=\S)/.test(plain)) return "";
  const parts = inWords(plain).replace(/\\[A-Za-z]+|\\./gs, " ").toLowerCase()
    .split(/[,;]|\band\b/);
  return parts.map((part) => part.replace(BEFORE_NOUN, "").replace(/[^\p{L}\p{N}]/gu, ""))
    .filter((part) => part !== "").sort().join(",");
}

/** Whether answers are the same choice, one the letter alone, the other perhaps with what it stands for. */
export function sameChoice(a: string, b: string): boolean {
  const left = choiceOf(a), right = choiceOf(b);
  return left !== null && right !== null && left.letter === right.letter && (left.alone || right.alone);
}

const ONE_CHOICE = /^(?:(?:option|choice|answer):?\s{0,4})?[([]?([A-Z])[)\]]?[.:]?$/i;
/** With what it stands for behind the mark. */
const EXPLAINED = /^(?:[([]([A-Z])[)\]][.:]?|([A-Z])[.:)])\s{0,8}((?:[\d\\$-]|[A-Za-z]{2}).*)$/s;
const OTHER_CHOICE = /[([][A-Z][)\]]|(?<![A-Za-z])[A-Z][.:)](?:\s|$)/;
const DENIED_CHOICE = /(?<![A-Za-z])(?:or|and|not|nor|wrong|false|incorrect|impossible)(?![A-Za-z])/i;

/** `(B)`, `B`, or `(B)\ 5`, `B. ellipse`. */
function choiceOf(plain: string): { letter: string; alone: boolean } | null {
  if (plain.length > 100 || !/^[([\\A-Za-z]/.test(plain)) return null;
  const text = plain.replace(TEXT_ARGUMENT, "$1").trim();
  const alone = ONE_CHOICE.exec(text)?.[1];
  if (alone !== undefined) return /[A-Z]/.test(alone) ? { letter: alone, alone: true } : null;
  const [, bracketed, marked, rest] = EXPLAINED.exec(text) ?? [];
  const letter = bracketed ?? marked;
  return letter === undefined || OTHER_CHOICE.test(rest!) || DENIED_CHOICE.test(rest!)
    ? null
    : { letter, alone: false };
}

const NUMERALS =
  ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
    "sixteen seventeen eighteen nineteen").split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** The number that words name, up to a hundred; null for other words. */
export function numeralOf(words: string): number | null {
  if (!/^[A-Za-z]/.test(words)) return null;
  const [first, second, ...rest] = words.toLowerCase().split(/[\s-]+/, 3);
  if (rest.length > 0) return null;
  const ten = TENS.indexOf(first!);
  if (second === undefined) return ten >= 0 ? 10 * (ten + 2) : placeOf(first!, NUMERALS);
  if (second === "hundred") return first === "one" || first === "a" ? 100 : null;
  const one = placeOf(second, NUMERALS);
  return ten < 0 || one === null || one < 1 || one > 9 ? null : 10 * (ten + 2) + one;
}

function placeOf(word: string, words: readonly string[]): number | null {
  const place = words.indexOf(word);
  return place < 0 ? null : place;
}
