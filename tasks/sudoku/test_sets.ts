/** The real Sudoku test sets. */

import { dataFiles } from "../data/files.ts";
import type { Example, RealTestSet } from "../task.ts";
import { GRIDS, solutions } from "./grids.ts";
import { D1_ROWS, HELD_OUT_GRIDS } from "./real_rows.ts";

export interface SudokuItem {
  /** 16 digits row by row, '0' = empty. */
  readonly puzzle: string;
  /** The stored solution; some real puzzles have others as well. */
  readonly solution: string;
}

const heldOut = new Set(HELD_OUT_GRIDS.map((index) => GRIDS[index]!));

/**
 * An example of a puzzle. It is "clean" when its stored solution is a held-out grid. A quarter of d1's puzzles have
 * other solutions as well, which count as correct and may be grids seen in training.
 */
export function sudokuExample(item: SudokuItem): Example<SudokuItem> {
  const clean = heldOut.has(item.solution);
  return { id: `sudoku:${item.puzzle}`, prompt: item.puzzle, item, tags: clean ? ["clean"] : [] };
}

/** Rows `Puzzle,Solution` below that header. @throws SyntaxError naming the line that differs */
export function readPuzzles(bytes: Uint8Array): SudokuItem[] {
  const [header, ...lines] = new TextDecoder().decode(bytes).trimEnd().split(/\r?\n/);
  if (header !== "Puzzle,Solution") {
    throw new SyntaxError(`expected the header "Puzzle,Solution", found ${JSON.stringify(header)}`);
  }
  return lines.map((line, index) => {
    const row = /^([0-4]{16}),([1-4]{16})$/.exec(line);
    if (!row || !solutions(row[1]!).includes(row[2]!)) {
      throw new SyntaxError(
        `line ${index + 2}: expected a puzzle of 16 digits, a comma and a solution of it, ` +
          `found ${JSON.stringify(line.slice(0, 80))}`,
      );
    }
    return { puzzle: row[1]!, solution: row[2]! };
  });
}

export const sudokuTestSets: readonly RealTestSet<SudokuItem>[] = [
  {
    id: "sudoku-d1",
    title: "Sudoku 4x4, d1's 256 test puzzles",
    file: dataFiles.sudokuD1,
    load(bytes) {
      const puzzles = readPuzzles(bytes);
      return D1_ROWS.map((row) => sudokuExample(puzzles[row]!));
    },
  },
  {
    id: "sudoku-spg",
    title: "Sudoku 4x4, SPG's 256 test puzzles on held-out grids",
    file: dataFiles.sudokuSpg,
    load: (bytes) => readPuzzles(bytes).map(sudokuExample),
  },
];
