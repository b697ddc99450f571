/** Old records against changed code: what is tried, what is shown, and what one difference leads to. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { backendTest } from "../../kernels/testing.ts";
import type { Backend } from "../../kernels/backend.ts";
import { taskById } from "../../tasks/registry.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { addConfirmation, CONFIRMATIONS } from "../records/confirmations.ts";
import { noteSourceFiles } from "../records/source_files.ts";
import { cellParts, type SourcePart } from "../records/source_identity.ts";
import { objectiveById } from "../objectives/registry.ts";
import {
  confirmCells,
  type ConfirmOptions,
  NotConfirmedError,
  peaksOf,
  type Shown,
  type StaleCell,
  staleCells,
} from "./cells.ts";
import { confirmTuning } from "./tuning.ts";
import { inlineExecutor } from "../bench/executor.ts";
import type { BenchRecord } from "../records/record.ts";
import { readRecords, recordPath, TUNING, writeRecord } from "../records/folder.ts";
import { runSuite } from "../bench/runner.ts";
import { loadSuite } from "../suite/suite.ts";
import { filesBelow, smallSuite } from "../bench/testing.ts";
import { tuneSuite, type TuningEvidence } from "../bench/tuning.ts";

const TASK = "sudoku/mini", OBJECTIVES = ["bgpo", "wd1"], SEEDS = [1, 2];
const SILENT = {
  progress: () => {},
  say: () => {},
  finished: () => {},
  seedFinished: () => Promise.resolve(),
};
/** Identities of code that is no more. */
const OLD = { core: sha256("old core"), objective: sha256("old objective"), other: sha256("older core") };

/** Two objectives with two seeds of one task: records of this code. */
async function train(backend: Backend, folder: string): Promise<void> {
  await runSuite({ ...optionsOf(backend, folder), suite: await loadSuite("smoke"), seeds: SEEDS }, SILENT);
}

function optionsOf(backend: Backend, folder: string) {
  return {
    executor: inlineExecutor(backend),
    tasks: [taskById(TASK)],
    objectives: OBJECTIVES.map(objectiveById),
    out: `${folder}/results`,
    work: `${folder}/work`,
    cache: `${folder}/base`,
    mode: "two-pass" as const,
    signal: new AbortController().signal,
  };
}

/** Changes every record of a folder. */
async function rewrite(results: string, change: (record: BenchRecord) => void): Promise<void> {
  for (const record of await readRecords(results)) {
    change(record);
    await writeRecord(results, record);
  }
}

/** A part of the code as it was: with another content of one file. */
function earlier(identity: string, { files }: SourcePart, path: string): SourcePart {
  const file = { own: sha256(`earlier ${path}`), whole: sha256(`all of earlier ${path}`) };
  assert(files.has(path), path);
  return { identity, files: new Map([...files, [path, file]]) };
}

/** Lets records be of earlier code: of another trainer, and of another objective `wd1`. */
async function makeOlder(results: string): Promise<void> {
  const { core, objective } = await cellParts(TASK, "wd1", "cpu");
  await noteSourceFiles(results, [
    earlier(OLD.core, core, "src/train/policy.ts"),
    earlier(OLD.objective, objective, "src/objectives/wd1.ts"),
  ]);
  await rewrite(results, ({ cell }) => {
    cell.source.core = OLD.core;
    if (cell.objective === "wd1") cell.source.objective = OLD.objective;
  });
}

/** Names and texts of the files below a folder. */
async function textsOf(folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const path of filesBelow(folder)) texts[path] = sha256(await Deno.readFile(path));
  return texts;
}

interface Tried {
  readonly cells: readonly StaleCell[];
  /** What is said about records that cannot be tried, test sets aside. */
  readonly left: readonly string[];
  readonly shown: Shown | null;
}

/** Tries to confirm the cells of a folder. */
async function tryCells(options: ConfirmOptions, said: string[] = []): Promise<Tried> {
  const left: string[] = [];
  const cells = await staleCells(options, (line) => left.push(line));
  const shown = cells.length === 0
    ? null
    : await confirmCells(cells, options, { progress: () => {}, say: (line) => said.push(line) });
  return { cells, left: left.filter((line) => line.includes(" records ")), shown };
}

backendTest(
  "old records are confirmed by a sample, all or nothing",
  (backend) =>
    withFolder(async (folder) => {
      await train(backend, folder);
      const results = `${folder}/results`, { executor, signal } = optionsOf(backend, folder);
      const options = { executor, results, scratch: `${folder}/scratch`, signal };
      const made = await tryCells(options);
      assertEquals([made.cells.length, made.left, made.shown], [0, [], null]);

      await makeOlder(results);
      const before = await textsOf(results), said: string[] = [];
      const cut = new AbortController();
      await assertRejects(
        async () =>
          await confirmCells(await staleCells(options, () => {}), { ...options, signal: cut.signal }, {
            ...SILENT,
            progress: (_, __, note) => note.includes("reward") && cut.abort(new Error("stopped")),
          }),
        Error,
        "stopped",
      );
      const { cells, left, shown } = await tryCells(options, said);
      assertEquals(left, []);
      assertEquals(
        cells.map(({ path }) => path),
        (await readRecords(results)).map(({ cell }) => recordPath(cell)),
      );
      assertEquals(
        cells.map(({ changed }) => [...changed].sort()),
        [
          ["src/train/policy.ts"],
          ["src/train/policy.ts"],
          ...SEEDS.map(() => ["src/objectives/wd1.ts", "src/train/policy.ts"]),
        ],
      );
      assertEquals(said[0], "4 records, 2 changed files that they reach: 3 cells are trained again");
      const now = await cellParts(TASK, "wd1", "cpu");
      assertEquals(shown!.sources, {
        [OLD.core]: now.core.identity,
        [OLD.objective]: now.objective.identity,
      });
      assertEquals(shown!.changed, ["src/objectives/wd1.ts", "src/train/policy.ts"]);
      assertEquals(shown!.parts.map(({ identity }) => identity).sort(), Object.values(shown!.sources).sort());
      const records = new Map(
        (await readRecords(results)).map((record) => [recordPath(record.cell), record]),
      );
      assertEquals(Object.keys(shown!.shown).length, 3);
      for (const [path, hash] of Object.entries(shown!.shown)) {
        assertEquals(hash, sha256(canonicalJson(records.get(path)!.outcome)), path);
      }
      // Three of four cells: both objectives, and a seed twice.
      assertEquals(new Set(Object.keys(shown!.shown).map((path) => path.split("/")[3])), new Set(OBJECTIVES));

      const peaks = await peaksOf(cells, options, () => {});
      assertEquals(
        peaks,
        Object.fromEntries(
          [...records.values()].map((
            { cell, cost },
          ) => [`smoke/${TASK}/${cell.objective}`, cost.peakDeviceBytes]),
        ),
      );
      assertEquals(await textsOf(results), before);

      // What was trained again lies in the scratch folder, so that what follows trains nothing.
      const sampled = Object.keys(shown!.shown), outcome = records.get(sampled[1]!)!.outcome;
      await rewrite(results, (record) => {
        const path = recordPath(record.cell);
        if (path === sampled[0]) record.outcome.diagnostics.reward[2]! += 0.25;
        if (path === sampled[1]) record.outcome.model = "0".repeat(64);
      });
      const changed = await textsOf(results), { reward } = records.get(sampled[0]!)!.outcome.diagnostics;
      const error = await assertRejects(() => tryCells(options), NotConfirmedError);
      assertEquals(error.message.split("\n"), [
        `${sampled[0]}: outcome.diagnostics.reward.2 (${reward[2]! + 0.25} and ${reward[2]})`,
        `${sampled[1]}: outcome.model ("${"0".repeat(64)}" and "${outcome.model}")`,
      ]);
      assertEquals(await textsOf(results), changed);
      for (const record of records.values()) await writeRecord(results, record);

      // A second change: what stood for the first one is compared with the code of now, and the first is covered.
      await addConfirmation(results, {
        backend: "cpu",
        commit: "unknown",
        changed: shown!.changed,
        sources: { [OLD.core]: OLD.other, [OLD.objective]: now.objective.identity },
        shown: shown!.shown,
        peakDeviceBytes: {},
      });
      const again = await tryCells(options);
      assertEquals(again.shown!.sources, { [OLD.other]: now.core.identity });
      // Nobody noted the files of the code in between: each may have changed.
      assertEquals(again.shown!.changed, [...now.core.files.keys()].sort());
      await addConfirmation(results, {
        backend: "cpu",
        commit: "unknown",
        changed: again.shown!.changed,
        sources: again.shown!.sources,
        shown: again.shown!.shown,
        peakDeviceBytes: {},
      });
      assertEquals((await tryCells(options)).cells, []);
      await Deno.remove(`${results}/${CONFIRMATIONS}`);

      for (const [reason, change] of LEFT) {
        await rewrite(results, ({ cell, outcome }) => cell.seed === 2 && change(cell, outcome));
        const { cells, left, shown } = await tryCells(options);
        assertEquals(left, [`smoke: 2 records cannot be in the sample: ${reason}`]);
        assertEquals([cells.map(({ seed }) => seed), Object.keys(shown!.shown).length], [[1, 1], 2]);
        for (const record of records.values()) await writeRecord(results, record);
      }
      // Records of this code need no confirmation, whatever else became of them.
      const current = await cellParts(TASK, "bgpo", "cpu");
      await rewrite(results, ({ cell }) => {
        cell.source.core = current.core.identity;
        cell.source.objective = (cell.objective === "wd1" ? now : current).objective.identity;
        cell.data["made-up.csv"] = sha256("");
      });
      const last = await tryCells(options);
      assertEquals([last.cells, last.left], [[], []]);
    }),
  { on: ["cpu"] },
);

/** What keeps a record from being tried. */
const LEFT: [reason: string, change: (cell: BenchRecord["cell"], outcome: BenchRecord["outcome"]) => void][] =
  [
    ["made-up.csv cannot be had", (cell) => cell.data["made-up.csv"] = sha256("")],
    [
      "not graded on generated",
      (_, outcome) => outcome.tests.forEach((test) => test.set = test.set.replace("generated", "made-up")),
    ],
    ["suite changed", (cell) => cell.suite.identity = sha256("")],
    ["suite changed", (cell) => cell.suite.version++],
    ["learningRate changed", (cell) => cell.learningRate *= 2],
    ["settings, updates changed", (cell) => {
      cell.settings.made = 1;
      cell.updates.inner++;
    }],
    ["base changed", (cell) => cell.base = sha256("")],
  ];

backendTest(
  "records of other arithmetic, of suites of one's own and of cells that are gone are not tried",
  (backend) =>
    withFolder(async (folder) => {
      const { executor, signal } = optionsOf(backend, folder), results = `${folder}/results`;
      const options = { executor, results, scratch: `${folder}/scratch`, signal };
      const suite = await smallSuite();
      await runSuite({
        ...optionsOf(backend, folder),
        objectives: [objectiveById("bgpo")],
        suite,
        seeds: [1],
      }, SILENT);
      const [record] = await readRecords(results);
      const write = (id: string, change: (cell: BenchRecord["cell"]) => void) => {
        const copy = structuredClone(record!);
        copy.cell.suite.id = id;
        copy.cell.source.core = OLD.core;
        change(copy.cell);
        return writeRecord(results, copy);
      };
      await write("small", () => {});
      await write("smoke", (cell) => cell.objective = "gone");
      await write("smoke", (cell) => cell.task = "gone/mini");
      await write("smoke", (cell) => cell.backend = "webgpu");
      await write("smoke", (cell) => cell.backend = "cpu-fast");
      const { cells, left } = await tryCells(options);
      assertEquals(cells, []);
      assertEquals(left, [
        "small: 1 records cannot be in the sample: the suite is none that comes with the benchmark",
        "smoke: 2 records cannot be in the sample: the suite has no such cell any more",
      ]);
    }),
  { on: ["cpu"] },
);

backendTest(
  "scores of learning rates are measured again, and a wrong one is named",
  (backend) =>
    withFolder(async (folder) => {
      const { executor, signal } = optionsOf(backend, folder), results = `${folder}/results`;
      const options = { executor, results, scratch: `${folder}/scratch`, signal };
      const confirm = (said: string[] = []) =>
        confirmTuning(options, { progress: () => {}, say: (line) => said.push(line) });
      const nothing = { changed: [], sources: {}, shown: {}, parts: [] };
      assertEquals(await confirm(), nothing);

      const suite = await loadSuite("smoke");
      const evidence = await tuneSuite(
        { ...optionsOf(backend, folder), objectives: [objectiveById("wd1")], out: `${folder}/sweep`, suite },
        () => {},
        SILENT,
      );
      const write = async (change: (evidence: Writable) => void) => {
        const copy = writable(evidence);
        change(copy);
        await Deno.mkdir(`${results}/${TUNING}`, { recursive: true });
        await Deno.writeTextFile(`${results}/${TUNING}/smoke.json`, canonicalJson(copy as never));
      };
      await write(() => {});
      assertEquals(await confirm(), nothing);

      const parts = await cellParts(TASK, "wd1", "cpu"), said: string[] = [];
      await noteSourceFiles(results, [earlier(OLD.core, parts.core, "src/train/policy.ts")]);
      const old = ({ objectives }: Writable) => objectives.wd1!.source[TASK]!.core = OLD.core;
      await write(old);
      const shown = await confirm(said);
      assertStringIncludes(said[0]!, "4 scores of learning rates: 3 are measured again");
      assertEquals([shown.changed, shown.sources], [["src/train/policy.ts"], {
        [OLD.core]: parts.core.identity,
      }]);
      const sampled = Object.keys(shown.shown);
      assertEquals(sampled.length, 3);
      assert(sampled.every((name) => name.startsWith(`tuning/smoke/${TASK}/wd1/0.`)), `${sampled}`);

      const [first] = sampled, rate = Number(first!.split("/").at(-1));
      const scoreOf = ({ objectives }: Writable) =>
        objectives.wd1!.rates.find((each) => each.rate === rate)!.tasks;
      const right = scoreOf(writable(evidence))[TASK]!;
      await write((copy) => {
        old(copy);
        scoreOf(copy)[TASK] = right + 0.0625;
      });
      const error = await assertRejects(() => confirm(), NotConfirmedError);
      assertEquals(error.message, `${first}: ${right + 0.0625} and ${right}`);

      // Other arithmetic, another suite, and an objective that is gone: nothing that this code could show.
      for (
        const change of [
          (copy: Writable) => copy.backend = "webgpu",
          (copy: Writable) => copy.version++,
          (copy: Writable) => copy.objectives = { gone: copy.objectives.wd1! },
        ]
      ) {
        await write((copy) => {
          old(copy);
          change(copy);
        });
        assertEquals(await confirm(), nothing);
      }
    }),
  { on: ["cpu"] },
);

/** Evidence that may be changed. */
interface Writable extends Pick<TuningEvidence, "seeds" | "suite" | "schema"> {
  backend: string;
  version: number;
  objectives: Record<string, {
    rates: { rate: number; tasks: Record<string, number> }[];
    source: Record<string, { core: string }>;
  }>;
}

function writable(evidence: TuningEvidence): Writable {
  return structuredClone(evidence) as unknown as Writable;
}
