/** Sudoku 4x4 by the rules: the strict grade, and the reward of its partial answers. */

import type { Count, Grade } from "../verdict.ts";
import { parseGrid } from "./answer.ts";
import { mistake } from "./grids.ts";
import type { SudokuItem } from "./test_sets.ts";

const CELLS = 16;

/** Originally empty cells that hold the stored solution's digit, and how many there are. */
function emptyCellsRight({ puzzle, solution }: SudokuItem, answer: string | null): Count {
  let count = 0, total = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    if (puzzle[cell] !== "0") continue;
    total++;
    if (answer?.[cell] === solution[cell]) count++;
  }
  return { count, total };
}

/**
 * Correct: any solution of the puzzle, givens kept. The measure `cells` is d1's score: the stored solution's digits
 * among the originally empty cells. It differs from d1's where d1 pads or cuts an answer that has not sixteen cells;
 * here that is no answer.
 */
export function strictGrade(item: SudokuItem, response: string): Grade {
  const answer = parseGrid(response);
  const problem = answer === null ? "no answer of sixteen cells" : mistake(item.puzzle, answer);
  const solved = answer === item.solution ? "solved" : "solved, otherwise than the stored solution";
  return {
    correct: problem === null,
    answer,
    reason: problem ?? solved,
    measures: { cells: emptyCellsRight(item, answer) },
  };
}

/** Share of the empty cells as stored, whatever became of the givens. */
export function cellsReward(item: SudokuItem, response: string): number {
  const { count, total } = emptyCellsRight(item, parseGrid(response));
  return count / total;
}

/** 1 for any solution, else the share of the empty cells as stored, but nothing when a given is changed. */
export function cleanReward(item: SudokuItem, response: string): number {
  const { correct, answer, measures } = strictGrade(item, response);
  if (correct) return 1;
  const changed = [...answer ?? ""].some((digit, cell) => !["0", digit].includes(item.puzzle[cell]!));
  const { count, total } = measures["cells"]!;
  return answer === null || changed ? 0 : count / total;
}
