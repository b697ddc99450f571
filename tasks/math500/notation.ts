/**
 * Texts of answers before they are read as mathematics: one spelling per sign, and the two forms in which answers
 * are compared as texts. All linear in the text.
 */

/** Signs of Unicode in LaTeX or ASCII; a closing mark of fonts and widths is left to NFKC, which is not applied. */
const SIGNS: Readonly<Record<string, string>> = {
  "\u2212": "-",
  "\u2013": "-",
  "\u2010": "-",
  "\u2011": "-",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "∗": "*",
  "÷": "/",
  "∕": "/",
  "⁄": "/",
  "π": "\\pi ",
  "θ": "\\theta ",
  "∞": "\\infty ",
  "√": "\\sqrt ",
  "°": "^\\circ ",
  "≤": "\\le ",
  "≥": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "∪": "\\cup ",
  "∈": "\\in ",
  "∅": "\\emptyset ",
  "ℝ": "\\mathbb{R}",
  "±": "\\pm ",
  "∓": "\\mp ",
  "⁰": "^0",
  "¹": "^1",
  "²": "^2",
  "³": "^3",
  "½": "\\frac12 ",
  "¼": "\\frac14 ",
  "¾": "\\frac34 ",
  "’": "'",
  "′": "'",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
};
const SIGN = new RegExp(`[${Object.keys(SIGNS).join("")}]`, "g");

/** Inside of `\name{...}` with that opening, when that is the whole text; null otherwise. */
function insideOf(text: string, opening: string): string | null {
  if (!text.startsWith(opening) || !text.endsWith("}")) return null;
  let open = 0;
  for (let at = opening.length - 1; at < text.length; at++) {
    if (text[at] === "{") open++;
    else if (text[at] === "}" && --open === 0) {
      return at === text.length - 1 ? text.slice(opening.length, at) : null;
    }
  }
  return null;
}

/** The answer alone, in one spelling: without dollar signs, display brackets, boxes and a final full stop. */
export function plainAnswer(text: string): string {
  let plain = text.replace(SIGN, (sign) => SIGNS[sign]!)
    .replace(/\\[\s\S]|\$/g, (sign) => sign === "$" || "()[]".includes(sign[1]!) ? " " : sign).trim();
  for (;;) {
    const before = plain;
    plain = plain.replace(/(?<!\\)[.,;]$|\\\\$/, "").trimEnd();
    plain = (insideOf(plain, "\\boxed{") ?? insideOf(plain, "\\fbox{") ?? plain).trim();
    if (plain === before) return plain;
  }
}

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

/** The form in which words are compared: lower-case letters and digits of the parts between commas, sorted. */
export function wordsOf(plain: string): string {
  const parts = plain.replace(TEXT_ARGUMENT, " $1 ").replace(/\\[A-Za-z]+|\\./gs, " ").toLowerCase()
    .split(/[,;]|\band\b/);
  return parts.map((part) => part.replace(/[^\p{L}\p{N}]/gu, "")).filter((part) => part !== "").sort().join(
    ",",
  );
}

/** Whether canonical texts are the same choice, one the letter alone, the other perhaps with what it stands for. */
export function sameChoice(a: string, b: string): boolean {
  const left = choiceOf(a), right = choiceOf(b);
  return left !== null && right !== null && left.letter === right.letter && (left.alone || right.alone);
}

/** `(B)`, `B`, or `(B)\\5`, `(B)ellipse`. */
function choiceOf(text: string): { letter: string; alone: boolean } | null {
  const alone = /^\(?([A-Z])\)?[.:]?$/.exec(text)?.[1];
  if (alone !== undefined) return { letter: alone, alone: true };
  const letter = /^\(([A-Z])\)(?:[\d\\]|[A-Za-z]{2})/.exec(text)?.[1];
  return letter === undefined ? null : { letter, alone: false };
}

const NUMERALS =
  ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
    "sixteen seventeen eighteen nineteen twenty").split(" ");

/** The number a word names, up to twenty; null for other words. */
export function numeralOf(word: string): number | null {
  const value = NUMERALS.indexOf(word.toLowerCase());
  return value < 0 ? null : value;
}
