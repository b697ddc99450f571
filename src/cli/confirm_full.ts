/**
 * `bench --confirm` from the command line, in a copy of the repository whose code is changed: a comment and a new
 * objective change nothing, a renamed variable is confirmed, and code that draws other numbers is not.
 */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { outputsOf } from "../bench/testing.ts";
import { copyRepository, withFolder } from "../files/testing.ts";
import { type Confirmation, CONFIRMATIONS } from "../records/confirmations.ts";
import { exists, jsonLines, runCommand, startCommand, succeed } from "./testing.ts";

const COPIED = /^(deno\.json|deno\.lock|README\.md|LICENSE|(kernels|src|tasks)\/.*)$/;
const OUT = "runs/confirmed";
const DEVICE = ["--backend", "cpu", "--out", OUT];
const CELLS = ["--suite", "smoke", "--task", "sudoku/mini,countdown/mini", "--objective", "bgpo,wd1"];
const PATHS = ["countdown/mini/bgpo", "countdown/mini/wd1", "sudoku/mini/bgpo", "sudoku/mini/wd1"]
  .map((cell) => `smoke/${cell}/seed-1.cpu.json`);

const TRANSFORMER = "src/model/transformer.ts", RANDOM = "kernels/philox/random.ts";

Deno.test("records of a results folder through changes of the code", (test) =>
  withFolder(async (folder) => {
    const cwd = `${folder}/copy`, out = `${cwd}/${OUT}`;
    await copyRepository(cwd, COPIED);
    const edit = async (path: string, change: (text: string) => string) => {
      const text = await Deno.readTextFile(`${cwd}/${path}`), changed = change(text);
      assertNotEquals(changed, text, path);
      await Deno.writeTextFile(`${cwd}/${path}`, changed);
      return () => Deno.writeTextFile(`${cwd}/${path}`, text);
    };
    const list = async () => {
      const { stdout } = await succeed("bench", [...CELLS, "--out", OUT, "--list", "--json"], { cwd });
      return (jsonLines(stdout)[0] as unknown as { records: Record<string, number> }).records;
    };
    const confirm = (...more: string[]) => runCommand("bench", ["--confirm", ...DEVICE, ...more], { cwd });
    const made = { made: 4, confirmed: 0, stale: 0, missing: 0 };

    await succeed("bench", [...CELLS, ...DEVICE], { cwd });
    const records = Object.entries(await outputsOf(out)).filter(([path]) => path.startsWith("smoke/"));
    assertEquals(records.map(([path]) => path).filter((path) => path.endsWith(".json")), PATHS);

    await test.step("code of this run, with a comment, or with a new objective: nothing is trained again", async () => {
      assertEquals(await list(), made);
      await edit("kernels/backend.ts", (text) => `// Another word about devices.\n${text}`);
      assertEquals(await list(), made);
      await succeed("new", ["objective", "made-up"], { cwd });
      assert(exists(`${cwd}/src/objectives/made_up.ts`));
      assertEquals(await list(), made);
      const { code, stdout, stderr } = await confirm();
      assertEquals([code, stdout], [0, "nothing to confirm: no record is of other code\n"], stderr);
      assert(!exists(`${out}/${CONFIRMATIONS}`));
      assertEquals(await reused(cwd), [true, true, true, true]);
    });

    await test.step("code that gives other results: a message, exit status 1, and no file", async () => {
      const undo = await edit(RANDOM, (text) => text.replace("rolloutTokens: 5,", "rolloutTokens: 105,"));
      assertEquals(await list(), { ...made, made: 0, stale: 4 });
      const { code, stdout } = await confirm();
      assertEquals(code, 1, stdout);
      const [head, ...lines] = stdout.trimEnd().split("\n"), last = lines.pop()!;
      assertEquals(head, "nothing is confirmed, as this code gives other results:");
      assert(lines.length >= 3, stdout);
      for (const line of lines) {
        const [path, place] = line.trim().split(": ");
        assert(PATHS.includes(path!) && /^outcome\.[\w.]+ \(.+ and .+\)$/.test(place!), line);
      }
      assertStringIncludes(
        last,
        "if the change is meant, `deno task bench` (or tune, or claims) makes them again",
      );
      assert(!exists(`${out}/${CONFIRMATIONS}`));
      const events = jsonLines((await confirm("--json")).stdout);
      assertEquals(events.at(-1), { event: "differs", differences: lines.map((line) => line.trim()) });
      await undo();
      assertEquals(await list(), made);
    });

    await test.step("a renamed variable: stopped, continued and confirmed", async () => {
      await edit(TRANSFORMER, (text) => text.replaceAll(/\bvalues\b(?!\()/g, "rotations"));
      assertEquals(await list(), { ...made, made: 0, stale: 4 });
      const run = startCommand("bench", ["--confirm", ...DEVICE, "--workers", "1", "--json"], { cwd });
      const training = (line: string) => line.includes('"event":"progress","label":"confirm cells"');
      await run.until(() => run.lines.some(training));
      const stopped = await run.end("SIGINT");
      assertEquals(stopped.code, 130, stopped.stdout);
      assert(!exists(`${out}/${CONFIRMATIONS}`));

      const { code, stdout, stderr } = await confirm("--workers", "1", "--json");
      assertEquals(code, 0, stderr);
      const events = jsonLines(stdout), [start] = run.lines.filter(training).map((line) => JSON.parse(line));
      const continued = events.find((event) => training(JSON.stringify(event)));
      assert(
        continued === undefined || Number(continued.total) < start.total ||
          Number(continued.done) > start.done,
        "what was trained before is not trained again",
      );
      const { confirmations } = JSON.parse(await Deno.readTextFile(`${out}/${CONFIRMATIONS}`)) as {
        confirmations: Confirmation[];
      };
      assertEquals(confirmations.length, 1);
      const { changed, shown, peakDeviceBytes, sources, backend } = confirmations[0]!;
      assertEquals([changed, backend, Object.keys(sources).length], [[TRANSFORMER], "cpu", 1]);
      const cells = Object.keys(shown);
      assert(cells.length === 3 && cells.every((path) => PATHS.includes(path)), `${cells}`);
      assertEquals(Object.keys(peakDeviceBytes), PATHS.map((path) => path.replace(/\/seed.*/, "")));
      assertEquals(events.at(-1), { event: "confirmed", cells: 4, again: 3 });
      assert(!exists(`${cwd}/.cache/confirm/cells`));
    });

    await test.step("confirmed records are listed, reused, verified and counted apart", async () => {
      assertEquals(await list(), { ...made, made: 0, confirmed: 4 });
      const before = Object.entries(await outputsOf(out)).filter(([path]) => path.startsWith("smoke/"));
      assertEquals(before, records, "records are not rewritten");
      const text = /4 of 4 records were made by earlier code and are confirmed/;
      assert(text.test((await Deno.readTextFile(`${out}/LEADERBOARD.md`)).replaceAll("\n", " ")));
      assertEquals(await reused(cwd), [true, true, true, true]);
      const again = await confirm();
      assertEquals([again.code, again.stdout], [0, "nothing to confirm: no record is of other code\n"]);
      const { stdout } = await succeed("verify", [
        "--suite",
        "smoke",
        "--cells",
        "4",
        "--pick",
        "all",
        "--out",
        OUT,
      ], { cwd });
      for (const path of PATHS) {
        const line = stdout.split("\n").find((line) => line.startsWith(`A  passed  ${path}: `));
        assert(line?.endsWith("; made by earlier code, confirmed"), stdout);
      }
    });
  }));

/** Whether the cells of another run were done before. */
async function reused(cwd: string): Promise<unknown[]> {
  const { stdout } = await succeed("bench", [...CELLS, ...DEVICE, "--json"], { cwd });
  return jsonLines(stdout).filter(({ event }) => event === "cell").map(({ reused }) => reused);
}
