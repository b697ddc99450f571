/** GSM8K as the d1 family grades and rewards it (dllm-reasoning/d1@837888f2). */

import {
  asciiDigits,
  firstTaggedAnswer,
  isPythonDigits,
  PYTHON_SPACE,
  pythonFloat,
  pythonStrip,
  splitAnswer,
  tagCountReward,
} from "../d1/text.ts";
import { type Grade, gradeOf } from "../verdict.ts";

/**
 * The gold as a float: digits, commas and decimals after `####`. It has no place for a minus sign, so a negative
 * gold is none, and no response to it is right.
 */
function goldOf(gold: string): number | null {
  const match = /^\$?([\d,]+(?:\.\d+)?)/.exec(asciiDigits(gold));
  return match === null ? null : pythonFloat(match[1]!.replaceAll(",", ""));
}

const NUMBER = /-?\p{Nd}+\.?\p{Nd}*/gu;

/** `float(text)`, else the first or last number in it. */
function numberOf(text: string, which: "first" | "last"): number | null {
  const whole = pythonFloat(text);
  if (whole !== null) return whole;
  NUMBER.lastIndex = 0;
  let found: string | null = null;
  for (let match = NUMBER.exec(text); match !== null; match = NUMBER.exec(text)) {
    found = match[0];
    if (which === "first") break;
  }
  return found === null ? null : pythonFloat(found);
}

/** Insides of `\boxed{...}` up to the first closing brace, on one line: `re.findall(r"\\boxed{(.*?)}", text)`. */
function* boxes(text: string): Generator<string> {
  const open = "\\boxed{";
  let close = -1, line = -1;
  for (let at = text.indexOf(open); at >= 0;) {
    const start = at + open.length;
    if (close < start) close = indexOrEnd(text, "}", start);
    if (line < start) line = indexOrEnd(text, "\n", start);
    if (close === text.length) return;
    if (close < line) yield text.slice(start, close);
    at = text.indexOf(open, close < line ? close + 1 : start);
  }
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at < 0 ? text.length : at;
}

/** The prediction: the first box with a number wins, the first in it; then the answer tag's last number. */
export function d1Prediction(text: string): number | null {
  for (const box of boxes(text)) {
    const inside = pythonStrip(box);
    if (/^\.*$/.test(inside)) continue;
    const value = numberOf(inside, "first");
    if (value !== null) return value;
  }
  const tagged = pythonStrip(firstTaggedAnswer(text) ?? "");
  return tagged === "" ? null : numberOf(tagged, "last");
}

/** Floats compared by `==`. */
export function d1Grade(gold: string, text: string): Grade {
  const expected = goldOf(gold), found = d1Prediction(text);
  const correct = found !== null && found === expected;
  const reason = correct
    ? "equal as floats"
    : found === null
    ? "no number in a box or answer tag"
    : expected === null
    ? "a negative gold is none"
    : `found ${found}, gold ${expected}`;
  return gradeOf(correct, found === null ? null : String(found), reason);
}

/** Whether text of one line stands between reasoning tags, then between answer tags, from the start on. */
function hasSoftFormat(text: string): boolean {
  if (!text.startsWith("<reasoning>")) return false;
  const firstLine = indexOrEnd(text, "\n", 0);
  const middle = new RegExp(`</reasoning>[${PYTHON_SPACE}]*<answer>`, "g");
  let close = -1, line = -1;
  for (let found = middle.exec(text); found !== null && found.index < firstLine; found = middle.exec(text)) {
    const start = found.index + found[0].length;
    if (close < start) close = indexOrEnd(text, "</answer>", start);
    if (line < start) line = indexOrEnd(text, "\n", start);
    if (close < line) return true;
  }
  return false;
}

/** Whether every tag stands on a line of its own, in order, with one line between the tags of a pair. */
function hasStrictFormat(text: string): boolean {
  const lines = text.split("\n", 10);
  const layout = ["<reasoning>", null, "</reasoning>", "<answer>", null, "</answer>", ""];
  // Python's `$` matches before a last line end as well.
  const tail = lines.length === 8 && lines[7] === "" ? 8 : 7;
  return lines.length === tail && layout.every((tag, at) => tag === null || tag === lines[at]);
}

/** Both formats with a dot that matches line ends, as the dllm library (ZHZisZZ/dllm@ca176752) corrects them. */
function hasSoftFormatAcrossLines(text: string): boolean {
  if (!text.startsWith("<reasoning>")) return false;
  const middle = new RegExp(`</reasoning>[${PYTHON_SPACE}]*<answer>`).exec(text);
  return middle !== null && text.includes("</answer>", middle.index + middle[0].length);
}

function hasStrictFormatAcrossLines(text: string): boolean {
  const open = "<reasoning>\n", middle = "\n</reasoning>\n<answer>\n", close = "\n</answer>\n";
  if (!text.startsWith(open)) return false;
  const at = text.indexOf(middle, open.length);
  if (at < 0) return false;
  const start = at + middle.length;
  return [close, close + "\n"].some((end) => text.endsWith(end) && text.length - end.length >= start);
}

/** What does not depend on the format: correctness 2, an answer of digits 0.5, tags up to 0.5. */
function d1BaseReward(gold: string, text: string): number {
  const answer = splitAnswer(text);
  return (answer === gold ? 2 : 0) + (isPythonDigits(answer) ? 0.5 : 0) + tagCountReward(text);
}

/** The sum of d1's five rewards. Its formats take no reasoning of more than one line. */
export function d1Reward(gold: string, text: string): number {
  const formats = (hasSoftFormat(text) ? 0.5 : 0) + (hasStrictFormat(text) ? 0.5 : 0);
  return d1BaseReward(gold, text) + formats;
}

/** The same with formats that take any number of lines. */
export function dllmReward(gold: string, text: string): number {
  const formats = (hasSoftFormatAcrossLines(text) ? 0.5 : 0) + (hasStrictFormatAcrossLines(text) ? 0.5 : 0);
  return d1BaseReward(gold, text) + formats;
}
