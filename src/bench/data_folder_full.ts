/** Test sets from the folder that the environment names. Tests that change it run apart: others read it meanwhile. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openCpu } from "../../kernels/cpu.ts";
import { DATA_VARIABLE, DataIntegrityError, openDataFile } from "../../tasks/data/open.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { GENERATED } from "../suite/names.ts";
import { readRecords } from "../records/folder.ts";
import { loadTestSets } from "./test_sets.ts";
import { smallRun, smallSuite, taskWithTestSet, withDataFolder } from "./testing.ts";

Deno.test("a file is taken from the folder that the environment names, and a folder that is not there is an error", () =>
  withFolder(async (folder) => {
    const { task: { testSets: [set] }, name, bytes } = taskWithTestSet(3);
    await Deno.mkdir(`${folder}/made-up`);
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await withDataFolder(folder, async () => {
      assertEquals(await openDataFile(set!.file, { cache: `${folder}/none` }), bytes);
    });
    await withDataFolder(`${folder}/missing`, async () => {
      await assertRejects(() => openDataFile(set!.file), Deno.errors.NotFound, DATA_VARIABLE);
    });
  }));

const withRows = (rows: "all" | number) =>
  smallSuite(({ evaluation }) => evaluation.final.realPrompts = rows);

const fail = (line: string) => {
  throw new Error(`unexpected: ${line}`);
};

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

Deno.test("a record is graded on a test set that arrives later, without new training", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    const { task, name, bytes } = taskWithTestSet(5);
    const suite = await smallSuite(({ evaluation }) => evaluation.final.realPrompts = "all");
    const run = { suite, folder: `${folder}/results`, tasks: [task] };
    const sets = () =>
      readRecords(run.folder).then(([record]) =>
        record!.outcome.tests.map(({ set, after }) => [set, after.n])
      );
    await withDataFolder(folder, async () => {
      const without = await smallRun(backend, run);
      assertStringIncludes(
        without.said[0]!,
        "made-up is not evaluated: made-up/puzzles.json is not on this",
      );
      assertEquals(await sets(), [["generated", 8], ["generated", 8]]);
      const [before] = without.records!;

      await Deno.mkdir(`${folder}/made-up`);
      await Deno.writeFile(`${folder}/${name}`, bytes);
      const graded = await smallRun(backend, run);
      assertEquals(graded.said, [
        "small/sudoku/mini/bgpo/seed-1.cpu.json: it was not graded on made-up; it runs again",
      ]);
      assertEquals(graded.steps, [], "the checkpoint of the last step is used");
      assertEquals(await sets(), [["generated", 8], ["generated", 8], ["made-up", 5], ["made-up", 5]]);
      const [after] = graded.records!;
      assertEquals(after!.outcome.tests.slice(0, 2), before!.outcome.tests);
      assertEquals(after!.outcome.diagnostics, before!.outcome.diagnostics);

      // A set that can no longer be had takes nothing away from the record.
      await Deno.remove(`${folder}/${name}`);
      const kept = await smallRun(backend, run);
      assertEquals(kept.finished.map(([, reused]) => reused), [true]);
      assertEquals((await sets()).length, 4);
    });
  }));
