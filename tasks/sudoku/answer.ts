/** Reads a 4x4 grid from a response. */

import { answerSection } from "../response.ts";

const CELLS = 16;
/** Room for any way to write sixteen cells, frames included, and a sentence around them. */
const MAX_LENGTH = 1000;
/** Digits, and what may stand between cells: spaces, brackets, quotes, fences, frames, LaTeX's columns and rows. */
const NOTATION = "\\d \\t\\r\\n,;\\[\\](){}\"'`|+\\-*&\\\\\\u2500-\\u257f";
const GRID = new RegExp(`\\d[${NOTATION}]*`, "g");
const BEGINNING = new RegExp(`^[${NOTATION}]+`);
/** What is no part of a grid: LaTeX's environments and commands, and labels such as "Row 1:". */
const LABELS =
  /\\(?:begin|end)\s*\{[a-z]{1,20}\*?\}(?:\s*\{[lcr|\s]{1,40}\})?|\\[a-zA-Z]+|\b(?:row|line)\s*[1-4]\s*[:=)-]|\bR[1-4]\s*[:=)]/gi;
const ALONE = { before: /[\p{L}\p{N}_.]$/u, after: /^(?:[\p{L}\p{N}_]|\.\d)/u };

/**
 * The sixteen cells of an answer row by row, '1' to '4' or '0' for a cell left empty. Words may stand around a grid
 * and labels before its rows; of several grids between words the last counts. Null unless the grid has exactly
 * sixteen digits, each at most 4: nothing is padded or cut. Total; linear in the response.
 */
export function parseGrid(response: string): string | null {
  const section = answerSection(response);
  // Of what is cut off, no part of a grid may be left.
  const end = section.length <= MAX_LENGTH ? section : section.slice(-MAX_LENGTH).replace(BEGINNING, "");
  const text = end.replace(LABELS, " ");
  let last: string | null = null;
  for (const { 0: grid, index } of text.matchAll(GRID)) {
    const cells = grid.replace(/\D/g, "");
    const after = text.slice(index + grid.length, index + grid.length + 2);
    const joined = ALONE.before.test(text.slice(0, index)) || (/\d$/.test(grid) && ALONE.after.test(after));
    if (cells.length === CELLS && /^[0-4]+$/.test(cells) && !joined) last = cells;
  }
  return last;
}
