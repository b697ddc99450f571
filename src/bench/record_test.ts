import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { withFolder } from "../files/testing.ts";
import {
  cellIdentity,
  readRecords,
  recordedScore,
  RecordError,
  recordPath,
  validateRecord,
  writeRecord,
} from "./record.ts";
import { exampleRecord } from "./testing.ts";

const record = exampleRecord({ task: "sudoku", objective: "bgpo", seed: 3 });

/** A deep copy with the value at a path replaced; undefined removes it. */
function changed(path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(record));
  const keys = path.split("."), last = keys.pop()!;
  const parent = keys.reduce((at, key) => at[key], copy);
  assert(typeof parent === "object", path);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

Deno.test("validateRecord accepts a record and its JSON", () => {
  assertEquals(validateRecord(record), record);
  assertEquals(validateRecord(JSON.parse(JSON.stringify(record))), record);
});

const FAULTS: [string, unknown, string][] = [
  ["schema", 2, "schema: "],
  ["extra", 1, `the record: Unrecognized key: "extra"`],
  ["cell.seed", -1, "cell.seed: "],
  ["cell.seed", undefined, "cell.seed: "],
  ["cell.base", "abc", "cell.base: expected 64 hexadecimal digits"],
  ["cell.task", "../x", "cell.task: expected lower-case letters"],
  ["cell.backend", "cuda", "cell.backend: "],
  ["cell.settings.samples", "2", "cell.settings.samples: "],
  ["outcome.status", "fine", "outcome.status: "],
  ["outcome.budget.tokens", 1.5, "outcome.budget.tokens: "],
  ["outcome.tests", [], "outcome.tests: "],
  ["outcome.tests.0.after.correct", 1000, "outcome.tests.0.after: expected correct <= n"],
  ["outcome.tests.0.after.correct", 0, "interval: expected the Wilson interval"],
  ["outcome.tests.0.after.interval", [0, 0.5], "interval: expected the Wilson interval"],
  ["outcome.tests.0.after.tags", { clean: { n: 5000, correct: 0 } }, "tags: expected subsets"],
  ["outcome.tests.0.after.measures.cells.count", 1e6, "expected count <= total"],
  ["outcome.tests.1.decoding", "sampled", "expected one entry per test set and decoding"],
  ["outcome.curve.0.correct", 999, "outcome.curve.0: expected correct <= n"],
  ["outcome.diagnostics.reward", [], "outcome.diagnostics: expected lists of equal length"],
  ["outcome.diagnostics.reward.0", null, "outcome.diagnostics.reward.0: "],
  ["outcome.events", [{ step: 1, kind: "Skip it", detail: "" }], "outcome.events.0.kind: "],
  ["run.seconds.train", -1, "run.seconds.train: "],
  ["run.host", "name", `run: Unrecognized key: "host"`],
];

Deno.test("validateRecord names the place of every fault", () => {
  for (const [path, value, message] of FAULTS) {
    const error = assertThrows(() => validateRecord(changed(path, value), "x.json"), RecordError);
    assertStringIncludes(error.message, "x.json is not a record of schema 1:");
    assertStringIncludes(error.message, message);
  }
  for (const value of [null, 3, [], "record"]) assertThrows(() => validateRecord(value), RecordError);
});

Deno.test("recordedScore adds the interval of its counts", () => {
  const score = recordedScore({ n: 10, correct: 0, measures: {}, tags: {} });
  assertEquals(score.interval[0], 0);
  assert(Math.abs(score.interval[1] - 0.2775327998628892) < 1e-12);
});

Deno.test("cellIdentity changes with every part of the cell and with nothing else", () => {
  const identity = cellIdentity(record.cell);
  assertEquals(
    cellIdentity(exampleRecord({ task: "sudoku", objective: "bgpo", seed: 3, correct: 7 }).cell),
    identity,
  );
  const changes = [
    ["cell.seed", 4],
    ["cell.task", "x"],
    ["cell.settings.samples", 3],
    ["cell.backend", "cpu"],
    ["cell.base", "1".repeat(64)],
  ] as const;
  for (const [path, value] of changes) {
    assertNotEquals(cellIdentity(validateRecord(changed(path, value)).cell), identity);
  }
});

Deno.test("writeRecord and readRecords round-trip, in order of suite, task, objective and seed", () =>
  withFolder(async (folder) => {
    const records = [
      exampleRecord({ task: "countdown", objective: "vrpo-ol", seed: 2 }),
      exampleRecord({ task: "countdown", objective: "vrpo-ol", seed: 10 }),
      exampleRecord({ task: "sudoku", objective: "bgpo", seed: 0 }),
      exampleRecord({ task: "sudoku", objective: "vrpo-ol", seed: 1 }),
    ];
    for (const each of [...records].reverse()) await writeRecord(folder, each);
    await Deno.writeTextFile(`${folder}/leaderboard.json`, "{}");
    await Deno.mkdir(`${folder}/.work`);
    await Deno.writeTextFile(`${folder}/mini/sudoku/bgpo/seed-0.json.tmp`, "{");
    assertEquals(await readRecords(folder), records);
    const path = `${folder}/${recordPath(records[0]!.cell)}`;
    assertEquals(path, `${folder}/mini/countdown/vrpo-ol/seed-2.json`);
    const before = await Deno.readTextFile(path);
    await writeRecord(folder, records[0]!);
    assertEquals(await Deno.readTextFile(path), before);
    assertEquals(await readRecords(`${folder}/none`), []);
  }));

Deno.test("writeRecord writes nothing for an invalid record or a name that is not a file name", () =>
  withFolder(async (folder) => {
    const bad = changed("cell.objective", "../../escape") as typeof record;
    await assertRejects(
      () => writeRecord(folder, bad),
      RecordError,
      "cell.objective: expected lower-case letters",
    );
    assertThrows(() => recordPath(bad.cell), RecordError, `found "../../escape"`);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("readRecords refuses damaged, misplaced and foreign files, naming them", () =>
  withFolder(async (folder) => {
    await writeRecord(folder, record);
    const base = `${folder}/mini/sudoku/bgpo`;
    const cases: [string, string, string][] = [
      [
        `${base}/seed-4.json`,
        await Deno.readTextFile(`${base}/seed-3.json`),
        "holds the record of mini/sudoku/bgpo/seed-3",
      ],
      [`${base}/seed-5.json`, "{", "seed-5.json is not JSON"],
      [`${base}/seed-6.json`, "{}", "seed-6.json is not a record of schema 1"],
      [`${base}/seed-03.json`, "{}", "seed-03.json: expected a record named seed-<n>.json"],
      [`${base}/notes.txt`, "", "notes.txt: expected a record"],
      [`${folder}/mini/notes.txt`, "", "notes.txt does not belong in a results folder"],
    ];
    for (const [path, text, message] of cases) {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => readRecords(folder), RecordError, message);
      await Deno.remove(path);
    }
    await Deno.mkdir(`${folder}/Mini`);
    await assertRejects(() => readRecords(folder), RecordError, "Mini does not belong");
  }));
