/**
 * Where the Python code stands in a response: in a fenced block, between answer tags, bare among prose, or, for a
 * prompt that is code itself, as its continuation. Total, and linear in the response.
 */

import { beforeEnd, insideAnswer } from "./response.ts";

export interface FoundCode {
  readonly code: string;
  readonly place: "block in the answer" | "block" | "answer" | "text" | "continuation";
}

const FENCE = "```";
const PYTHON = /^(?:python\d?|py\d?|python-repl)?$/i;

/** Contents of fenced blocks of Python, or of no language, that have any; the last may be cut off. */
export function fencedBlocks(text: string): string[] {
  const blocks: string[] = [];
  for (let at = text.indexOf(FENCE); at >= 0;) {
    const lineEnd = text.indexOf("\n", at);
    if (lineEnd < 0) break;
    const language = text.slice(at + FENCE.length, lineEnd).trim();
    const end = text.indexOf(FENCE, lineEnd);
    const code = text.slice(lineEnd + 1, end < 0 ? text.length : end);
    if (PYTHON.test(language) && code.trim() !== "") {
      blocks.push(unindented(code, text.slice(text.lastIndexOf("\n", at) + 1, at)));
    }
    if (end < 0) break;
    at = text.indexOf(FENCE, end + FENCE.length);
  }
  return blocks;
}

/** Code of a block in a list: without the list's indentation. */
function unindented(code: string, indent: string): string {
  if (indent === "" || indent.trim() !== "") return code;
  return code.split("\n").map((line) => line.startsWith(indent) ? line.slice(indent.length) : line).join(
    "\n",
  );
}

/** What defines the name at the left margin. @param name an identifier */
function definition(name: string): RegExp {
  return new RegExp(
    `^(?:async[ \\t]+def|def|class)[ \\t]+${name}\\b|^${name}[ \\t]*(?::[^=\\n]*)?=(?!=)`,
    "m",
  );
}

/** What code at the left margin begins with. Prose hardly ever does. */
const CODE_LINE = new RegExp(
  [
    "[ \\t]",
    "[#@)\\]}]",
    "'''|\"\"\"",
    "(?:async[ \\t]+)?(?:def|for|with)[ \\t].*[:(,]$",
    "(?:class|if|elif|while|except)\\b.*:",
    "(?:else|try|finally|except)[ \\t]*:",
    "import[ \\t]+\\w",
    "from[ \\t]+[\\w.]+[ \\t]+import\\b",
    "(?:assert|return|raise|del|global)\\b",
    "(?:pass|break|continue)[ \\t]*$",
    "[A-Za-z_][\\w.]*(?:\\[[^\\]\\n]*\\])?[ \\t]*(?::[^=\\n]*)?(?:[-+*/%|&^@]|//|\\*\\*|<<|>>)?=(?!=)",
    "[A-Za-z_][\\w.]*\\(",
  ].map((part) => `^(?:${part})`).join("|"),
);

/** Which lines can be code, as far as their beginnings tell; those inside triple quotes can. */
function codeLines(lines: readonly string[]): boolean[] {
  let quote: string | null = null;
  return lines.map((line) => {
    const inside = quote !== null;
    for (const mark of line.match(/'''|"""/g) ?? []) {
      if (quote === null) quote = mark;
      else if (quote === mark) quote = null;
    }
    return inside || line.trim() === "" || CODE_LINE.test(line);
  });
}

/** The lines around the last definition of a name that can be code. */
function bareCode(text: string, names: readonly string[]): string | null {
  if (!names.some((name) => text.includes(name))) return null;
  const lines = text.split("\n");
  const patterns = names.map((name) => new RegExp(`^(?:async[ \\t]+def|def|class)[ \\t]+${name}\\b`));
  const definition = lines.findLastIndex((line) => patterns.some((pattern) => pattern.test(line)));
  if (definition < 0) return null;
  // Quotes are counted from the definition on, as prose has quotes of its own.
  const isCode = codeLines(lines.slice(definition));
  const end = isCode.indexOf(false, 1);
  let start = definition;
  while (start > 0 && (lines[start - 1]!.trim() === "" || CODE_LINE.test(lines[start - 1]!))) start--;
  return lines.slice(start, end < 0 ? lines.length : definition + end).join("\n").trim();
}

const indentOf = (line: string) => line.length - line.trimStart().length;

/**
 * The body of a function whose head the prompt ends with, indented by 4: the text up to the first line at the left
 * margin. A first line there has lost its indentation, as decoding often takes the first space away; if others are
 * there as well, the whole body has. Null when the text does not begin like a body.
 */
export function bodyOf(text: string): string | null {
  if (text.trim() === "") return null;
  const lines = text.replaceAll("\t", "    ").split("\n");
  const body = lines.slice(lines.findIndex((line) => line.trim() !== ""));
  const rest = body.slice(1).filter((line) => line.trim() !== "");
  if (indentOf(body[0]!) === 0) {
    if (!CODE_LINE.test(body[0]!) || /^(?:async[ \t]+def|def|class)\b|^@/.test(body[0]!)) return null;
    const opens = /:\s*(?:#.*)?$/.test(body[0]!);
    const lost = rest.length > 0 && indentOf(rest[0]!) >= (opens ? 8 : 4);
    if (lost || rest.length === 0) body[0] = "    " + body[0]!;
    else return flushBody(body);
  }
  const end = body.findIndex((line) => line.trim() !== "" && indentOf(line) === 0);
  return (end < 0 ? body : body.slice(0, end)).join("\n").trimEnd() + "\n";
}

function flushBody(body: readonly string[]): string {
  const end = codeLines(body).indexOf(false);
  const lines = end < 0 ? body : body.slice(0, end);
  return lines.map((line) => line.trim() === "" ? "" : `    ${line}`).join("\n").trimEnd() + "\n";
}

/**
 * The code of a response that is to define one of the names: the last block that does, blocks in the answer first;
 * else the lines around a bare definition; else, where `continues` says that the prompt ends in the head of a
 * function, a body for it. Null when there is none of these.
 */
export function findCode(response: string, names: readonly string[], continues = false): FoundCode | null {
  const whole = beforeEnd(response).replaceAll("\r\n", "\n");
  // The frame of the few-shot prompts.
  const begin = whole.lastIndexOf("[BEGIN]"), done = whole.indexOf("[DONE]", begin + 1);
  const text = whole.slice(begin < 0 ? 0 : begin + "[BEGIN]".length, done < 0 ? whole.length : done);
  const answer = text.includes("<answer>") ? insideAnswer(text) : "";
  const places = [["block in the answer", "answer", answer], ["block", "text", text]] as const;
  const patterns = names.map(definition);
  let blocks: string[] = [];
  for (const [place, , section] of places) {
    const found = fencedBlocks(section);
    blocks = blocks.concat(found);
    const code = found.findLast((block) => patterns.some((pattern) => pattern.test(block)));
    if (code !== undefined) return { code, place };
  }
  for (const [, place, section] of places) {
    const code = bareCode(section.replaceAll(FENCE, "\n"), names);
    if (code !== null) return { code, place };
  }
  if (!continues) return null;
  // A text that begins indented goes on where the prompt ends; blocks after it are remarks.
  const start = text.search(/\S/);
  const straight = indentOf(text.slice(text.lastIndexOf("\n", start) + 1, start + 1)) >= 2;
  for (const candidate of straight ? [text] : [...blocks, answer, text]) {
    const body = bodyOf(candidate);
    if (body !== null) return { code: body, place: "continuation" };
  }
  return null;
}
