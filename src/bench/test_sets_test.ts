import { assert, assertEquals } from "@std/assert";
import { dataFiles } from "../../tasks/data/files.ts";
import { GENERATED } from "../suite/names.ts";
import { allTasks, taskById } from "../../tasks/registry.ts";
import { realFileTest } from "../../tasks/testing/testing.ts";
import { loadTestSets } from "./test_sets.ts";
import { smallSuite } from "./testing.ts";

const withRows = (rows: "all" | number) =>
  smallSuite(({ evaluation }) => evaluation.final.realPrompts = rows);

const fail = (line: string) => {
  throw new Error(`unexpected: ${line}`);
};

Deno.test("the generated set has so many puzzles of the test split, the same for every model", async () => {
  const suite = await withRows(0);
  const sets = await loadTestSets(suite, allTasks, fail);
  assertEquals([...sets.keys()], allTasks.map(({ id }) => id));
  for (const task of allTasks) {
    const [generated, ...others] = sets.get(task.id)!;
    assertEquals(others, [], "no file is looked for");
    assertEquals([generated!.id, generated!.responseLength], [GENERATED, task.responseLength]);
    const expected = Array.from(
      { length: 8 },
      (_, index) => task.generate("test", suite.evaluation.seed, index),
    );
    assertEquals(generated!.examples, expected);
    const training = new Set(Array.from({ length: 500 }, (_, index) => task.generate("train", 1, index).id));
    assert(!expected.some(({ id }) => training.has(id)));
  }
});

for (
  const [task, file, id] of [
    ["sudoku/mini", dataFiles.sudokuD1, "sudoku-d1"],
    ["sudoku/mini", dataFiles.sudokuSpg, "sudoku-spg"],
    ["countdown/mini", dataFiles.countdownD1, "countdown-d1"],
  ] as const
) {
  await realFileTest(`the real set ${id} has 256 examples`, file, async () => {
    const lines: string[] = [];
    const sets = await loadTestSets(await withRows("all"), [taskById(task)], (line) => lines.push(line));
    const found = sets.get(task)!.find((set) => set.id === id);
    assertEquals(found?.examples.length, 256, lines.join("\n"));
  });
}
