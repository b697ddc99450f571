import { assert, assertEquals, assertFalse } from "@std/assert";
import { dataFiles } from "../data/files.ts";
import { problemHash } from "../generated/splits.ts";
import { realFileTest } from "../testing/testing.ts";
import { GRIDS } from "./grids.ts";
import { sudokuMini } from "./mini.ts";
import { D1_ROWS, HELD_OUT_GRIDS, REAL_PUZZLE_HASHES } from "./real_rows.ts";
import { strictGrade } from "./strict.ts";
import { readPuzzles } from "./test_sets.ts";

const [d1, spg] = sudokuMini.testSets;
const SAMPLES = 20_000;

Deno.test("sudoku: no generated training puzzle has the hash of a real test puzzle", () => {
  const real = new Set(REAL_PUZZLE_HASHES);
  for (let index = 0; index < SAMPLES; index++) {
    assertFalse(real.has(problemHash(sudokuMini.generate("train", 3, index).item.puzzle)));
  }
});

Deno.test("sudoku: d1 evaluates 256 different rows of 500", () => {
  assertEquals(new Set(D1_ROWS).size, 256);
  assert(D1_ROWS.every((row) => Number.isInteger(row) && row >= 0 && row < dataFiles.sudokuD1.rows));
});

await realFileTest("sudoku: the held-out grids are those of SPG's file", dataFiles.sudokuSpg, (bytes) => {
  const indices = new Set(readPuzzles(bytes).map(({ solution }) => GRIDS.indexOf(solution)));
  assertEquals([...indices].sort((a, b) => a - b), HELD_OUT_GRIDS);
});

await realFileTest("sudoku: the hashes are those of d1's 500 puzzles", dataFiles.sudokuD1, (bytes) => {
  const hashes = readPuzzles(bytes).map(({ puzzle }) => problemHash(puzzle));
  assertEquals(hashes.sort((a, b) => a - b), REAL_PUZZLE_HASHES);
});

await realFileTest("sudoku: d1's test set, its order, its clean rows", dataFiles.sudokuD1, (bytes) => {
  const examples = d1!.load(bytes);
  assertEquals(examples.length, 256);
  assertEquals(examples[0]!.prompt, readPuzzles(bytes)[361]!.puzzle);
  assertEquals(examples.filter(({ tags }) => tags.includes("clean")).length, 81);
  for (const example of examples) {
    const verdict = strictGrade(example.item, example.item.solution);
    assert(verdict.correct);
    assertEquals(verdict.measures["cells"], { count: 8, total: 8 });
    assertEquals(sudokuMini.vocabulary.encode(example.prompt).length, sudokuMini.promptLength);
  }
});

await realFileTest("sudoku: SPG's test set, all of it clean", dataFiles.sudokuSpg, (bytes) => {
  const examples = spg!.load(bytes);
  assertEquals(examples.length, 256);
  for (const example of examples) {
    assertEquals(example.tags, ["clean"]);
    assert(strictGrade(example.item, example.item.solution).correct);
  }
});

for (const set of sudokuMini.testSets) {
  await realFileTest(`sudoku: no generated training puzzle is in ${set.id}`, set.file, (bytes) => {
    const real = new Set(readPuzzles(bytes).map(({ puzzle }) => puzzle));
    for (let index = 0; index < SAMPLES; index++) {
      assertFalse(real.has(sudokuMini.generate("train", 3, index).item.puzzle));
    }
  });
}
