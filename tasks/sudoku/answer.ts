/** Reads a 4x4 grid from a response. */

import { answerSection } from "../answers/response.ts";

/** So many digits are an attempt at a grid: two rows. Fewer are talk of a row or a cell. */
const ATTEMPT = 8;
/** Room for any way to write sixteen cells, frames included, and a sentence around them. */
const MAX_LENGTH = 1000;
const GRID = /^[0-4]{16}$/, CELLS_ALONE = /^[\d \t\r\n]*$/;
/** Digits, and what may stand between cells: spaces, brackets, quotes, fences, frames, LaTeX's columns and rows. */
const NOTATION = "\\d \\t\\r\\n,;\\[\\](){}\"'`|+\\-*&\\\\\\u2500-\\u257f\\u2022";
const CELLS_IN_NOTATION = new RegExp(`\\d[${NOTATION}]*`, "g");
const BEGINNING = new RegExp(`^[${NOTATION}]+`);
const ALONE = { before: /[\p{L}\p{N}_.]$/u, after: /^(?:[\p{L}\p{N}_]|[^\p{L}\s]\d)/u };

const NUMBER = "(?:[0-4]|one|two|three|four)",
  ORDINAL = "(?:1st|2nd|3rd|4th|first|second|third|fourth|last|top|bottom)";
/** What is no part of a grid: LaTeX's environments and commands, and labels such as "Row 1:", "first row:", "a)". */
const LABELS = new RegExp(
  "\\\\(?:begin|end)\\s*\\{[a-z]{1,20}\\*?\\}(?:\\s*\\{[lcr|\\s]{1,40}\\})?|\\\\[a-zA-Z]+|<br\\s{0,4}/?>|" +
    `\\b(?:row|line)\\s{0,4}${NUMBER}\\s{0,4}(?:[:=.)\\-]|is\\b|(?<=\\s)(?=\\d))|\\bR[0-4](?:\\s{0,4}[:=.)]|\\s)|` +
    `\\b(?:the\\s)?${ORDINAL}\\s(?:row|line)\\s{0,4}(?:[:=.)\\-]|is\\b)|(?<=^|[\\n;,]\\s{0,8})(?:[a-d]|i{1,3}|iv)[.):]`,
  "gi",
);
const HAS_LABELS = /[\p{L}\\]/u;

/** Rows that are numbered in order, from 1 or from 0: "1. 3142", "(2) 2 4 3 1", "3 | 4213 |". */
const ROW = "\\d(?:[ \\t]{0,2}[,|&]?[ \\t]{0,2}\\d){3}";
const NUMBERED = ["1234", "0123"].map((numbers) => {
  const rows = [...numbers].map((number) =>
    `(?:[(\\[*]{0,3}${number}[ \\t]{0,2}[.):\\]|*\\-]{1,3}|#${number}[.):]?)[ \\t\\[(|]{0,4}(${ROW})`
  );
  return new RegExp(`(?<![\\p{L}\\d][ \\t]{0,2})${rows.join("[^\\p{L}\\d(\\[]{0,8}")}(?!\\d)`, "gu");
});
const HAS_NUMBERS = /[0-4][ \t]{0,2}[.):\]|\-*]|#[0-4]/;

/** Signs between rows; "puzzle / grid" and "puzzle -> grid" have more than a row on their sides. */
const BETWEEN_ROWS = /[ \t\r\n]{0,4}(?:\/{1,2}|->|=>|[=→⇒>:._·–—~<])[ \t\r\n]{0,4}/g;
const HAS_SIGNS = /[/=>→⇒:._·–—~<]/;
const CELLS_OF_ROW = "\\d(?:[ \\t]?[,|]?[ \\t]?\\d){3}";
const AFTER_ROW = new RegExp(`(?:^|[^\\d\\s,|])\\s*${CELLS_OF_ROW}$`);
const BEFORE_ROW = new RegExp(`^${CELLS_OF_ROW}(?![\\s,|]{0,2}\\d)`);
/** Characters of a row, and what comes before it. */
const REACH = 24;

function betweenRows(text: string): string {
  return text.replace(BETWEEN_ROWS, (sign, at: number) => {
    const end = at + sign.length;
    const isBetween = AFTER_ROW.test(text.slice(Math.max(0, at - REACH), at)) &&
      BEFORE_ROW.test(text.slice(end, end + REACH));
    return isBetween ? "\n" : sign;
  });
}

/** The text without labels of rows and signs between them. */
function unlabelled(text: string): string {
  let bare = HAS_LABELS.test(text) ? text.replace(LABELS, " ") : text;
  if (HAS_NUMBERS.test(bare)) {
    for (const rows of NUMBERED) bare = bare.replace(rows, "$1\n$2\n$3\n$4");
  }
  return HAS_SIGNS.test(bare) ? betweenRows(bare) : bare;
}

/** Words beside a grid that take it back. */
const DENIED = {
  before:
    /(?:\bnot|n['’]t|\bnever|\bwrong|\bincorrect|\binvalid)[\s:*"'(]{0,4}(?:(?:be|the|an?|is|answer|solution|grid|correct|right)[\s:*"'(]{1,4}){0,4}$/i,
  after:
    /^\W{0,6}(?:(?:(?:is|was|does|did|can|would|seems)\s{0,2}(?:not\b|n['’]t)|(?:(?:is|was|seems)\s)?(?:wrong|incorrect|invalid|impossible)\b)|(?:no|wait|not|oops)\b(?!\s+[a-z]))/i,
};

/**
 * The sixteen cells of an answer row by row, '1' to '4' or '0' for a cell left empty. Words may stand around a grid
 * and labels before its rows; of several attempts between words the last counts. Null unless it has exactly sixteen
 * digits, each at most 4: nothing is padded or cut. Total; linear in the response.
 */
export function parseGrid(response: string): string | null {
  if (GRID.test(response)) return response;
  const section = answerSection(response);
  // Of what is cut off, no part of a grid may be left.
  const end = section.length <= MAX_LENGTH ? section : section.slice(-MAX_LENGTH).replace(BEGINNING, "");
  if (CELLS_ALONE.test(end)) return gridOf(end);
  const text = unlabelled(end);
  let last: string | null = null;
  for (const { 0: attempt, index } of text.matchAll(CELLS_IN_NOTATION)) {
    if (attempt.replace(/\D/g, "").length < ATTEMPT) continue;
    last = isAlone(text, index, attempt) ? gridOf(attempt) : null;
  }
  return last;
}

/** The cells in a text that holds nothing else, or null. */
function gridOf(text: string): string | null {
  const cells = text.replace(/\D/g, "");
  return GRID.test(cells) ? cells : null;
}

/** Whether no letter or digit joins a grid and no word takes it back. */
function isAlone(text: string, index: number, grid: string): boolean {
  const before = text.slice(0, index), after = text.slice(index + grid.length);
  if (ALONE.before.test(before) || (/\d$/.test(grid) && ALONE.after.test(after))) return false;
  return !DENIED.before.test(before) && !DENIED.after.test(after);
}
