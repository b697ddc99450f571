/** `bench` from the command line, stopped in every way at every point: the bytes are those of a run left alone. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { damage, filesBelow, outputsOf, smallSuite } from "../bench/testing.ts";
import { withFolder } from "../files/testing.ts";
import { baseFolderOf, exists, jsonLines, type RunningCommand, startCommand, succeed } from "./testing.ts";

const STEPS = 30;
const BASE_STEPS = 200;

/** Long enough to be stopped anywhere: in base training, between checkpoints, in the evaluation at the end. */
const suite = await smallSuite((suite) => {
  suite.id = "stopped";
  suite.rl.budget = { rollouts: STEPS };
  suite.evaluation.final.prompts = 256;
  const sudoku = suite.tasks["sudoku/mini"]!;
  sudoku.setting = "staged";
  sudoku.base = [{ ...sudoku.base[0]!, steps: 150 }, { ...sudoku.base[0]!, steps: 50, flaw: 0.5 }];
});

/** Writes the suite's file and returns the arguments of a run of it into a folder. */
async function prepare(
  root: string,
  choice: readonly string[],
  content = suite,
): Promise<(name: string) => string[]> {
  const file = `${root}/stopped.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(content));
  return (name) => ["--suite", file, ...choice, "--out", `${root}/${name}`];
}

const BGPO = ["--task", "sudoku/mini", "--objective", "bgpo"];
/** One cell at a time, so that points come in order. */
const BACKENDS = { cpu: ["--backend", "cpu", "--workers", "1"], webgpu: ["--backend", "webgpu"] } as const;
const workOf = (backend: string) => `.work/stopped/sudoku/mini/bgpo/seed-1.${backend}`;
const recordOf = (backend: string) => `stopped/sudoku/mini/bgpo/seed-1.${backend}.json`;
const WORK = workOf("cpu"), RECORD = recordOf("cpu");

/** Runs to the end, and returns the outputs and the folder of the base model in the cache. */
async function leftAlone(args: (name: string) => string[], root: string, backend = "cpu") {
  await succeed("bench", args("alone"));
  const base = await baseFolderOf(`${root}/alone/${recordOf(backend)}`);
  return { expected: await outputsOf(`${root}/alone`), base };
}

interface Place {
  readonly backend: string;
  readonly out: string;
  readonly base: string;
  readonly run: RunningCommand;
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

const shown = ({ run }: Place, pattern: RegExp) => run.lines.some((line) => pattern.test(line));

/** Where a run is killed, in the order in which it comes there. */
const POINTS: Readonly<Record<string, (place: Place) => boolean>> = {
  "in base training, before a checkpoint": (place) => shown(place, /base model.*step (25|50|75)\//),
  "in base training, after a checkpoint": ({ base }) => exists(`${base}/training/step-000100`),
  "when the base model is done": ({ base }) => exists(`${base}/step-000200`),
  "in the first step": (place) => shown(place, /seed 1, step 1\//),
  "before the first checkpoint": (place) => shown(place, /seed 1, step [4-9]\//),
  "when the first checkpoint is written": ({ out, backend }) =>
    exists(`${out}/${workOf(backend)}/checkpoints/temporary-step-000010`) ||
    exists(`${out}/${workOf(backend)}/checkpoints/step-000010`),
  "between checkpoints": (place) => shown(place, /seed 1, step 1[3-9]\//),
  "at the second checkpoint": ({ out, backend }) =>
    exists(`${out}/${workOf(backend)}/checkpoints/step-000020`),
  "before the last step": (place) => shown(place, /seed 1, step 2[5-9]\//),
  "in the last evaluation": ({ out, backend }) => exists(`${out}/${workOf(backend)}/checkpoints/step-000030`),
};

for (const [backend, options] of Object.entries(BACKENDS)) {
  Deno.test(`a run killed at any point continues to the same bytes (${backend})`, async (test) =>
    await withFolder(async (root) => {
      const args = await prepare(root, [...BGPO, ...options]);
      const { expected, base } = await leftAlone(args, root, backend);
      for (const [index, [name, reached]] of Object.entries(POINTS).entries()) {
        await test.step(`killed ${name}`, async () => {
          if (index < 3) await Deno.remove(base, { recursive: true });
          const out = `${root}/${index}`;
          const run = startCommand("bench", [...args(`${index}`), "--json"]);
          await run.until(() => reached({ backend, out, base, run }));
          const { signal, stderr } = await run.end("SIGKILL");
          assertEquals(signal, "SIGKILL", stderr);
          assert(!exists(`${out}/${recordOf(backend)}`), "it was killed before its record was written");
          await succeed("bench", args(`${index}`));
          assertEquals(await outputsOf(out), expected);
        });
      }
    }));

  Deno.test(`one run killed again and again loses nothing that was finished (${backend})`, () =>
    withFolder(async (root) => {
      const args = await prepare(root, ["--task", "sudoku/mini", "--objective", "vrpo-ol,bgpo", ...options]);
      const { expected, base } = await leftAlone(args, root, backend);
      await Deno.remove(base, { recursive: true });
      const out = `${root}/killed`, first = `${out}/stopped/sudoku/mini/vrpo-ol/seed-1.${backend}.json`;
      for (const reached of Object.values(POINTS)) {
        const run = startCommand("bench", [...args("killed"), "--json"]);
        await run.until(() => reached({ backend, out, base, run }));
        const before = run.lines.some((line) => line.startsWith('{"event":"cell"'));
        const { signal, stderr } = await run.end("SIGKILL");
        assertEquals(signal, "SIGKILL", stderr);
        // Once it is said to be finished, it stays.
        assert(!before || exists(first));
      }
      const { stdout, stderr } = await succeed("bench", [...args("killed"), "--json"]);
      assertEquals(stderr, "");
      const cells = jsonLines(stdout).filter(({ event }) => event === "cell");
      assertEquals(cells.map(({ reused }) => reused), [true, false]);
      assertEquals(await outputsOf(out), expected);
      // Nothing of the killed processes stays behind.
      assertEquals(filesBelow(out).filter((path) => /temporary-|\.tmp$/.test(path)), []);
      const kept = names(base).filter((name) => !name.startsWith("scores-") && !name.startsWith("."));
      assertEquals(kept, [`step-000${BASE_STEPS}`]);
    }));

  Deno.test(`Ctrl-C ends a run after the step in progress, and it continues from there (${backend})`, () =>
    withFolder(async (root) => {
      const args = await prepare(root, [...BGPO, ...options]);
      const { expected, base } = await leftAlone(args, root, backend);
      await Deno.remove(base, { recursive: true });
      const out = `${root}/interrupted`;
      const interrupt = async (pattern: RegExp) => {
        const run = startCommand("bench", [...args("interrupted"), "--json"]);
        await run.until(() => shown({ backend, out, base, run }, pattern));
        const { code, stdout, stderr } = await run.end("SIGINT");
        assertEquals(code, 130, stdout);
        assertEquals(
          stderr,
          "stopped; everything up to the last step is saved, the same command continues from there\n",
        );
        jsonLines(stdout);
      };
      await interrupt(/base model.*step (25|50|75|100)\//);
      const saved = names(`${base}/training`);
      assert(saved.length > 0 && saved.every((name) => /^step-000(\d[05]0|\d[27]5)$/.test(name)), `${saved}`);

      let last = 0;
      for (const pattern of [/seed 1, step ([4-9]|1\d)\//, /seed 1, step (1[4-9]|2[0-6])\//]) {
        await interrupt(pattern);
        const newest = names(`${out}/${workOf(backend)}/checkpoints`).sort().at(-1)!;
        const step = Number(newest.slice("step-".length));
        assert(step > last && step < STEPS, newest);
        last = step;
      }
      const { stdout } = await succeed("bench", [...args("interrupted"), "--json"]);
      const [first] = jsonLines(stdout).filter(({ event }) => event === "progress");
      assertStringIncludes(String(first!.note), `, step ${last + 1}/${STEPS}`);
      assertEquals(await outputsOf(out), expected);
    }));
}

Deno.test("a run of two workers, killed and continued by one, ends in the bytes of one", () =>
  withFolder(async (root) => {
    const args = await prepare(root, [
      "--task",
      "sudoku/mini",
      "--objective",
      "vrpo-ol,bgpo",
      "--backend",
      "cpu",
    ]);
    const one = [...args("alone"), "--workers", "1"];
    await succeed("bench", one);
    const run = startCommand("bench", [...args("killed"), "--workers", "2"]);
    await run.until(() => exists(`${root}/killed/${WORK}/checkpoints/step-000010`));
    assertEquals((await run.end("SIGKILL")).signal, "SIGKILL");
    assert(exists(`${root}/killed/${WORK.replace("bgpo", "vrpo-ol")}`), "both cells had begun");
    await succeed("bench", [...args("killed"), "--workers", "1"]);
    assertEquals(await outputsOf(`${root}/killed`), await outputsOf(`${root}/alone`));
  }));

Deno.test("seeds, tasks and objectives beside a cell, and their order, do not change its bytes", () =>
  withFolder(async (root) => {
    const args = await prepare(
      root,
      [],
      await smallSuite((suite) => {
        suite.id = "stopped";
        const some = <T>(all: Record<string, T>, names: readonly string[]) =>
          Object.fromEntries(names.map((name) => [name, all[name]!]));
        suite.tasks = some(suite.tasks, ["sudoku/mini", "countdown/mini"]);
        suite.objectives = some(suite.objectives, ["reinforce-elbo", "vrpo-ol", "bgpo"]);
      }),
    );
    await succeed("bench", [...args("all"), "--seeds", "2"]);
    const all = await outputsOf(`${root}/all`);
    const records = Object.keys(all).filter((path) => path.startsWith("stopped/"));
    assertEquals(
      records.length,
      2 * 3 * (3 + 1),
      "records of every cell, samples and steps of the first seed",
    );

    const subsets = {
      one: BGPO,
      other: ["--task", "countdown/mini,sudoku/mini", "--objective", "vrpo-ol,bgpo", "--seeds", "2,1"],
    };
    for (const [name, choice] of Object.entries(subsets)) {
      await succeed("bench", [...args(name), ...choice]);
      const outputs = Object.entries(await outputsOf(`${root}/${name}`))
        .filter(([path]) => !path.toLowerCase().startsWith("leaderboard"));
      assertEquals(outputs.length, name === "one" ? 5 : 2 * 2 * (5 + 3));
      for (const [path, bytes] of outputs) assertEquals(bytes, all[path], path);
    }

    // The rest is added beside; the leaderboard is that of the whole run.
    await succeed("bench", [...args("other"), "--seeds", "2"]);
    assertEquals(await outputsOf(`${root}/other`), all);
  }));

Deno.test("a damaged newest checkpoint is passed over with a message", () =>
  withFolder(async (root) => {
    const args = await prepare(root, [...BGPO, ...BACKENDS.cpu]);
    const { expected } = await leftAlone(args, root);
    const checkpoints = `${root}/damaged/${WORK}/checkpoints`;
    const run = startCommand("bench", args("damaged"));
    await run.until(() => exists(`${checkpoints}/step-000020`));
    assertEquals((await run.end("SIGKILL")).signal, "SIGKILL");
    await damage(`${checkpoints}/step-000020/tensor-1.bin`);
    const { stderr } = await succeed("bench", args("damaged"));
    assertStringIncludes(
      stderr,
      `checkpoint ${checkpoints}/step-000020 is damaged and was passed over: tensor-1`,
    );
    assertStringIncludes(stderr, `, step 11/${STEPS}\n`);
    assertEquals(await outputsOf(`${root}/damaged`), expected);
  }));

Deno.test("a changed suite replaces the record, and the message names what changed", () =>
  withFolder(async (root) => {
    const args = await prepare(root, [...BGPO, ...BACKENDS.cpu]);
    const { expected } = await leftAlone(args, root);
    const changed = structuredClone(suite);
    changed.objectives.bgpo!.updates.inner = 1;
    changed.objectives.bgpo!.settings.samples = 1;
    await Deno.writeTextFile(`${root}/stopped.yaml`, JSON.stringify(changed));
    const { stderr } = await succeed("bench", args("alone"));
    assertStringIncludes(stderr, `${RECORD}: settings, updates changed since its record; it runs again\n`);
    const outputs = await outputsOf(`${root}/alone`);
    assertEquals(Object.keys(outputs), Object.keys(expected));
    assertNotEquals(outputs[RECORD], expected[RECORD]);
    assertStringIncludes(await Deno.readTextFile(`${root}/alone/leaderboard.json`), `"seeds": [1]`);
  }));
