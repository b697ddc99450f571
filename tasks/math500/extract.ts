/**
 * Which part of a response is its answer. A response ends at its first end token, or where it goes on with a new
 * problem after an answer. Of what is left, the first of these that there is, within the last `<answer>` if
 * there is anything in it:
 *
 * 1. the last closed `\boxed{...}` or `\boxed 5` that is no placeholder (in the worked solutions, boxes right
 *    before it are other spellings of the answer or answers to parts, never the rest of a list);
 * 2. what follows the last "answer is" or "answer:", up to the end of the sentence;
 * 3. inside of an answer tag, the rest of a box that is not closed but where the tag is, or all there is;
 * 4. the whole text, if it is one short line.
 *
 * Total; linear in the text.
 */

import { answerSection, beforeEnd } from "../response.ts";

export type Place = "box" | 'after "answer is"' | "answer tag" | "whole text";

export interface Extraction {
  readonly answer: string;
  readonly place: Place;
}

/** Longer bare texts are no answers. */
const MAX_BARE = 200;

const BOX = /\\(?:boxed|fbox)\s{0,8}\{/y;
/** Without braces around a number. */
const BARE_BOX = /\\(?:boxed|fbox)\s{1,8}(-?\d[^\s{}$\\.,;]*)/y;

/** Not a placeholder such as `\boxed{...}` that repeats the request. */
const HOLDS_SOMETHING = /[^\s.?_…]/;

/** The inside of the last closed box, or null, and where the inside of the last open one starts, or -1. */
function boxOf(text: string): { closed: string | null; open: number } {
  let from = -1, to = -1;
  /** Where the inside of each open brace starts if it is a box's, else -1. */
  const braces: number[] = [];
  const first = text.search(/\\(?:boxed|fbox)/);
  for (let at = first; at >= 0 && at < text.length; at++) {
    const character = text[at];
    if (character === "{") braces.push(-1);
    else if (character === "}") {
      const inside = braces.pop() ?? -1;
      if (inside >= 0 && HOLDS_SOMETHING.test(text.slice(inside, at))) [from, to] = [inside, at];
    } else if (character === "\\") {
      BOX.lastIndex = BARE_BOX.lastIndex = at;
      const bare = BOX.test(text) ? null : BARE_BOX.exec(text);
      if (bare !== null) [from, to] = [BARE_BOX.lastIndex - bare[1]!.length, BARE_BOX.lastIndex];
      else if (BOX.lastIndex > 0) braces.push(BOX.lastIndex);
      at = Math.max(at + 1, BOX.lastIndex - 1, BARE_BOX.lastIndex - 1);
    }
  }
  const open = braces.findLast((inside) => inside >= 0) ?? -1;
  return { closed: from < 0 ? null : text.slice(from, to), open };
}

const PHRASE = /\banswer(?:\s{1,8}is|\s{0,8}:)[:\s]{0,8}/gi;

function announced(text: string): string | null {
  let start = -1;
  for (const match of text.matchAll(PHRASE)) start = match.index + match[0].length;
  if (start < 0) return null;
  const rest = text.slice(start), end = rest.search(/\n|\.(?:\s|$)/);
  const sentence = (end < 0 ? rest : rest.slice(0, end)).replaceAll("**", "").trim();
  return sentence === "" ? null : sentence;
}

/** A base model goes on with a new problem: what comes after the answer to the first one is not about it. */
function beforeNextProblem(text: string): string {
  const next = /\n[^\S\n]{0,8}(?:Question|Q|Problem):/.exec(text);
  if (next === null) return text;
  const before = text.slice(0, next.index);
  return /<\/answer>|\\boxed|\banswer/i.test(before) ? before : text;
}

/** The answer of a response, or null. */
export function extractAnswer(response: string): Extraction | null {
  const text = beforeNextProblem(beforeEnd(response));
  const inside = answerSection(text).trim();
  const isTagged = text.includes("<answer>") && inside !== "";
  const section = isTagged ? inside : text;
  const { closed, open } = boxOf(section);
  if (closed !== null) return { answer: closed, place: "box" };
  const phrase = announced(section);
  if (phrase !== null) return { answer: phrase, place: 'after "answer is"' };
  if (isTagged) {
    const isClosed = text.indexOf("</answer>", text.lastIndexOf("<answer>")) >= 0;
    return { answer: open >= 0 && isClosed ? section.slice(open) : section, place: "answer tag" };
  }
  const bare = text.trim();
  const isBare = bare !== "" && bare.length <= MAX_BARE && !bare.includes("\n");
  return isBare ? { answer: bare, place: "whole text" } : null;
}
