/**
 * Sudoku 4x4, generated: sixteen cells row by row, '0' = empty; the response repeats them solved.
 *
 * Only 288 solved grids exist, so splits are made of grids, not puzzles (SPG, facebookresearch/SPG): generated
 * training puzzles use 200 grids, generated test puzzles and SPG's test set the other 88. Training leaves out
 * d1's test puzzles as well. Generated puzzles have 6 to 10 empty cells and one solution.
 */

import { Stream } from "../../kernels/philox/random.ts";
import { gradedBy } from "../generated/graded_by.ts";
import { checkFlaw, drawsOf, problemHash } from "../generated/splits.ts";
import type { Task } from "../task.ts";
import { symbolVocabulary } from "../generated/vocabulary.ts";
import { GRIDS, solutions } from "./grids.ts";
import { realSudoku } from "./mod.ts";
import { HELD_OUT_GRIDS, REAL_PUZZLE_HASHES } from "./real_rows.ts";
import { sudokuExample, type SudokuItem, sudokuTestSets } from "./test_sets.ts";

const CELLS = 16;
const MIN_EMPTY = 6, MAX_EMPTY = 10;
const LOWER_HALF = 8;

const heldOut = new Set(HELD_OUT_GRIDS);
const testGrids = HELD_OUT_GRIDS.map((index) => GRIDS[index]!);
const trainGrids = GRIDS.filter((_, index) => !heldOut.has(index));
const realPuzzles = new Set(REAL_PUZZLE_HASHES);

export const sudokuMini: Task<SudokuItem> = {
  ...gradedBy(realSudoku, "cells"),
  id: "sudoku/mini",
  title: "Sudoku 4x4, generated",
  vocabulary: symbolVocabulary,
  promptLength: CELLS,
  responseLength: CELLS,
  testSets: sudokuTestSets,

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
};
