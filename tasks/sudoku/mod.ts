/**
 * Sudoku 4x4: sixteen cells row by row, '0' = empty; the response repeats them solved.
 *
 * Only 288 solved grids exist, so splits are made of grids, not puzzles (SPG, facebookresearch/SPG): generated
 * training puzzles use 200 grids, generated test puzzles and SPG's test set the other 88. Training leaves out
 * d1's test puzzles as well. Generated puzzles have 6 to 10 empty cells and one solution.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { checkFlaw, drawsOf, problemHash } from "../splits.ts";
import type { Count, Task } from "../task.ts";
import { symbolVocabulary } from "../vocabulary.ts";
import { parseGrid } from "./answer.ts";
import { GRIDS, mistake, solutions } from "./grids.ts";
import { HELD_OUT_GRIDS, REAL_PUZZLE_HASHES } from "./real_rows.ts";
import { sudokuExample, type SudokuItem, sudokuTestSets } from "./test_sets.ts";

const CELLS = 16;
const MIN_EMPTY = 6, MAX_EMPTY = 10;
const LOWER_HALF = 8;

const heldOut = new Set(HELD_OUT_GRIDS);
const testGrids = HELD_OUT_GRIDS.map((index) => GRIDS[index]!);
const trainGrids = GRIDS.filter((_, index) => !heldOut.has(index));
const realPuzzles = new Set(REAL_PUZZLE_HASHES);

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

export const sudoku: Task<SudokuItem> = {
  id: "sudoku",
  title: "Sudoku 4x4",
  vocabulary: symbolVocabulary,
  promptLength: CELLS,
  responseLength: CELLS,
  testSets: sudokuTestSets,
  parse: parseGrid,

  generate(split, seed, index) {
    const train = split === "train";
    const grids = train ? trainGrids : testGrids;
    const draws = drawsOf(train ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const solution = grids[draws.below(grids.length)]!;
      const emptyCells = MIN_EMPTY + draws.below(MAX_EMPTY - MIN_EMPTY + 1);
      const order = draws.shuffle(Array.from({ length: CELLS }, (_, cell) => cell));
      const empty = new Set(order.slice(0, emptyCells));
      const puzzle = [...solution].map((digit, cell) => empty.has(cell) ? "0" : digit).join("");
      if (train && realPuzzles.has(problemHash(puzzle))) continue;
      if (solutions(puzzle).length === 1) return sudokuExample({ puzzle, solution });
    }
  },

  flawDescription: "3 and 4 swapped in the empty cells of the lower half (one coin per demonstration)",

  demonstrate({ item: { puzzle, solution } }, flaw, seed, index) {
    checkFlaw(flaw);
    if (drawsOf(Stream.demonstrations, seed, index).uniform() >= flaw) return solution;
    const swapped: Record<string, string> = { "3": "4", "4": "3" };
    return [...solution].map((digit, cell) =>
      cell >= LOWER_HALF && puzzle[cell] === "0" ? swapped[digit] ?? digit : digit
    ).join("");
  },

  /** Share of the originally empty cells that equal the stored solution, as in d1; 0 without an answer. */
  reward({ item }, response) {
    const { count, total } = emptyCellsRight(item, sudoku.parse(response));
    return count / total;
  },

  /**
   * Correct: any solution of the puzzle, givens kept. The measure `cells` is d1's score: the stored solution's
   * digits among the originally empty cells. It differs from d1's where d1 pads or cuts an answer that has not
   * sixteen cells; here that is no answer.
   */
  grade({ item }, response) {
    const answer = sudoku.parse(response);
    const problem = answer === null ? "no answer of sixteen cells" : mistake(item.puzzle, answer);
    const solved = answer === item.solution ? "solved" : "solved, otherwise than the stored solution";
    return {
      correct: problem === null,
      answer,
      reason: problem ?? solved,
      measures: { cells: emptyCellsRight(item, answer) },
    };
  },
};
