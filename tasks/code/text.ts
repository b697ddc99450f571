/**
 * Where the Python code stands in a response: in a fenced block, between answer tags, bare among prose, or, for a
 * prompt that is code itself, as its continuation. Several readings of a response may be possible; the first that
 * compiles is meant. Total, and linear in the response.
 */

import {
  bindingLines,
  binds,
  CODE_LINE,
  codeLines,
  commonIndent,
  FENCE,
  indentOf,
  isBlank,
  openQuote,
  shifted,
} from "./lines.ts";
import { beforeEnd, insideAnswer, turnLines } from "../answers/response.ts";

/** What a response may mean as code. */
export interface CodeReading {
  readonly code: string;
  readonly place: "block in the answer" | "block" | "answer" | "text" | "continuation";
}

/** Readings of a response, and of a place in it, that are told apart; characters of all but the first. */
const MAX_READINGS = 12, MAX_PER_PLACE = 3, MAX_OTHERS = 1_000_000;

const PYTHON = /^(?:python\d?|py\d?|python-repl)?$/i;
/** A fence's line with code on it, whether or not it says the language. */
const FENCED_LINE = /^(?:(?:python\d?|py\d?|python-repl)[ \t]+)?(?=\S)/i;

/** Contents of fenced blocks of Python, or of no language, that have any; the last may be cut off. */
export function fencedBlocks(text: string): string[] {
  const blocks: string[] = [];
  for (let at = text.indexOf(FENCE); at >= 0;) {
    let start = at + FENCE.length;
    while (text[start] === "`") start++;
    const end = text.indexOf(FENCE, start);
    const inside = text.slice(start, end < 0 ? text.length : end);
    const lineEnd = inside.indexOf("\n");
    const line = (lineEnd < 0 ? inside : inside.slice(0, lineEnd)).trim();
    const rest = lineEnd < 0 ? "" : inside.slice(lineEnd + 1);
    const code = line.replace(FENCED_LINE, "");
    if (PYTHON.test(line)) {
      if (!isBlank(rest)) blocks.push(unindented(rest, text.slice(text.lastIndexOf("\n", at) + 1, at)));
    } else if (CODE_LINE.test(code)) {
      blocks.push(lineEnd < 0 ? code : `${code}\n${rest}`);
    }
    if (end < 0) break;
    at = text.indexOf(FENCE, end + FENCE.length);
  }
  return blocks;
}

/** Code of a block in a list: without the list's indentation. */
function unindented(code: string, indent: string): string {
  if (indent === "" || !isBlank(indent)) return code;
  return code.split("\n").map((line) => line.startsWith(indent) ? line.slice(indent.length) : line).join(
    "\n",
  );
}

/** A line that has to be followed by deeper ones. */
const OPENS = /[:([{,][ \t]*$/;

/**
 * Code with its indentation mended in the ways that decoding breaks it: all of it to the right of the margin, its first
 * line, all lines but the first, or the definition alone. The code as it is comes first.
 */
function straightened(code: string, names: readonly string[]): string[] {
  const lines = code.split("\n");
  const first = lines.findIndex((line) => !isBlank(line));
  if (first < 0) return [];
  const rest = lines.slice(first + 1), indent = commonIndent(rest);
  const ways = [
    lines,
    shifted(lines, -commonIndent(lines)),
    [lines[first]!.trimStart(), ...rest],
    ...(indent < 4 || (indent < Infinity && !OPENS.test(lines[first]!))
      ? [[lines[first]!.trimStart(), ...shifted(rest, -indent)]]
      : []),
  ];
  const moved = bindingLines(lines, names).find(({ indent }) => indent > 0 && indent < 4);
  if (moved) {
    const end = lines.findIndex((line, i) =>
      i > moved.line && !isBlank(line) && indentOf(line) < moved.indent
    );
    const stop = end < 0 ? lines.length : end;
    const definition = shifted(lines.slice(moved.line, stop), -moved.indent);
    ways.push([...lines.slice(0, moved.line), ...definition, ...lines.slice(stop)]);
  }
  return [...new Set(ways.map((way) => way.join("\n")))].filter((way) => binds(way, names));
}

/** The lines around one of a text that can be code. */
function region(lines: readonly string[], at: number): { start: number; end: number } {
  // Quotes are counted from there on, as prose has quotes of its own.
  const end = codeLines(lines.slice(at)).indexOf(false, 1);
  let start = at;
  while (start > 0 && (isBlank(lines[start - 1]!) || CODE_LINE.test(lines[start - 1]!))) start--;
  start += openQuote(lines.slice(start, at)) + 1;
  return { start, end: end < 0 ? lines.length : at + end };
}

/** The lines around bare definitions of the names, the last first; then those around other lines that bind them. */
function bareCode(text: string, names: readonly string[], isBody: boolean): string[] {
  if (!names.some((name) => text.includes(name))) return [];
  const lines = text.replaceAll(FENCE, "\n").split("\n");
  const found: string[] = [];
  // In a body, a name that is the function's is a variable.
  const bindings = bindingLines(lines, names).filter(({ indent, isDefinition }) =>
    !isBody || isDefinition || indent < MIN_BODY
  );
  for (const isDefinition of [true, false]) {
    let before = Infinity;
    for (const binding of bindings.filter((binding) => binding.isDefinition === isDefinition).reverse()) {
      if (binding.line >= before || found.length >= MAX_PER_PLACE) continue;
      const { start, end } = region(lines, binding.line);
      before = start;
      found.push(lines.slice(start, end).join("\n").trimEnd().replace(/^(?:[ \t]*\n)+/, ""));
    }
  }
  return found;
}

/** Spaces of a body, and how many make a text one. */
const BODY_INDENT = 4, MIN_BODY = 2;

/** Whether a text begins indented, as what goes on where a prompt ends does. */
function beginsIndented(text: string): boolean {
  const start = text.search(/\S/);
  return start >= 0 && start - (text.lastIndexOf("\n", start) + 1) >= MIN_BODY;
}

/** What stands at the margin and is no line of a body: another function. */
const OTHER_FUNCTION = /^(?:async[ \t]+def|def|class)\b|^@/;

/**
 * Bodies of a function whose head the prompt ends with that a text may mean, indented by 4: up to the first line at
 * the left margin. Decoding often takes the first space away, and with it the indentation of the first line, or of
 * all; it shifts lines as well. None when the text does not begin like a body.
 */
export function bodiesOf(text: string): string[] {
  if (isBlank(text)) return [];
  const lines = text.split("\n").map((line) =>
    line.replace(/^[ \t]+/, (indent) => indent.replaceAll("\t", "    "))
  );
  const all = lines.slice(lines.findIndex((line) => !isBlank(line)));
  const isFlush = indentOf(all[0]!) === 0;
  if (isFlush && (!CODE_LINE.test(all[0]!) || OTHER_FUNCTION.test(all[0]!))) return [];
  const end = all.findIndex((line, i) => i > 0 && !isBlank(line) && indentOf(line) === 0);
  const body = end < 0 ? all : all.slice(0, end);
  const flushEnd = isFlush ? codeLines(all).indexOf(false) : -1;
  const flush = flushEnd < 0 ? all : all.slice(0, flushEnd);
  const first = " ".repeat(BODY_INDENT) + body[0]!.trimStart(),
    rest = body.slice(1),
    indent = commonIndent(rest);
  const ways = [
    isFlush ? shifted(flush, BODY_INDENT) : shifted(body, BODY_INDENT - indentOf(body[0]!)),
    [first, ...rest],
    ...(indent < Infinity ? [[first, ...shifted(rest, BODY_INDENT - indent)]] : []),
  ];
  return [...new Set(ways.map((way) => way.join("\n").trimEnd() + "\n"))];
}

/** Where a text begins to answer: with a line that binds one of the names, or with a body; Infinity if it does not. */
function answerStart(text: string, names: readonly string[], continues: boolean): number {
  if (continues && beginsIndented(text)) return text.search(/\S/);
  const lines = text.split("\n"), first = bindingLines(lines, names)[0];
  if (first === undefined) return Infinity;
  return lines.slice(0, first.line).reduce((length, line) => length + line.length + 1, first.indent);
}

/** The first answer in the frame of the few-shot prompts; a model that goes on opens another one. */
function firstFrame(text: string, startOf: (text: string) => number): string {
  const done = text.indexOf("[DONE]");
  const [before, ...after] = (done < 0 ? text : text.slice(0, done)).split("[BEGIN]");
  return after.length === 0 || startOf(before!) < Infinity ? before! : after[0]!;
}

/** The text before a next question or speaker, outside of blocks and strings, once there is an answer. */
function beforeNextTurn(text: string, start: number): string {
  let at = 0, inside: string | null = null;
  for (const { index } of turnLines(text)) {
    for (const [mark] of text.slice(at, index).matchAll(/```|'''|"""/g)) {
      if (inside === null || mark === FENCE && inside !== FENCE) inside = mark;
      else if (inside === mark) inside = null;
    }
    at = index;
    if (index > start && inside === null && /[^\s#]/.test(text[index]!)) return text.slice(0, index);
  }
  return text;
}

/** Characters that decoding puts where Python wants a space, and such that cannot be seen. */
const NO_BREAK = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, UNSEEN = /[\u200b-\u200d\u2060\ufeff]/g;

/**
 * What a response that is to define one of the names may mean, likely readings first: blocks that bind one, the last
 * first and those in the answer before others; else the lines around a bare definition; else, where `continues` says
 * that the prompt ends in the head of a function, a body for it. Empty when there is nothing of these.
 * @param names identifiers
 */
export function findCode(response: string, names: readonly string[], continues = false): CodeReading[] {
  const whole = beforeEnd(response).replaceAll("\r\n", "\n");
  const startOf = (text: string) => answerStart(text, names, continues);
  const framed = firstFrame(whole, startOf), text = beforeNextTurn(framed, startOf(framed));
  const spaced = text.replace(NO_BREAK, " ").replace(UNSEEN, "");
  const readings = [...readingsOf(text, names, continues)];
  if (spaced !== text) readings.push(...readingsOf(spaced, names, continues));
  const codes = new Set<string>();
  let characters = 0;
  return readings.filter(({ code }, i) => {
    if (codes.has(code) || codes.size >= MAX_READINGS) return false;
    if (i > 0) characters += code.length;
    codes.add(code);
    return characters <= MAX_OTHERS;
  });
}

function* readingsOf(text: string, names: readonly string[], continues: boolean): Generator<CodeReading> {
  const answer = text.includes("<answer>") ? insideAnswer(text) : "";
  const places = [["block in the answer", "answer", answer], ["block", "text", text]] as const;
  let blocks: string[] = [], found = false;
  for (const [place, , section] of places) {
    const inPlace = fencedBlocks(section);
    blocks = blocks.concat(inPlace);
    const readings = inPlace.slice(-10).reverse().map((block) => straightened(block, names));
    for (const code of readings.filter((ways) => ways.length > 0).slice(0, MAX_PER_PLACE).flat()) {
      found = true;
      yield { code, place };
    }
  }
  if (found) return;
  const isBody = continues && beginsIndented(text);
  for (const [, place, section] of places) {
    for (const code of bareCode(section, names, isBody)) {
      yield* straightened(code, names).map((code) => ({ code, place }));
    }
  }
  if (!continues) return;
  // Blocks after a body are remarks.
  for (const candidate of isBody ? [text] : [...blocks, answer, text]) {
    const bodies = bodiesOf(candidate);
    yield* bodies.map((code) => ({ code, place: "continuation" as const }));
    if (bodies.length > 0) return;
  }
}
