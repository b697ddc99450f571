/** A new task in a copy of the repository: from nothing to its pages, with the tests and checks of a finished one. */

import { assert, assertEquals } from "@std/assert";
import { readRecords } from "../records/folder.ts";
import { copyRepository, withFolder } from "../files/testing.ts";
import { COPIED, runLines } from "./testing.ts";

/** As long as an id may be, and before every other name. */
const ID = "a-new-task-of-thirty-two-letters";

Deno.test("a new task is tested, checked, learnt and shown as it is", () =>
  withFolder(async (root) => {
    await copyRepository(root, COPIED);
    const said = await runLines(root, `deno task new task ${ID}`);
    const [tests, bench] = [/^now: (.*)$/m, /^then: (.*)$/m].map((line) => line.exec(said)![1]!);
    const tested = await runLines(root, `${tests}\ndeno task check\ndeno task lint\ndeno fmt --check`);
    assert(new RegExp(`${ID}/mini: the generator keeps its promises .* ok`).test(tested), tested);
    const started = performance.now();
    await runLines(root, `${bench} --backend cpu`);
    assert(performance.now() - started < 120_000, "a trial takes seconds, on a busy machine too");

    const records = await readRecords(`${root}/runs/${ID}`);
    assertEquals(records.map(({ cell }) => [cell.task, cell.objective]), [
      [`${ID}/mini`, "bgpo"],
      [`${ID}/mini`, "reinforce-elbo"],
    ]);
    for (const record of records) {
      assert(!JSON.stringify(record.outcome.tests).includes('"d1"'), "the d1 papers never had it");
      for (const { before, after } of record.outcome.tests) {
        assert(after.strict.correct > before.strict.correct + 0.2 * after.n, "a small model learns it");
      }
    }
    const table = await Deno.readTextFile(`${root}/runs/${ID}/LEADERBOARD.md`);
    for (const row of ["base", "bgpo", "reinforce-elbo"]) {
      assert(
        new RegExp(`^\\| ${row}( models [^|]*)? +\\|.*\\d`, "m").test(table),
        `no row of ${row} in\n${table}`,
      );
    }
    const again = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "new", "task", ID],
      cwd: root,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(again.code, 1);
    assertEquals(
      new TextDecoder().decode(again.stderr).trim(),
      `error: tasks/${ID} exists: choose another id, or move it away`,
    );
  }));
