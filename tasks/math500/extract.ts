/**
 * Which part of a response is its answer. A response ends at its first end mark, and where another turn or a new
 * problem begins. Of what is left, the first of these that there is, within the last `<answer>` if there is
 * anything in it:
 *
 * 1. the last box that is no placeholder, or the list of the last ones where nothing but commas, "and", "or", dollar
 *    signs and white space stands between them;
 * 2. what is announced last, by "answer is", "answer:", a heading or "####", up to the end of the sentence;
 * 3. the formula that the text ends with, where its sentence concludes it or it stands alone, and what a last sentence
 *    concludes without a formula;
 * 4. inside of an answer tag, all there is; else the whole text, if it is one short line.
 *
 * Total; linear in the text.
 */

import { type Box, boxesIn, isEmpty } from "../answers/boxes.ts";
import { insideAnswer, ownTurn } from "../answers/response.ts";
import { compare } from "./algebra/equality.ts";

export type Place = "box" | 'after "answer is"' | "conclusion" | "answer tag" | "whole text";

export interface Extraction {
  readonly answer: string;
  readonly place: Place;
}

/** Longer bare texts are no answers. */
const MAX_BARE = 200;
/** More boxes are no list. */
const MAX_LIST = 16;

/** A text without its empty boxes, and the boxes in it. */
function sectionOf(text: string): { text: string; boxes: readonly Box[] } {
  const boxes = boxesIn(text);
  if (!boxes.some(isEmpty)) return { text, boxes };
  let filled = "", from = 0;
  for (const { start, end } of boxes.filter(isEmpty)) {
    filled += `${text.slice(from, start)} `;
    from = end;
  }
  filled += text.slice(from);
  return { text: filled, boxes: boxesIn(filled).filter((box) => !isEmpty(box)) };
}

/** All that may stand between the boxes of a list. */
const ROOM = "(?:[\\s,$]|\\\\[()[\\],;:! ]|\\\\q?quad(?![A-Za-z]))*";
const JOINT = new RegExp(`^${ROOM}(?:\\\\text\\s?\\{\\s*(?=(?:and|or)\\s*\\}))?(and|or)?\\s*\\}?${ROOM}$`);
const MAX_JOINT = 60;

/** The last box, or the list that it ends. */
function boxed(text: string, boxes: readonly Box[]): string {
  let list = boxes.at(-1)!.inside, items = [list];
  for (let at = boxes.length - 1; at > 0; at--) {
    const between = text.slice(boxes[at - 1]!.end, boxes[at]!.start);
    const joint = between !== "" && between.length <= MAX_JOINT ? JOINT.exec(between) : null;
    const item = boxes[at - 1]!.inside;
    if (joint === null) break;
    // The same answer in another spelling adds nothing.
    if (items.includes(item) || items.some((other) => compare(item, other).equal)) continue;
    if (items.length === MAX_LIST) return boxes.at(-1)!.inside;
    items = [item, ...items];
    list = `${item}${joint[1] === undefined ? ";" : ` \\text{ ${joint[1]} }`} ${list}`;
  }
  return list;
}

/** What announces an answer that follows. */
const ANNOUNCEMENTS = [
  /\b(?:answers?|ans\.?|(?:final|correct|right)\s{1,4}(?:result|value|solution|option|choice))[*_]{0,3}(?:\s{1,4}(?:to|of|for)\s[^.:=\n$\\]{1,60})?(?:\s{1,8}(?:is|are|equals|(?:would|will|should|must)\sbe)(?![\w'’])|\s{0,8}[:=])[*_]{0,3}[:\s]{0,8}/gi,
  /(?:^|\n)[#>*_ \t]{0,12}(?:(?:the|my|our)\s)?(?:final\s)?(?:answer|result)[*_ \t]{0,6}[:.]?[*_ \t]{0,6}\r?\n\s{0,8}/gi,
  /(?:^|\n)[ \t]{0,4}####[ \t]{1,8}(?=[-\d\\$(])/g,
];
const FILLER = /^(?:[*_\s]|(?:therefore|thus|hence|then|simply|just|indeed|clearly|given by|equal to)\b,?)+/i;
const REASON = /,?\s(?:because|since)\s/i;
const DISPLAYS: readonly (readonly [string, string])[] = [["$$", "$$"], ["\\[", "\\]"], ["\\(", "\\)"], [
  "$",
  "$",
]];

function announced(text: string): string | null {
  let start = -1;
  for (const pattern of ANNOUNCEMENTS) {
    for (const match of text.matchAll(pattern)) start = Math.max(start, match.index + match[0].length);
  }
  if (start < 0) return null;
  const rest = text.slice(start).replace(FILLER, "");
  // A formula may have several lines, and full stops.
  const display = DISPLAYS.find(([open]) => rest.startsWith(open));
  const close = display === undefined ? -1 : rest.indexOf(display[1], display[0].length);
  const from = close < 0 ? 0 : close + display![1].length;
  const end = rest.slice(from).search(/\n|\.(?:\s|$)/);
  const sentence = (end < 0 ? rest : rest.slice(0, from + end)).replaceAll("**", "").split(REASON, 1)[0]!
    .trim();
  return sentence === "" ? null : sentence;
}

/** Characters before the end in which a conclusion is looked for. */
const MAX_CONCLUSION = 600;
/** What a sentence concludes with right before a formula. */
const CONCLUDING =
  /(?:^|[\s,:])(?:is|are|be|equals?|equal to|gets?|have|has|obtain|find|gives?|yields?|therefore|thus|hence|so|then|that|finally|answer|value|conclude)\s*[,:]?$/i;
/** Words of a sentence that concludes nothing, or something else. */
const DOUBT =
  /\b(?:not|never|no|cannot|neither|nor|impossible|incorrect|wrong|false|contradict\w*|if|unless|suppose|assum\w*|let|half|twice|less|more|fewer|greater|than|least|most|between|except|other|could|might|may|maybe|perhaps|guess|instead|rather|either)\b|n['’]t\b/i;
const CONCLUSION = /^(?:therefore|thus|hence|so|finally|consequently|in conclusion)\b[,:]?\s+(.*)$/is;
/** A line that states what a variable is. */
const EQUATION = /^[A-Za-z](?:_?\w)?\s?=\s?[-+\d\\({[][^=]*$/;
/** A line that begins in bold, whose end is cut off with the closing of the text. */
const BOLD = /^\*\*([-+\d\\(][^*]*)$/;
const CLOSING = /[\s.!*_]+$/;
/** Units or a few words behind the formula. */
const BEHIND = /(?:\s{1,3}[A-Za-z][A-Za-z.]{0,14}){0,4}$/;
const IS_THE_ANSWER = /\s{1,3}(?:is|as) (?:the|our|my) (?:final |correct )?(?:answer|solution|result)$/i;

/** Where the formula begins that ends at a place; -1 if none does. */
function formulaStart(text: string, end: number): number {
  for (const [open, close] of DISPLAYS) {
    if (!text.endsWith(close, end)) continue;
    return text.lastIndexOf(open, end - close.length - open.length);
  }
  return -1;
}

const ALIGNED = /\\end\{(?:align|aligned|equation|gather)\*?\}$/;

/** The last row of the aligned equations that a text ends with, without alignment; null if it ends otherwise. */
function lastRow(tail: string): string | null {
  if (!ALIGNED.test(tail)) return null;
  const body = tail.replace(ALIGNED, "").replace(/\\\\\s*$/, "");
  const start = Math.max(body.lastIndexOf("\\\\") + 2, body.lastIndexOf("\\begin{") + 7);
  const row = body.slice(start).replace(/^[a-z]{1,8}\*?\}/, "").replaceAll("&", "").trim();
  return row === "" || DOUBT.test(row) ? null : row;
}

/** What a text comes to in its last sentence, or in a formula on its own behind it; null for neither. */
function concluded(text: string): string | null {
  const whole = text.trimEnd(),
    tail = whole.slice(-MAX_CONCLUSION).replace(CLOSING, "").replace(IS_THE_ANSWER, "");
  const row = lastRow(tail.replace(/[\s$]+$|\\\]$/, "").trimEnd());
  if (row !== null) return row;
  const words = BEHIND.exec(tail)!.index;
  const end = formulaStart(tail, tail.length) >= 0 ? tail.length : words;
  let start = formulaStart(tail, end);
  if (start < 0) return inWords(tail, whole.length > MAX_CONCLUSION);
  // "$2$ and $3$"
  for (let more = start; more >= 0;) {
    const joint = /\s*(?:,|,?\s+and|,?\s+or)\s*$/.exec(tail.slice(Math.max(0, start - 10), start))?.[0];
    more = joint === undefined ? -1 : formulaStart(tail, start - joint.length);
    if (more >= 0) start = more;
  }
  const before = tail.slice(0, start),
    line = before.slice(before.lastIndexOf("\n") + 1).replace(/[*_#>\s]+$/, "");
  if (line === "") {
    const above = before.trimEnd();
    const isDoubted = DOUBT.test(above.slice(above.lastIndexOf("\n") + 1)) || DOUBT.test(tail.slice(end));
    return above === "" || isDoubted ? null : tail.slice(start);
  }
  const clause = line.split(/[.!?]\s+|[,;](?=.*\w)/).at(-1)!.trim();
  return CONCLUDING.test(clause) && !DOUBT.test(clause) ? tail.slice(start) : null;
}

/** What the last of several lines says in bold, or what a last sentence such as "Thus x = 4" concludes. */
function inWords(tail: string, isCut: boolean): string | null {
  const lines = tail.trim().split("\n"), line = lines.at(-1)!.trim();
  if (isCut && lines.length === 1) return null;
  const bold = lines.length > 1 ? BOLD.exec(line)?.[1] : undefined;
  if (bold !== undefined) return DOUBT.test(lines.at(-2)!) ? null : bold;
  if (lines.length > 1 && EQUATION.test(line) && !DOUBT.test(line)) return line;
  const conclusion = CONCLUSION.exec(line.split(/[.!?]\s+/).at(-1)!)?.[1];
  if (conclusion === undefined || DOUBT.test(conclusion)) return null;
  if (/^[^\s=]{1,20}\s*=/.test(conclusion)) return conclusion;
  const said = /^(?:.*\s)?(?:is|are|equals|equal to|have|get|find|obtain)\s+([-+\d\\(].*)$/s.exec(conclusion)
    ?.[1];
  return said ?? (/^[-+\d\\(]/.test(conclusion) ? conclusion : null);
}

/** The answer of a response, or null. */
export function extractAnswer(response: string): Extraction | null {
  const text = ownTurn(response);
  const inside = text.includes("<answer>") ? sectionOf(insideAnswer(text)) : null;
  const isTagged = inside !== null && (inside.text.trim() !== "" || inside.boxes.length > 0);
  const section = isTagged ? inside : sectionOf(text);
  if (section.boxes.length > 0) return { answer: boxed(section.text, section.boxes), place: "box" };
  const phrase = announced(section.text);
  if (phrase !== null) return { answer: phrase, place: 'after "answer is"' };
  const conclusion = concluded(section.text);
  if (conclusion !== null) return { answer: conclusion, place: "conclusion" };
  const bare = section.text.replace(/^[:\s]+/, "").trimEnd();
  if (isTagged) return { answer: bare, place: "answer tag" };
  const isBare = bare !== "" && bare.length <= MAX_BARE && !bare.includes("\n");
  return isBare ? { answer: bare, place: "whole text" } : null;
}
