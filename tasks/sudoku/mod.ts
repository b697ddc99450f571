/**
 * Sudoku 4x4 on the puzzles of the papers. `strict` is the grade of the generated puzzles: any solution, givens
 * kept; `d1` counts the stored solution's cells, and calls a puzzle correct that has all of them.
 */

import { d1Prompt, d1TrainingPrompt, tagLayout, userPrompt } from "../d1/prompts.ts";
import { dataFiles } from "../data/files.ts";
import { type Prompt, type Protocol, type RealTask, splitOf } from "../real_task.ts";
import { showGrades } from "../verdict.ts";
import { parseGrid } from "./answer.ts";
import { d1Grade, d1Reward } from "./d1_grade.ts";
import { solutions } from "./grids.ts";
import { D1_ROWS } from "./real_rows.ts";
import { cellsReward, cleanReward, strictGrade } from "./strict.ts";
import { readPuzzles, type SudokuItem } from "./test_sets.ts";

const RULES = "Every row, every column and every 2x2 box of the grid holds each of the digits 1 to 4 once.";
const WRITTEN = "It is written as 16 digits, row by row from the top left; 0 stands for an empty cell.";

/** d1 asks the same in training and evaluation. */
function d1Instructions(): string {
  return `Solve this 4x4 Sudoku. ${WRITTEN}\n${RULES} Fill in the empty cells.\n` +
    "The answer is the complete solved grid: 16 digits from 1 to 4, without spaces or anything else between them.\n" +
    tagLayout("[the 16 digits of the solved grid]");
}

const d1Question = (puzzle: string) => `The Sudoku to solve: ${puzzle}\n`;

const prompts: Readonly<Record<Protocol, (puzzle: string) => Prompt>> = {
  chat: (puzzle) =>
    userPrompt(
      `Solve this 4x4 Sudoku: ${puzzle}\n${WRITTEN} ${RULES} Reason step by step, then give the 16 digits of the ` +
        "solved grid between <answer> and </answer>.",
    ),
  plain: (puzzle) => userPrompt(`Puzzle: ${puzzle}\nSolution:`),
  d1: (puzzle) => d1Prompt(d1Instructions(), d1Question(puzzle)),
  "d1-training": (puzzle) => d1TrainingPrompt(d1Instructions(), d1Question(puzzle)),
  bgpo: (puzzle) => d1TrainingPrompt(d1Instructions(), d1Question(puzzle)),
};

export const realSudoku: RealTask<SudokuItem> = {
  id: "sudoku",
  title: "Sudoku 4x4, the papers' puzzles",
  splits: {
    test: { title: "d1's file of test puzzles", purpose: "test", file: dataFiles.sudokuD1, rows: 500 },
    d1: {
      title: "the rows that d1 evaluates, in its order",
      purpose: "test",
      file: dataFiles.sudokuD1,
      rows: 256,
    },
    spg: {
      title: "SPG's test puzzles on held-out grids",
      purpose: "test",
      file: dataFiles.sudokuSpg,
      rows: 256,
    },
  },

  load(split, bytes) {
    splitOf(realSudoku, split);
    const rows = readPuzzles(bytes).map((item, index) => ({ index, item }));
    return split === "d1" ? D1_ROWS.map((row) => rows[row]!) : rows;
  },

  identify: ({ puzzle }) => `sudoku:${puzzle}`,

  itemFields: ["puzzle", "solution"],

  itemOf({ puzzle, solution }) {
    if (typeof puzzle !== "string" || !/^[0-4]{16}$/.test(puzzle) || !puzzle.includes("0")) {
      throw new SyntaxError(
        `expected puzzle to be 16 digits, 0 for an empty cell, found ${JSON.stringify(puzzle)}`,
      );
    }
    if (typeof solution !== "string" || !solutions(puzzle).includes(solution)) {
      throw new SyntaxError(
        `expected solution to solve the puzzle ${puzzle}, found ${JSON.stringify(solution)}`,
      );
    }
    return { puzzle, solution };
  },

  prompt: ({ puzzle }, protocol) => prompts[protocol](puzzle),

  demonstrate: ({ solution }) => `<answer>${solution}</answer>`,

  rewards: {
    clean: {
      title: "1 for any solution, else the share of the empty cells as stored, 0 when a given is changed",
      max: 1,
      score: cleanReward,
    },
    cells: {
      title: "share of the empty cells as stored, whatever became of the givens",
      max: 1,
      score: cellsReward,
    },
    d1: {
      title: "d1: share of the empty cells as stored, of the digits between answer tags",
      max: 1,
      score: d1Reward,
    },
  },

  grade(item, text) {
    return Promise.resolve({ strict: strictGrade(item, text), d1: d1Grade(item, text) });
  },

  show: ({ puzzle, solution }) => `Puzzle:\n${grid(puzzle)}\nStored solution:\n${grid(solution)}`,

  showGrade(_item, text, grades) {
    const answer = parseGrid(text);
    return showGrades(text, grades) + (answer === null ? "" : `\n${grid(answer)}`);
  },
};

/** Four rows of four. */
function grid(cells: string): string {
  return cells.replaceAll("0", ".").match(/.{4}/g)!.join("\n");
}
