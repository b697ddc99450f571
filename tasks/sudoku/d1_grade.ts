/** Sudoku 4x4 as the d1 family grades and rewards it (dllm-reasoning/d1@837888f2): cells, not puzzles. */

import {
  lastTaggedAnswer,
  PYTHON_SPACE,
  pythonDigitsOf,
  pythonStrip,
  withoutPythonSpaces,
} from "../d1/text.ts";
import type { Count, Grade } from "../verdict.ts";
import type { SudokuItem } from "./test_sets.ts";

const CELLS = 16;
const OPEN = "<answer>", CLOSE = "</answer>";
const END_TOKENS = ["<|eot_id|>", "<|endoftext|>"];

const FENCED = new RegExp(`\`\`\`([\\p{Nd}${PYTHON_SPACE}]+)\`\`\``, "gu");
const CELLS_AT_END = new RegExp(`\\p{Nd}{${CELLS}}$`, "u");
const WORD = "\\p{L}\\p{N}_";
const WORD_OF_CELLS = new RegExp(`(?<![${WORD}])\\p{Nd}{${CELLS}}(?![${WORD}])`, "u");

/** Where the first of some parts begins at or after a position, or -1. */
function firstOf(text: string, parts: readonly string[], from: number): number {
  const found = parts.map((part) => text.indexOf(part, from)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** Digits and spaces in the first fence that holds nothing else, after the first `<answer>`. */
function fencedDigits(text: string): string | null {
  const open = text.indexOf(OPEN);
  if (open < 0) return null;
  FENCED.lastIndex = open + OPEN.length;
  return FENCED.exec(text)?.[1] ?? null;
}

/** From the first `<answer>` to the next end of it. */
function taggedText(text: string): string | null {
  const open = text.indexOf(OPEN);
  if (open < 0) return null;
  const end = firstOf(text, [...END_TOKENS, CLOSE], open + OPEN.length);
  return end < 0 ? null : text.slice(open + OPEN.length, end);
}

/** What follows the first `</answer>`. */
function textBehind(text: string): string | null {
  const close = text.indexOf(CLOSE);
  if (close < 0) return null;
  const end = firstOf(text, END_TOKENS, close + CLOSE.length);
  return text.slice(close + CLOSE.length, end < 0 ? text.length : end);
}

/** Sixteen digits before a `</answer>`. */
function cellsBeforeClose(text: string): string | null {
  let from = 0;
  for (let close = text.indexOf(CLOSE); close >= 0; close = text.indexOf(CLOSE, from)) {
    const cells = CELLS_AT_END.exec(pythonStrip(text.slice(from, close)).slice(-2 * CELLS));
    if (cells !== null) return cells[0];
    from = close + CLOSE.length;
  }
  return null;
}

function wordOfCells(text: string): string | null {
  return WORD_OF_CELLS.exec(text)?.[0] ?? null;
}

/** Five ways to find the cells; the first that finds anything counts, whatever it is. */
const SEARCHES = [fencedDigits, taggedText, textBehind, cellsBeforeClose, wordOfCells];

/** The prediction: what was found without its spaces, cut or padded with 0 to sixteen characters; null if nothing. */
export function d1Cells(text: string): string | null {
  for (const search of SEARCHES) {
    const found = withoutPythonSpaces(search(text) ?? "");
    if (found !== "") return sixteen(found);
  }
  return null;
}

/** Python counts code points. */
function sixteen(text: string): string {
  const characters = [...text.slice(0, 2 * CELLS)].slice(0, CELLS);
  return characters.join("") + "0".repeat(CELLS - characters.length);
}

/** Originally empty cells that hold the stored solution's digit. */
function cellsRight({ puzzle, solution }: SudokuItem, cells: string | null): Count {
  const found = [...cells ?? ""];
  let count = 0, total = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    if (puzzle[cell] !== "0") continue;
    total++;
    if (found[cell] === solution[cell]) count++;
  }
  return { count, total };
}

/** Correct when every empty cell is; the score that papers give is the share of cells over all puzzles. */
export function d1Grade(item: SudokuItem, text: string): Grade {
  const answer = d1Cells(text), cells = cellsRight(item, answer);
  const correct = cells.count === cells.total && cells.total > 0;
  const reason = answer === null ? "no answer" : `${cells.count} of ${cells.total} empty cells as stored`;
  return { correct, answer, reason, measures: { cells } };
}

/** Share of the empty cells, of the digits in the last answer tag; 0 without one. Givens may be overwritten. */
export function d1Reward(item: SudokuItem, text: string): number {
  const digits = pythonDigitsOf(lastTaggedAnswer(text) ?? "");
  if (digits === "") return 0;
  const { count, total } = cellsRight(item, sixteen(digits));
  return total === 0 ? 0 : count / total;
}
