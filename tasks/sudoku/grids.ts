/** The 288 solved 4x4 grids, and what follows from having all of them. A grid is 16 digits, row by row. */

const SIZE = 4;

/** Whether two different cells share a row, a column or a 2x2 box. */
function conflict(a: number, b: number): boolean {
  const rowA = a >> 2, rowB = b >> 2, columnA = a & 3, columnB = b & 3;
  const sameBox = rowA >> 1 === rowB >> 1 && columnA >> 1 === columnB >> 1;
  return a !== b && (rowA === rowB || columnA === columnB || sameBox);
}

function extend(grid: readonly number[], out: string[]): void {
  const cell = grid.length;
  if (cell === SIZE * SIZE) {
    out.push(grid.join(""));
    return;
  }
  for (let digit = 1; digit <= SIZE; digit++) {
    if (grid.every((other, at) => other !== digit || !conflict(at, cell))) extend([...grid, digit], out);
  }
}

function enumerate(): string[] {
  const grids: string[] = [];
  extend([], grids);
  return grids;
}

/** All solved grids, sorted; positions in this list are stable. */
export const GRIDS: readonly string[] = enumerate();

/** Whether a grid has the puzzle's digit in every given cell ('0' = empty). */
function agrees(grid: string, puzzle: string): boolean {
  for (let cell = 0; cell < puzzle.length; cell++) {
    if (puzzle[cell] !== "0" && puzzle[cell] !== grid[cell]) return false;
  }
  return true;
}

/** Every solution of a puzzle of 16 digits, '0' = empty. */
export function solutions(puzzle: string): string[] {
  return GRIDS.filter((grid) => agrees(grid, puzzle));
}

/** Why 16 digits are not a solution of the puzzle, or null when they are one. */
export function mistake(puzzle: string, answer: string): string | null {
  const place = (cell: number) => `row ${(cell >> 2) + 1}, column ${(cell & 3) + 1}`;
  for (let cell = 0; cell < answer.length; cell++) {
    if (puzzle[cell] !== "0" && puzzle[cell] !== answer[cell]) return `changes the given at ${place(cell)}`;
  }
  const empty = answer.indexOf("0");
  if (empty >= 0) return `leaves ${place(empty)} empty`;
  for (let cell = 0; cell < answer.length; cell++) {
    for (let other = cell + 1; other < answer.length; other++) {
      if (answer[cell] === answer[other] && conflict(cell, other)) {
        return `${answer[cell]} at ${place(cell)} and at ${place(other)}`;
      }
    }
  }
  return null;
}
