/**
 * MATH as the d1 family grades and rewards it (dllm-reasoning/d1@837888f2): the last box, Hendrycks' string
 * rewriting, equality of strings. Every quirk is kept, because only this can be compared with those papers;
 * `algebra/equality.ts` has the rules we trust. Total; linear in the text.
 */

import { asciiDigits, firstTaggedAnswer, lastBox, pythonStrip } from "../d1/text.ts";
import { type Grade, gradeOf } from "../verdict.ts";

/** Raised inside only, where the original raises: what follows is decided by who catches it. */
class Refusal extends Error {}

/** `\sqrt3` to `\sqrt{3}`. */
function braceRoots(text: string): string {
  if (!text.includes("sqrt")) return text;
  const [head, ...tails] = text.split("\\sqrt");
  return head + tails.map((tail) => {
    const first = firstOf(tail);
    return first === "{" ? `\\sqrt${tail}` : `\\sqrt{${first}}${tail.slice(first.length)}`;
  }).join("");
}

/** `\frac12` to `\frac{1}{2}` and `\frac1{72}` to `\frac{1}{72}`; nothing at all if one has a single character. */
function braceFractions(text: string): string {
  if (!text.includes("frac")) return text;
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
    if (!/^[+-]?\d+(?:_\d+)*$/.test(asciiDigits(pythonStrip(part)))) throw new Refusal();
  }
  const canonical = parts.every((part) => /^(0|-?[1-9][0-9]*)$/.test(part));
  return canonical ? `\\frac{${parts[0]}}{${parts[1]}}` : text;
}

/**
 * `text.replaceAll(part, by)` for a part that begins with a backslash or a space. Looking for what follows first
 * keeps long runs of those fast.
 */
function replaced(text: string, part: string, by = ""): string {
  return text.includes(part.slice(1)) ? text.replaceAll(part, by) : text;
}

/** Hendrycks' rewriting, in its order. @throws Refusal where the original raises */
function rewrite(text: string): string {
  let result = replaced(text.replace(/\n+/g, ""), "\\!").replaceAll("\\\\", "\\")
    .replaceAll("tfrac", "frac").replaceAll("dfrac", "frac");
  result = replaced(replaced(result, "\\left"), "\\right").replaceAll("^{\\circ}", "").replaceAll(
    "^\\circ",
    "",
  );
  const beforeUnits = replaced(result, "\\$").split("\\text{ ");
  if (beforeUnits.length > 2) throw new Refusal();
  result = replaced(replaced(beforeUnits[0]!, "\\%"), " .", " 0.").replaceAll("{.", "{0.");
  if (result === "") return "";
  if (result.startsWith(".")) result = `0${result}`;
  const sides = result.split("=");
  if (sides.length === 2 && [...sides[0]!.slice(0, 5)].length <= 2) result = sides[1]!;
  result = braceFractions(braceRoots(result).replace(/ +/g, ""));
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

/**
 * The answer that the evaluation grades: the last box, which is the whole text where there is none; the first
 * answer tag if that is empty or not closed.
 */
export function d1Answer(text: string): string | null {
  const boxed = lastBox(text);
  if (boxed) return boxed;
  const tagged = firstTaggedAnswer(text);
  return tagged === null ? boxed : pythonStrip(tagged);
}

export function d1Grade(gold: string, text: string): Grade {
  const answer = d1Answer(text);
  const correct = answer !== null && equivalent(answer, gold);
  const reason = answer === null
    ? "no box and no answer tag"
    : correct
    ? "equal strings"
    : "different strings";
  return gradeOf(correct, answer === null ? null : answer.slice(0, MAX_SHOWN), reason);
}

const MAX_SHOWN = 200;

/** 2 for the last box, or for the whole text where that is missing or not closed. */
function correctness(gold: string, text: string): number {
  return equivalent(lastBox(text) ?? text, gold) ? 2 : 0;
}

/** 0.5 for an `<answer>`, 0.5 for `mark` within the first one, or in the text without one; 0.25 without mark. */
function layoutReward(text: string, mark: string): number {
  const tagged = text.split("<answer>")[1]?.split("</answer>", 1)[0];
  return (tagged === undefined ? 0 : 0.5) + ((tagged ?? text).includes(mark) ? 0.5 : 0.25);
}

/**
 * d1's rewards as released: correctness 2, layout 0.75 with an answer tag and 0.25 without. Its code looks for a
 * backspace and "oxed", which is what "\boxed" is to Python, so that boxes earn nothing.
 */
export function d1Reward(gold: string, text: string): number {
  return correctness(gold, text) + layoutReward(text, "\boxed");
}

/** As meant: 1 for a box in the answer tag, 0.75 for the tag, 0.5 for a box, 0.25 else. */
export function d1FixedReward(gold: string, text: string): number {
  return correctness(gold, text) + layoutReward(text, "\\boxed");
}
