/** `kill -9` at moments that chance picks: nothing but the work since the last checkpoint is ever lost. */

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { randomSequence } from "../../kernels/philox/random.ts";
import { CHECKPOINT_EVERY } from "../bench/cell.ts";
import { filesBelow, outputsOf, smallSuite } from "../bench/testing.ts";
import { withFolder } from "../files/testing.ts";
import { baseFolderOf, exists, startCommand, succeed } from "./testing.ts";

/** All together; the last run may go over. */
const KILLS = 50;

/** Two cells at a time, in base training, between checkpoints, while files are written, in evaluations. */
const suite = await smallSuite((suite) => {
  suite.id = "killed";
  suite.rl.budget = { rollouts: 35 };
  suite.evaluation.final.prompts = 64;
  const { "sudoku/mini": sudoku } = suite.tasks;
  sudoku!.setting = "staged";
  sudoku!.base = [{ ...sudoku!.base[0]!, steps: 150 }, { ...sudoku!.base[0]!, steps: 50, flaw: 0.5 }];
});

/** The newest checkpoint of a cell. */
function checkpointOf(folder: string): number {
  if (!exists(`${folder}/checkpoints`)) return 0;
  const steps = [...Deno.readDirSync(`${folder}/checkpoints`)].map(({ name }) => /^step-(\d+)$/.exec(name));
  return Math.max(0, ...steps.map((match) => match ? Number(match[1]) : 0));
}

/** How far the cells of a run had come, as other processes see it. */
function progressOf(out: string): { cell: string; step: number }[] {
  if (!exists(`${out}/.bench/bench.sqlite`)) return [];
  using database = new DatabaseSync(`${out}/.bench/bench.sqlite`);
  if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'progress'").all().length === 0) return [];
  return database.prepare("SELECT cell, step FROM progress WHERE cell NOT LIKE 'base:%'").all() as never;
}

Deno.test(`runs killed ${KILLS} times at random moments end in the bytes of one left alone`, () =>
  withFolder(async (root) => {
    const file = `${root}/killed.yaml`, random = randomSequence({ seed: 1, stream: 2 });
    await Deno.writeTextFile(file, JSON.stringify(suite));
    const choice = ["--task", "sudoku/mini", "--objective", "vrpo-ol,bgpo,wd1", "--seeds", "1"];
    const args = (name: string) => [
      ...[
        "--suite",
        file,
        ...choice,
        "--backend",
        "cpu",
        "--workers",
        "2",
        "--json",
        "--out",
        `${root}/${name}`,
      ],
    ];
    const started = performance.now();
    await succeed("bench", args("alone"));
    const duration = performance.now() - started;
    const expected = await outputsOf(`${root}/alone`);
    const record = filesBelow(`${root}/alone/killed`).find((path) => path.endsWith("seed-1.cpu.json"))!;
    const base = await baseFolderOf(record);

    let kills = 0, lost = 0;
    for (let round = 0; kills < KILLS; round++) {
      const out = `${root}/${round}`;
      await Deno.remove(base, { recursive: true });
      for (;;) {
        const run = startCommand("bench", args(`${round}`));
        const deadline = performance.now() + random.uniform() * duration;
        await run.until(() => performance.now() > deadline);
        const { signal, code, stderr } = await run.end("SIGKILL");
        if (signal === null) {
          assertEquals(code, 0, stderr);
          break;
        }
        kills++;
        for (const { cell, step } of progressOf(out)) {
          // A finished cell has its record; any other one goes on from its newest checkpoint.
          if (exists(`${out}/${cell}.json`)) continue;
          const repeated = step - checkpointOf(`${out}/.work/${cell}`);
          assert(repeated <= CHECKPOINT_EVERY, `${repeated} rollouts of ${cell} are lost`);
          lost = Math.max(lost, repeated);
        }
      }
      assertEquals(await outputsOf(out), expected);
      assertEquals(filesBelow(out).filter((path) => /temporary-|\.tmp$/.test(path)), []);
    }
    assert(lost > 0, "some kill hit a cell between checkpoints");
    console.log(`${kills} kills, at most ${lost} rollouts repeated`);
  }));

Deno.test("two commands with one folder share the cells, and one goes on when the other is killed", () =>
  withFolder(async (root) => {
    const file = `${root}/killed.yaml`;
    await Deno.writeTextFile(file, JSON.stringify(suite));
    const args = (name: string) => [
      ...["--suite", file, "--task", "sudoku/mini", "--objective", "vrpo-ol,bgpo,wd1,egspo", "--seeds", "1"],
      ...["--backend", "cpu", "--workers", "1", "--json", "--out", `${root}/${name}`],
    ];
    await succeed("bench", args("alone"));
    const first = startCommand("bench", args("shared"));
    const second = startCommand("bench", args("shared"));
    const own = (lines: readonly string[]) =>
      lines.filter((line) => /"event":"cell","reused":false/.test(line)).length;
    const working = ({ lines }: typeof first) => lines.some((line) => /seed 1, step [1-9]/.test(line));
    await first.until(() => working(first) && working(second));
    await first.end("SIGKILL");
    const { code, stderr, stdout } = await second.end();
    assertEquals(code, 0, stderr);
    assertEquals(stdout.split("\n").filter((line) => line.includes('"event":"cell"')).length, 4);
    assert(own(stdout.split("\n")) > 0);
    assertEquals(await outputsOf(`${root}/shared`), await outputsOf(`${root}/alone`));
  }));
