import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator, fuzzTask, judged } from "../testing/testing.ts";
import { problemHash } from "../generated/splits.ts";
import { GRIDS, solutions } from "./grids.ts";
import { sudokuMulti } from "./multi.ts";
import { HELD_OUT_GRIDS, REAL_PUZZLE_HASHES } from "./real_rows.ts";
import { sudokuExample } from "./test_sets.ts";

Deno.test("sudoku/multi: every solution of a puzzle is shown, in equal shares, and earns everything", async () => {
  const example = sudokuExample({ puzzle: "0200002040322304", solution: "1243342141322314" });
  const all = ["1243342141322314", "3241142341322314"];
  checkForms(sudokuMulti, example, all);
  for (const solution of all) {
    const { reward, strict } = await judged(sudokuMulti, example, solution);
    assertEquals([reward, strict.correct], [1, true]);
  }
  // A mixture of the two: one cell of each.
  const mixed = await judged(sudokuMulti, example, "1241342341322314");
  assert(!mixed.strict.correct && mixed.reward < 1);
});

Deno.test("sudoku/multi: puzzles have two to four solutions, all of them grids of their split", () => {
  const heldOut = new Set(HELD_OUT_GRIDS.map((index) => GRIDS[index]!)), real = new Set(REAL_PUZZLE_HASHES);
  for (const split of ["train", "test"] as const) {
    const emptyCounts = new Set<number>(), counts = new Set<number>();
    for (let index = 0; index < 2000; index++) {
      const { item: { puzzle, solution } } = sudokuMulti.generate(split, 1, index);
      const all = solutions(puzzle);
      assert(all.includes(solution));
      for (const grid of all) assertEquals(heldOut.has(grid), split === "test");
      if (split === "train") assert(!real.has(problemHash(puzzle)));
      emptyCounts.add(puzzle.split("0").length - 1);
      counts.add(all.length);
    }
    assertEquals([...emptyCounts].sort((a, b) => a - b), [8, 9, 10]);
    assertEquals([...counts].sort(), [2, 3, 4]);
  }
});

Deno.test("sudoku/multi: the generator keeps its promises", () => checkGenerator(sudokuMulti, 3000));

Deno.test("sudoku/multi: random texts never throw", () =>
  fuzzTask(sudokuMulti, [..."01234,[] \n|", ..."12345", "43122134", "34211243", "<answer>", "</answer>"]));
