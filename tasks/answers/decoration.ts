/** Layout that stands around an answer without a meaning: colours, sizes, typefaces, emphasis. Linear in the text. */

/** Typefaces and lines around an argument. Not `\overline`, which repeats decimals, or `\cancel`, which strikes out. */
const STYLES =
  "underline|emph|bold|boldsymbol|bm|pmb|displaystyle|textstyle|scriptstyle|tiny|small|normalsize|" +
  "large|Large|LARGE|huge|Huge|bf|rm|it|tt|sf|bfseries|itshape|rmfamily|centering|boxed|fbox|ensuremath|" +
  "math(?:bf|it|sf|tt|normal)|text(?:bf|it|sf|tt|sc|sl|up|md|normal)";
/** With an argument that is no part of the answer: a colour, a length. */
const ARGUMENT = "\\s{0,4}(?:\\[[^\\[\\]{}]{0,30}\\]\\s{0,4})?\\{[^{}]{0,40}\\}";
const LAYOUT = new RegExp(
  `\\\\(?:(?:(?:text)?color|colorbox|[hv]space\\*?|[hv]?phantom|label|tag\\*?)${ARGUMENT}|` +
    `fcolorbox${ARGUMENT}${ARGUMENT}|` +
    `(?:[bB]igg?[lrm]?|${STYLES})(?![A-Za-z]))`,
  "g",
);
/** `**7**`, `__7__` and the like, none of it between two operands. */
const EMPHASIS = /(?<![\p{L}\p{N})\]}*_])(\*\*|__)(?=[^\s*_])((?:(?!\1)[^\n])+)\1(?![\p{L}\p{N}({\\*_])/gu;
const TAGS = /<\/?(?:b|i|u|em|strong|mark|center)>/gi;
const HAS_DECORATION = /[\\`<]|\*\*|__/;

/** The text without its decoration; what stood in braces stays in them. */
export function undecorated(text: string): string {
  if (!HAS_DECORATION.test(text)) return text;
  return text.replace(LAYOUT, " ").replace(TAGS, "").replace(EMPHASIS, "$2").replaceAll("`", " ");
}
