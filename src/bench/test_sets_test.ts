import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dataFiles, DataIntegrityError } from "../../tasks/data.ts";
import { allTasks, taskById } from "../../tasks/registry.ts";
import { realFileTest } from "../../tasks/testing.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { GENERATED } from "./record.ts";
import { loadTestSets } from "./test_sets.ts";
import { smallSuite, taskWithTestSet, withDataFolder } from "./testing.ts";

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

Deno.test("a real test set is graded whole, or its first rows", () =>
  withFolder(async (folder) => {
    const { task, name, bytes } = taskWithTestSet(7);
    await Deno.mkdir(`${folder}/made-up`);
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await withDataFolder(folder, async () => {
      for (const [rows, expected] of [["all", 7], [3, 3], [100, 7]] as const) {
        const [, real] = (await loadTestSets(await withRows(rows), [task], fail)).get(task.id)!;
        assertEquals([real!.id, real!.examples.length], ["made-up", expected]);
        assertEquals(real!.responseLength, task.responseLength);
      }
    });
  }));

Deno.test("a set that cannot be had is left out, with one line each and one that says what to do", () =>
  withFolder((folder) =>
    withDataFolder(folder, async () => {
      const { task } = taskWithTestSet(7);
      const twice = { ...task, testSets: [task.testSets[0]!, { ...task.testSets[0]!, id: "another" }] };
      const lines: string[] = [];
      const sets = await loadTestSets(await withRows("all"), [twice], (line) => lines.push(line));
      assertEquals(sets.get(task.id)!.map(({ id }) => id), [GENERATED]);
      assertEquals(lines.length, 3);
      const reason = "made-up/puzzles.json is not on this machine and could not be downloaded (";
      assertStringIncludes(lines[0]!, `another is not evaluated: ${reason}`);
      assertStringIncludes(lines[1]!, `made-up is not evaluated: ${reason}`);
      assertEquals(
        lines[2],
        "to provide files by hand, set DLLM_BENCH_DATA to a folder that holds them under these names",
      );
      assert(lines.every((line) => !/\n|--allow|https/.test(line)), lines.join("\n"));
    })
  ));

Deno.test("wrong bytes are refused with both hashes", () =>
  withFolder(async (folder) => {
    const { task, name, bytes } = taskWithTestSet(7);
    const wrong = bytes.slice(1);
    await Deno.mkdir(`${folder}/made-up`);
    await Deno.writeFile(`${folder}/${name}`, wrong);
    await withDataFolder(folder, async () => {
      const suite = await withRows("all");
      const { message } = await assertRejects(() => loadTestSets(suite, [task], fail), DataIntegrityError);
      assertStringIncludes(message, `${folder}/${name}: expected SHA-256 ${sha256(bytes)}`);
      assertStringIncludes(message, `found ${sha256(wrong)}`);
    });
  }));

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
