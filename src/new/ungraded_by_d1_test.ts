/** A task that the d1 papers never had, from training to its pages, beside one that they have. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { backendTest } from "../../kernels/testing.ts";
import type { Task } from "../../tasks/task.ts";
import { baseModel } from "../bench/base_models.ts";
import { baseScores } from "../bench/base_scores.ts";
import { runCell } from "../bench/cell.ts";
import { cellOf } from "../bench/cell_spec.ts";
import { writeFinishedCell } from "../bench/executor.ts";
import { exampleRecord } from "../bench/testing.ts";
import { loadTestSets } from "../bench/test_sets.ts";
import { madeUpApp } from "../dashboard/testing/testing.ts";
import { withFolder } from "../files/testing.ts";
import { leaderboardOf } from "../leaderboard/board.ts";
import { writeLeaderboard } from "../leaderboard/files.ts";
import { detailsMarkdown } from "../leaderboard/markdown.ts";
import { objectiveById } from "../objectives/registry.ts";
import { readRecords, writeRecord } from "../records/folder.ts";
import { type BenchRecord, SCHEMA, trainingIdentity } from "../records/record.ts";
import { parseSuite } from "../suite/suite.ts";
import { reversalMini } from "./reversal/mini.ts";

/** Under the id of a task that the registry has: records name its code. */
const task = { ...reversalMini, id: "countdown/mini" } as Task;

const text = (await Deno.readTextFile("src/new/reversal/suite.yaml")).replaceAll("reversal/mini", task.id);
const suite = parseSuite(
  text.replace("rollouts: 40", "rollouts: 4").replace("steps: 600", "steps: 100").replace(
    "prompts: 256",
    "prompts: 32",
  ),
  "suite.yaml",
);

backendTest(
  "a task without a grade of d1 is trained, recorded, ranked and shown; one with it keeps its own",
  (backend) =>
    withFolder(async (folder) => {
      const signal = new AbortController().signal, cache = `${folder}/.cache`, warn = () => {};
      const base = await baseModel(backend, { suite, task, seed: 1 }, cache, {
        report: () => {},
        warn,
        signal,
      });
      const sets = (await loadTestSets(suite, [task], warn)).get(task.id)!;
      const before = await baseScores(backend, { suite, task, base, sets }, cache);
      const spec = { suite, task, objective: objectiveById("bgpo"), seed: 1 };
      const cell = await cellOf(spec, backend, "two-pass", sets);
      const { outcome, cost, seconds, samples, steps } = await runCell({
        spec,
        identity: trainingIdentity(cell),
        backend,
        base: base.tensors,
        sets,
        before,
        mode: "two-pass",
        folder: `${folder}/.work`,
        onStep: () => {},
        warn,
        signal,
      });
      assertEquals(outcome.tests.map(({ decoding }) => decoding), ["greedy", "sampled"]);
      assert(!`${JSON.stringify(outcome.tests)}${samples}`.includes("d1"), "no number of d1 is recorded");
      assertStringIncludes(samples, '"strict":{');

      const other = exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 1 });
      const record: BenchRecord = {
        schema: SCHEMA,
        cell,
        outcome,
        cost,
        run: { ...other.run, seconds: { base: 0, ...seconds } },
      };
      const { suite: of, setting, backend: kind } = cell;
      await writeFinishedCell(folder, { record, samples, steps }, { texts: true });
      await writeRecord(folder, { ...other, cell: { ...other.cell, suite: of, setting, backend: kind } });
      const records = await readRecords(folder);
      assertEquals(records[0], record, "what is read is what was written");

      const board = leaderboardOf(records), [section] = board.sections;
      assertEquals(board.sections.length, 1);
      assertEquals(section!.tasks, ["countdown/mini", "sudoku/mini"]);
      const ranked = (mode: string) => section!.rankings.find((each) => each.mode === mode)!;
      assertEquals(ranked("strict").tasks, ["countdown/mini", "sudoku/mini"]);
      assertEquals(ranked("d1").tasks, ["sudoku/mini"], "there is nothing to rank the other by");
      for (const { rows } of section!.rankings) assert(rows.every(({ aggregate }) => aggregate !== null));
      const modes = (id: string) =>
        new Set(section!.results.filter((each) => each.task === id).map(({ mode }) => mode));
      assertEquals([...modes("countdown/mini")], ["strict"]);
      assertEquals([...modes("sudoku/mini")], ["strict", "d1"]);
      const d1Of = (task: string) => {
        const lines = detailsMarkdown(board).split("\n");
        const at = lines.findIndex((line) => line.startsWith(`### ${task}, generated puzzles, sampled`));
        const [head, , row] = lines.slice(at + 2).map((line) =>
          line.split(" | ").map((field) => field.trim())
        );
        return row![head!.findIndex((field) => field.startsWith("d1"))];
      };
      assertEquals(d1Of("countdown/mini"), "\u2013");
      assertStringIncludes(d1Of("sudoku/mini")!, "[");

      await writeLeaderboard(folder, records);
      const app = madeUpApp(folder);
      const page = async (path: string) => {
        const response = await app.request(path);
        assertEquals(response.status, 200, path);
        return await response.text();
      };
      const address = `reversal.countdown.mini.bgpo.1.${kind}`;
      const shown = await page(`/cells/${address}.html`);
      assertStringIncludes(shown, "Base, d1");
      const [scores] = /Base, d1[^]*?<\/table>/.exec(shown)!;
      assertEquals(scores.match(/>–</g)?.length, 4, "a dash for each number of d1, in two rows");
      assert(!(await page(`/cells/${address}/generated.greedy.html`)).includes("d1 papers"));
      assertStringIncludes(await page("/tasks/countdown.mini.html"), "in the mode strict");
      assertStringIncludes(await page("/tasks/sudoku.mini.html"), "in the modes strict and d1");
    }),
);
