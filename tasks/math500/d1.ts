/**
 * What the graders of the d1 family do with MATH-500 (dllm-reasoning/d1@837888f2, `parse_and_get_acc` and its
 * helper): the last box by brace matching, Hendrycks' string rewriting, string equality. Every quirk is kept,
 * because only this can be compared with those papers; `equality.ts` has the rules we trust.
 *
 * Strings are counted in Unicode code points, as Python does. Total; linear in the text.
 */

const SPACED_BOX = "\\boxed ", BOX = "\\boxed{";

/** Raised inside only, where the original raises: what follows is decided by who catches it. */
class Refusal extends Error {}

/** What Python's `strip` removes: `trim` knows U+FEFF instead of U+001C to U+001F and U+0085. */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function strip(text: string): string {
  let start = 0, end = text.length;
  while (start < end && SPACE.test(text[start]!)) start++;
  while (end > start && SPACE.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/**
 * The last `\boxed` (or else `\fbox`) up to the brace that brings the count of open ones back to zero; the whole
 * text where there is neither; null when that brace is missing. A `\boxed ` with a space anywhere comes first:
 * then it is what follows the last one, up to a dollar sign.
 */
export function lastBox(text: string): string | null {
  const spaced = text.lastIndexOf(SPACED_BOX);
  if (spaced >= 0) return SPACED_BOX + text.slice(spaced + SPACED_BOX.length).split("$", 1)[0]!;
  let start = text.lastIndexOf("\\boxed");
  if (start < 0) start = text.lastIndexOf("\\fbox");
  if (start < 0) return text;
  let open = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") open++;
    else if (text[at] === "}" && --open === 0) return text.slice(start, at + 1);
  }
  return null;
}

/** Without `\boxed{` and `}`, or `\boxed `; anything else stays as it is. */
function withoutBox(text: string): string {
  if (text.startsWith(SPACED_BOX)) return text.slice(SPACED_BOX.length);
  return text.startsWith(BOX) && text.endsWith("}") ? text.slice(BOX.length, -1) : text;
}

/** The inside of the last box; the whole text without a box; null for an unclosed one. */
export function lastBoxed(text: string): string | null {
  const box = lastBox(text);
  return box === null ? null : withoutBox(box);
}

/** The answer that the evaluation grades: the last box, or the first `<answer>` if that is empty or unclosed. */
export function answerOf(text: string): string | null {
  const boxed = lastBoxed(text);
  if (boxed) return boxed;
  const open = text.indexOf("<answer>");
  const close = open < 0 ? -1 : text.indexOf("</answer>", open);
  return close < 0 ? boxed : strip(text.slice(open + "<answer>".length, close));
}

/** `\sqrt3` to `\sqrt{3}`. */
function braceRoots(text: string): string {
  const [head, ...tails] = text.split("\\sqrt");
  return head + tails.map((tail) => {
    const first = firstOf(tail);
    return first === "{" ? `\\sqrt${tail}` : `\\sqrt{${first}}${tail.slice(first.length)}`;
  }).join("");
}

/** `\frac12` to `\frac{1}{2}` and `\frac1{72}` to `\frac{1}{72}`; nothing at all if one has a single character. */
function braceFractions(text: string): string {
  const [head, ...tails] = text.split("\\frac");
  const braced: string[] = [];
  for (const tail of tails) {
    const above = firstOf(tail);
    if (above === "{") {
      braced.push(`\\frac${tail}`);
      continue;
    }
    if (tail.length === above.length) return text;
    const below = firstOf(tail.slice(above.length));
    const rest = tail.slice(above.length + below.length);
    braced.push(`\\frac{${above}}` + (below === "{" ? below : `{${below}}`) + rest);
  }
  return head + braced.join("");
}

/** The first code point. @throws Refusal for an empty text */
function firstOf(text: string): string {
  if (text === "") throw new Refusal();
  return String.fromCodePoint(text.codePointAt(0)!);
}

/** `3/4` to `\frac{3}{4}`. @throws Refusal when a part of the only `/` is no integer to Python's `int` */
function simpleFraction(text: string): string {
  const parts = text.split("/");
  if (parts.length !== 2) return text;
  for (const part of parts) {
    if (!/^[+-]?\p{Nd}+(_\p{Nd}+)*$/u.test(strip(part))) throw new Refusal();
  }
  const canonical = parts.every((part) => /^(0|-?[1-9][0-9]*)$/.test(part));
  return canonical ? `\\frac{${parts[0]}}{${parts[1]}}` : text;
}

/** Hendrycks' rewriting, in its order. @throws Refusal where the original raises */
function rewrite(text: string): string {
  let result = text.replaceAll("\n", "").replaceAll("\\!", "").replaceAll("\\\\", "\\")
    .replaceAll("tfrac", "frac").replaceAll("dfrac", "frac")
    .replaceAll("\\left", "").replaceAll("\\right", "")
    .replaceAll("^{\\circ}", "").replaceAll("^\\circ", "").replaceAll("\\$", "");
  const beforeUnits = result.split("\\text{ ");
  if (beforeUnits.length > 2) throw new Refusal();
  result = beforeUnits[0]!.replaceAll("\\%", "").replaceAll(" .", " 0.").replaceAll("{.", "{0.");
  if (result === "") return "";
  if (result.startsWith(".")) result = `0${result}`;
  const sides = result.split("=");
  if (sides.length === 2 && [...sides[0]!.slice(0, 5)].length <= 2) result = sides[1]!;
  result = braceFractions(braceRoots(result).replaceAll(" ", ""));
  return simpleFraction(result === "0.5" ? "\\frac{1}{2}" : result);
}

/** Equality after rewriting; of the texts as they are when either of them cannot be rewritten. */
export function equivalent(left: string, right: string): boolean {
  try {
    return rewrite(left) === rewrite(right);
  } catch (error) {
    if (error instanceof Refusal) return left === right;
    throw error;
  }
}
