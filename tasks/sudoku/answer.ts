/** Reads a 4x4 grid from a response. */

import { answerSection } from "../response.ts";

const CELLS = 16;
/** Room for any way to write sixteen cells, frames included. */
const MAX_LENGTH = 1000;
/** What may stand around cells: spaces, lists in any brackets, quotes and fences, the lines of a frame. */
const NOTATION = new Set(" \t\r\n,;[](){}\"'`|+-");

/**
 * The sixteen cells of an answer row by row, '1' to '4' or '0' for a cell left empty; null unless the answer is
 * exactly sixteen such digits and notation around them. Never padded, cut or searched for: a seventeenth digit,
 * a 5 or a word makes it no answer. Total; linear in the response.
 */
export function parseGrid(response: string): string | null {
  const text = answerSection(response);
  if (text.length > MAX_LENGTH) return null;
  let cells = "";
  for (const character of text) {
    if (character >= "0" && character <= "4") cells += character;
    else if (!NOTATION.has(character)) return null;
  }
  return cells.length === CELLS ? cells : null;
}
