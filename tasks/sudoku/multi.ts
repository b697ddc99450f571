/**
 * Sudoku 4x4, generated, with several right responses: puzzles with two to four solutions.
 *
 * Splits are made of grids, as those of `sudoku/mini`: every solution of a training puzzle is a training grid, every
 * solution of a test puzzle is a held-out one. Training leaves out d1's test puzzles as well.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkUnflawed } from "../generated/multi.ts";
import { drawsOf, problemHash } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { GRIDS, solutions } from "./grids.ts";
import { realSudoku } from "./mod.ts";
import { HELD_OUT_GRIDS, REAL_PUZZLE_HASHES } from "./real_rows.ts";
import { sudokuExample, type SudokuItem } from "./test_sets.ts";

const CELLS = 16;
const MIN_EMPTY = 8, MAX_EMPTY = 10;
const MIN_SOLUTIONS = 2, MAX_SOLUTIONS = 4;

const heldOut = new Set(HELD_OUT_GRIDS.map((index) => GRIDS[index]!));
const realPuzzles = new Set(REAL_PUZZLE_HASHES);

export const sudokuMulti: Task<SudokuItem> = {
  ...gradedBy(realSudoku, "clean"),
  id: "sudoku/multi",
  title: "Sudoku 4x4, generated, two to four solutions",
  vocabulary: symbolVocabulary,
  promptLength: CELLS,
  responseLength: CELLS,
  testSets: [],
  flawDescription: null,

  generate(split, seed, index) {
    const train = split === "train";
    const draws = drawsOf(train ? Stream.trainExamples : Stream.testExamples, seed, index);
    for (;;) {
      const solution = GRIDS[draws.below(GRIDS.length)]!;
      const emptyCells = MIN_EMPTY + draws.below(MAX_EMPTY - MIN_EMPTY + 1);
      const order = draws.shuffle(Array.from({ length: CELLS }, (_, cell) => cell));
      const empty = new Set(order.slice(0, emptyCells));
      const puzzle = [...solution].map((digit, cell) => empty.has(cell) ? "0" : digit).join("");
      const all = solutions(puzzle);
      if (all.length < MIN_SOLUTIONS || all.length > MAX_SOLUTIONS) continue;
      if (all.some((grid) => heldOut.has(grid) === train)) continue;
      if (train && realPuzzles.has(problemHash(puzzle))) continue;
      return sudokuExample({ puzzle, solution });
    }
  },

  demonstrate({ item: { puzzle } }, flaw, seed, index) {
    checkUnflawed("sudoku/multi", flaw);
    const all = solutions(puzzle);
    return all[drawsOf(Stream.demonstrations, seed, index).below(all.length)]!;
  },
};
