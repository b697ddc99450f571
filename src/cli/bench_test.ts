/** `bench` from the command line: a whole run, and one that is killed. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RealTestSet } from "../../tasks/task.ts";
import { readRecords } from "../records/folder.ts";
import { validateRecord } from "../records/record.ts";
import { taskById } from "../../tasks/registry.ts";
import { loadSuite, SUITE_IDS } from "../suite/suite.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { leaderboardOf } from "../leaderboard/board.ts";
import { leaderboardMarkdown } from "../leaderboard/markdown.ts";
import { outputsOf, smallSuite } from "../bench/testing.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { exists, jsonLines, runCommand, startCommand, succeed } from "./testing.ts";

const CELL = ["--task", "sudoku/mini", "--objective", "bgpo"];

Deno.test("a whole run of the smoke suite: record, leaderboard, and JSON lines that all parse", () =>
  withFolder(async (out) => {
    const args = ["--suite", "smoke", ...CELL, "--out", out, "--json", "--backend", "webgpu"];
    const { stdout, stderr } = await succeed("bench", args, { offline: true });
    assertEquals(stderr, "");
    const events = jsonLines(stdout);
    const kinds = events.map(({ event }) => event);
    assertEquals([kinds[0], kinds.at(-2), kinds.at(-1)], ["start", "done", "leaderboard"]);
    assertEquals(kinds.filter((kind) => kind === "cell").length, 1);
    assert(kinds.includes("progress"));
    assertEquals((events[0]!.device as { backend: string }).backend, "webgpu");

    const record = validateRecord(
      JSON.parse(await Deno.readTextFile(`${out}/smoke/sudoku/mini/bgpo/seed-1.webgpu.json`)),
    );
    assertEquals(record.outcome.budget.steps, 4);
    const graded = record.outcome.tests.map(({ set }) => set);
    assertEquals(graded.slice(0, 2), ["generated", "generated"]);
    // Real test sets are graded where their files are, and are named where they are not.
    const notes = events.filter(({ event }) => event === "note").map(({ text }) => String(text));
    for (const { id } of taskById("sudoku/mini").testSets) {
      const named = notes.some((text) => text.startsWith(`${id} is not evaluated: `));
      assertEquals(named, !graded.includes(id), notes.join("\n"));
    }

    const board = leaderboardOf(await readRecords(out));
    assertEquals(await Deno.readTextFile(`${out}/leaderboard.json`), canonicalJson(board));
    assertEquals(await Deno.readTextFile(`${out}/LEADERBOARD.md`), leaderboardMarkdown(board));
    assertEquals(events.at(-1)!.leaderboard, JSON.parse(canonicalJson(board)));

    const list = await succeed("bench", ["--suite", "smoke", ...CELL, "--out", out, "--list"]);
    assertStringIncludes(list.stdout, `suites: ${SUITE_IDS.join(", ")}\n`);
    assertStringIncludes(
      list.stdout,
      "  sudoku/mini  Sudoku 4x4, generated; staged; 16 + 16 tokens in 4 steps\n",
    );
    assertStringIncludes(list.stdout, "2 x 1 updates per rollout; samples 2 (paper 16), ");
    assertStringIncludes(
      list.stdout,
      `  sudoku/mini  bgpo  4 rollouts; 1 made on webgpu\n1 record in ${out}: 1 made by this code, ` +
        "0 confirmed for it, 0 stale; 0 missing",
    );
    const [listed] = jsonLines(
      (await succeed("bench", ["--suite", "smoke", "--seeds", "2", "--out", out, "--list", "--json"])).stdout,
    );
    const cells = listed!.cells as { records: unknown[] }[];
    assertEquals(cells.length, Object.keys((await loadSuite("smoke")).tasks).length * OBJECTIVES.length);
    assertEquals(cells.filter(({ records }) => records.length > 0), [
      {
        task: "sudoku/mini",
        objective: "bgpo",
        rollouts: 4,
        records: [{ seed: 1, backend: "webgpu", state: "made", why: null }],
        missing: [2],
      } as typeof cells[number],
    ]);
    const missing = 2 * cells.length - 1;
    assertEquals(listed!.records, { made: 1, confirmed: 0, stale: 0, missing });
  }));

Deno.test("a run killed in training continues, to the same bytes as an uninterrupted one", () =>
  withFolder(async (root) => {
    // A file's YAML may be JSON. So long that a kill after the first checkpoint hits the training.
    const suite = `${root}/small.yaml`;
    await Deno.writeTextFile(
      suite,
      JSON.stringify(await smallSuite(({ rl }) => rl.budget = { rollouts: 20 })),
    );
    const args = (name: string) => [
      ...["--suite", suite, ...CELL, "--backend", "cpu", "--out", `${root}/${name}`],
    ];
    await succeed("bench", args("first"));
    const expected = await outputsOf(`${root}/first`);
    assertEquals(
      Object.keys(expected).length,
      8,
      "a record, samples, steps, two model files, three of the leaderboard",
    );

    const checkpoints = `${root}/killed/.work/small/sudoku/mini/bgpo/seed-1.cpu/checkpoints`;
    const killed = startCommand("bench", args("killed"));
    await killed.until(() => exists(`${checkpoints}/step-000010`));
    const { signal, stderr: log } = await killed.end("SIGKILL");
    assertEquals(signal, "SIGKILL", log);
    assert(!exists(`${root}/killed/small`), "it was killed before its record was written");
    const { stderr } = await succeed("bench", args("killed"));
    assert(!/step ([1-9]|10)\/20/.test(stderr), `no step up to the checkpoint is repeated:\n${stderr}`);
    assertEquals(await outputsOf(`${root}/killed`), expected);

    const again = await succeed("bench", args("killed"));
    assertStringIncludes(again.stderr, "% (already done)\n1 cell done\n");
    assertEquals(await outputsOf(`${root}/killed`), expected);
  }));

Deno.test("unknown names list the known ones, with status 2 and no stack", async () => {
  const objectives = `known objectives: ${OBJECTIVES.map(({ id }) => id).join(", ")}`;
  const tasks = Object.keys((await loadSuite("mini")).tasks).join(", ");
  const cases: [string[], string][] = [
    [
      ["--task", "sodoku"],
      `unknown task "sodoku" (did you mean "sudoku/mini"?); known tasks: ${tasks}`,
    ],
    [["--objective", "dqn"], `unknown objective "dqn"; ${objectives}`],
    [
      ["--suite", "smok"],
      `unknown suite "smok" (did you mean "smoke"?); known suites: ${SUITE_IDS.join(", ")}, FILE.yaml`,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runCommand("bench", args);
    assertEquals([code, stdout, stderr], [2, "", `error: ${message}\n`]);
  }
});

Deno.test("--confirm is about all records: what chooses among them is refused before any work", async () => {
  const { code, stderr } = await runCommand("bench", ["--confirm", ...CELL, "--seeds", "1"]);
  const message = "--confirm is about all records of a folder: leave out --task, --objective, --seeds";
  assertEquals([code, stderr], [2, `error: ${message}\n`]);
});

Deno.test("a data file with wrong bytes ends the run before training, with both hashes", () =>
  withFolder(async (root) => {
    const data = `${root}/data`;
    await Deno.mkdir(`${data}/sudoku`, { recursive: true });
    const [{ file }] = taskById("sudoku/mini").testSets as [RealTestSet];
    await Deno.writeTextFile(`${data}/${file.name}`, "Puzzle,Solution\n");
    const args = ["--suite", "smoke", ...CELL, "--out", `${root}/out`];
    const { code, stderr } = await runCommand("bench", args, { data, offline: true });
    assertEquals(code, 1);
    assertStringIncludes(stderr, `error: ${data}/${file.name}: expected SHA-256 ${file.sha256}`);
    assertStringIncludes(stderr, `found ${sha256("Puzzle,Solution\n")} (16 bytes)`);
    assert(!stderr.includes("base model"), stderr);
  }));
