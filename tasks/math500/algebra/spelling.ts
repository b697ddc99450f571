/** Answers in one spelling: signs, decoration, relations and times of day as the reader knows them. Linear. */

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
  "≦": "\\le ",
  "≧": "\\ge ",
  "⩽": "\\le ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "＝": "=",
  "＜": "<",
  "＞": ">",
  "≈": "\\approx ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∖": "\\setminus ",
  "∧": "\\land ",
  "∨": "\\lor ",
  "∈": "\\in ",
  "∅": "\\emptyset ",
  "ℝ": "\\mathbb{R}",
  "±": "\\pm ",
  "∓": "\\mp ",
  "∴": "\\therefore ",
  "‖": "\\|",
  "⟨": "\\langle ",
  "⟩": "\\rangle ",
  "½": "\\frac12 ",
  "⅓": "\\frac13 ",
  "⅔": "\\frac23 ",
  "¼": "\\frac14 ",
  "¾": "\\frac34 ",
  "⅕": "\\frac15 ",
  "⅖": "\\frac25 ",
  "⅗": "\\frac35 ",
  "⅘": "\\frac45 ",
  "⅙": "\\frac16 ",
  "⅚": "\\frac56 ",
  "⅛": "\\frac18 ",
  "⅜": "\\frac38 ",
  "⅝": "\\frac58 ",
  "⅞": "\\frac78 ",
  "¢": "\\text{ cents}",
  "％": "\\%",
  "’": "'",
  "′": "'",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
  "\u200b": "",
  "\ufeff": "",
};
const SIGN = new RegExp(`[${Object.keys(SIGNS).join("")}]`, "g");
/** Exponents as signs: ², ⁻³. */
const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const SUPERSCRIPT = new RegExp(`⁻?[${DIGITS}]+`, "g");
const isAscii = (text: string) => !/[\u0080-\uffff]/.test(text);

function exponent(signs: string): string {
  const digits = [...signs].map((sign) => sign === "⁻" ? "-" : DIGITS.indexOf(sign)).join("");
  return digits.length === 1 ? `^${digits}` : `^{${digits}}`;
}

const SIZES = "tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge".replaceAll(
  " ",
  "|",
);
/**
 * What decorates: colours and room with their first argument, lines, sizes, implications before the answer. Not
 * `\cancel`, which takes its argument back.
 */
const DECORATION = new RegExp(
  "\\\\(?:(?:(?:text)?color|colorbox|fcolorbox\\s{0,4}\\{\\w{0,20}\\}|[hv]space\\*?|[hv]phantom|tag\\*?|label)" +
    "(?:\\[\\w{1,8}\\])?\\s{0,4}\\{[^{}]{0,40}\\}|" +
    `(?:underline|uline|${SIZES}|ensuremath|bm|pmb|bold|strut|notag|nonumber|middle|enspace|thinspace|framebox|` +
    "overbrace|underbrace|math(?:op|ord|rel|strut)|set)(?![A-Za-z]))|(?<=\\\\[bB]igg?[lr])\\.|</?(?:b|strong|u|i|em)>",
  "g",
);
const IMPLICATION =
  /^\s*\\(?:(?:therefore|implies|Rightarrow|Longrightarrow)(?![A-Za-z])|text\s?\{\s*(?:so|thus|hence|therefore),?\s*\})/i;

/** What one of the respellings may be for. */
const RESPELLED =
  /[!=<:]=|\{:|\{\\(?:hat|vec)|\\\$$|&\w\w;|=[\\/<]|<>|\\not|\d\s{0,2}[xX]\s{0,2}10|[ap]\.\s?m|\\(?:text)?cent|[A-Za-z]\.[\s^]|per cent|circ\s?\}?\s{0,2}(?:\\|[CF])|[€£]/i;
const RESPELLINGS: readonly (readonly [RegExp, string])[] = [
  // `3!=6` is an equation, `x!=6` and `3 != 6` are none.
  [/(?<=[A-Za-z\s])!=(?!=)|<>|\\not\s{0,4}=|=\/=|=\\=/g, "\\ne "],
  [/=</g, "\\le "],
  [/&([lg][te]|ne);/g, "\\$1 "],
  [/:=|==/g, "="],
  [/(?<=\d)\s{0,2}[xX]\s{0,2}(?=10\s{0,2}\^)/g, "\\times "],
  [/(?<=\d\s{0,2})([ap])\.\s?m\.?(?![A-Za-z])/gi, " $1m"],
  [/\\(?:text)?cents?(?![A-Za-z])/g, "\\text{ cents}"],
  [/(?<![A-Za-z\\])(sq|cu|ft|in|yd|hrs?|mins?|secs?|lbs?|oz)\.(?=[\s^])/gi, "$1"],
  [/per cent/gi, "percent"],
  [/\{:\}/g, ":"],
  [/\\(?:mathbf|boldsymbol|bm)\s?\{(\\(?:hat|vec)\s?\{[^{}]*\})\}/g, "$1"],
  [/(?<=\d)\s?\\\$$/, "\\text{ dollars}"],
  [/\^\s?\{?\\circ\s?\}?\s{0,2}(?:C(?![A-Za-z])|\\(?:text|mathrm)\s?\{\s?C\s?\})/g, "\\text{ celsius}"],
  [/\^\s?\{?\\circ\s?\}?\s{0,2}(?:F(?![A-Za-z])|\\(?:text|mathrm)\s?\{\s?F\s?\})/g, "\\text{ fahrenheit}"],
  [/^\s*([€£])\s?(-?\d[\d.,]*)\s*$/, "$2 $1"],
  [/€/g, "\\text{ euros}"],
  [/£/g, "\\text{ pounds}"],
];

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

/** Inside of `**7**` and the like. */
const EMPHASIS = /^(\*\*?|__|`)(?=[^*_`])([^*`]+)\1$/;

/**
 * The answer alone, in one spelling: without dollar signs, display brackets, boxes, decoration and a final full stop.
 */
export function plainAnswer(text: string): string {
  let plain = text;
  if (!isAscii(plain)) plain = plain.replace(SIGN, (sign) => SIGNS[sign]!).replace(SUPERSCRIPT, exponent);
  plain = plain.replace(/\\[\s\S]|\$/g, (sign) => sign === "$" || "()[]".includes(sign[1]!) ? " " : sign);
  if (/[\\<]/.test(plain)) plain = plain.replace(DECORATION, "").replace(IMPLICATION, "");
  if (RESPELLED.test(plain)) {
    for (const [pattern, by] of RESPELLINGS) plain = plain.replace(pattern, by);
  }
  for (plain = plain.trim();;) {
    const before = plain;
    plain = plain.replace(/(?<!\\)[.,;]$|\\{1,2}$/, "").trimEnd();
    plain = insideOf(plain, "\\boxed{") ?? insideOf(plain, "\\fbox{") ?? insideOf(plain, "{") ?? plain;
    plain = plain.replace(EMPHASIS, "$2").trim();
    if (plain === before) return plain;
  }
}
