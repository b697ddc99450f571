import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkFlawRate, checkGenerator, fuzzTask } from "../testing/testing.ts";
import { GRIDS, mistake, solutions } from "./grids.ts";
import { sudokuMini } from "./mini.ts";
import { HELD_OUT_GRIDS } from "./real_rows.ts";
import { readPuzzles, sudokuExample } from "./test_sets.ts";

const EMPTY = "0".repeat(16);

Deno.test("sudoku: the 288 grids are different, sorted and obey the rules", () => {
  assertEquals(GRIDS.length, 288);
  assertEquals([...new Set(GRIDS)].sort(), GRIDS);
  for (const grid of GRIDS) {
    const digits = (cells: number[]) => cells.map((cell) => grid[cell]).sort().join("");
    for (let i = 0; i < 4; i++) {
      const box = (i >> 1) * 8 + (i & 1) * 2;
      assertEquals(digits([4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]), "1234");
      assertEquals(digits([i, i + 4, i + 8, i + 12]), "1234");
      assertEquals(digits([box, box + 1, box + 4, box + 5]), "1234");
    }
  }
});

Deno.test("sudoku: the rules accept exactly the enumerated grids", () => {
  const grids = new Set(GRIDS);
  for (const grid of GRIDS) assertEquals(mistake(EMPTY, grid), null);
  // Every change of one or two cells of a grid.
  for (const grid of GRIDS.slice(0, 20)) {
    for (let a = 0; a < 16; a++) {
      for (let b = a; b < 16; b++) {
        const cells = [...grid];
        cells[a] = String(1 + Number(cells[a]) % 4);
        cells[b] = String(1 + (Number(cells[b]) + 1) % 4);
        const changed = cells.join("");
        assertEquals(mistake(EMPTY, changed) === null, grids.has(changed), changed);
      }
    }
  }
});

Deno.test("sudoku: generated puzzles have 6 to 10 empty cells, one solution, and a grid of their split", () => {
  const heldOut = new Set(HELD_OUT_GRIDS.map((index) => GRIDS[index]!));
  assertEquals(heldOut.size, 88);
  for (const split of ["train", "test"] as const) {
    const emptyCounts = new Set<number>(), grids = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { item: { puzzle, solution }, tags } = sudokuMini.generate(split, 1, index);
      assertEquals(solutions(puzzle), [solution]);
      assertEquals(heldOut.has(solution), split === "test");
      assertEquals(tags, split === "test" ? ["clean"] : []);
      emptyCounts.add(puzzle.split("0").length - 1);
      grids.add(solution);
    }
    assertEquals([...emptyCounts].sort((a, b) => a - b), [6, 7, 8, 9, 10]);
    assertEquals(grids.size, split === "test" ? 88 : 200);
  }
});

Deno.test("sudoku/mini: the generator keeps its promises", () => checkGenerator(sudokuMini, 10_000));

Deno.test("sudoku/mini: flawed demonstrations come at the stated rate and swap 3 and 4 below", async () => {
  await checkFlawRate(sudokuMini, { flaw: 0.8 });
  const example = sudokuExample({ puzzle: "0310200404001043", solution: "4312213434211243" });
  assertEquals(sudokuMini.demonstrate(example, 1, 1, 0), "4312213444211243");
  assertThrows(() => sudokuMini.demonstrate(example, 1.5, 1, 0), RangeError);
});

Deno.test("sudoku/mini: random texts never throw", async () => {
  const pieces = [
    ..."01234,[] \n|",
    ..."12345",
    "43122134",
    "34211243",
    "<answer>",
    "</answer>",
    "<|eot_id|>",
  ];
  await fuzzTask(sudokuMini, pieces);
});

Deno.test("sudoku: a file that is not as stated is refused by line", () => {
  const read = (text: string) => readPuzzles(new TextEncoder().encode(text));
  assertEquals(read("Puzzle,Solution\n0310200404001043,4312213434211243\n").length, 1);
  assertThrows(() => read("puzzle,solution\n"), SyntaxError, "header");
  assertThrows(() => read("Puzzle,Solution\n0310200404001043,431221343421124\n"), SyntaxError, "line 2");
  assertThrows(
    () => read("Puzzle,Solution\n0310200404001043,1234341221434321\n"),
    SyntaxError,
    "a solution of it",
  );
});

Deno.test("sudoku: clean means that the stored solution is held out", () => {
  const heldOut = new Set(HELD_OUT_GRIDS);
  const isClean = (puzzle: string, solution: string) =>
    sudokuExample({ puzzle, solution }).tags.includes("clean");
  assert(isClean(EMPTY, GRIDS[HELD_OUT_GRIDS[0]!]!));
  GRIDS.forEach((grid, index) => assertEquals(isClean(grid, grid), heldOut.has(index)));
  assert(HELD_OUT_GRIDS.every((index) => GRIDS[index] !== undefined));
});
