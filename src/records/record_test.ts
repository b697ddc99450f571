import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { wilsonInterval } from "../statistics/intervals.ts";
import { BESIDE_RECORD, readRecords, recordPath, writeRecord } from "./folder.ts";
import { cellIdentity, RecordError, trainingIdentity, validateRecord } from "./record.ts";
import { correctInterval, recordedScore } from "./score.ts";
import { exampleRecord } from "../bench/testing.ts";

const record = exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 3 });

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
  ["cell.task", "a/b/c", "cell.task: expected lower-case letters, digits, hyphens and one slash at most"],
  ["cell.setting", "easy", "cell.setting: "],
  ["cell.data.file", "abc", "cell.data.file: expected 64 hexadecimal digits"],
  ["cell.backend", "cuda", "cell.backend: "],
  ["cell.baseSeed", undefined, "cell.baseSeed: "],
  ["cell.baseSeed", 2 ** 32, "cell.baseSeed: "],
  ["cell.memory", "checkpoint", "cell.memory: "],
  ["cell.source", "c".repeat(64), "cell.source: "],
  ["cell.source.task", "abc", "cell.source.task: expected 64 hexadecimal digits"],
  ["cell.source.objective", undefined, "cell.source.objective: "],
  ["cell.source.base", "c".repeat(64), `cell.source: Unrecognized key: "base"`],
  ["cell.decoding.rollout", undefined, "cell.decoding.rollout: "],
  ["cell.decoding.rollout.steps", 0, "cell.decoding.rollout.steps: "],
  ["cell.decoding.rollout.blockLength", 1.5, "cell.decoding.rollout.blockLength: "],
  ["cell.decoding.rollout.remasking", "lowest", "cell.decoding.rollout.remasking: "],
  ["cell.decoding.rollout.temperature", -1, "cell.decoding.rollout.temperature: "],
  ["cell.decoding.rollout.topK", 0, "cell.decoding.rollout.topK: "],
  ["cell.decoding.rollout.topK", undefined, "cell.decoding.rollout.topK: "],
  ["cell.decoding.rollout.topP", 1.5, "cell.decoding.rollout.topP: "],
  ["cell.decoding.rollout.threshold", -0.5, "cell.decoding.rollout.threshold: "],
  ["cell.decoding.rollout.endRule", null, "cell.decoding.rollout.endRule: "],
  ["cell.decoding.rollout.orderTemperature", undefined, "cell.decoding.rollout.orderTemperature: "],
  ["cell.decoding.rollout.samples", 1, `cell.decoding.rollout: Unrecognized key: "samples"`],
  ["cell.decoding.rollout.cache", "prefix", `cell.decoding.rollout: Unrecognized key: "cache"`],
  ["cell.decoding.evaluation.sampled.samples", 0, "cell.decoding.evaluation.sampled.samples: "],
  ["cell.decoding.evaluation.greedy.samples", undefined, "cell.decoding.evaluation.greedy.samples: "],
  ["cell.decoding.evaluation.beam", {}, `cell.decoding.evaluation: Unrecognized key: "beam"`],
  ["cell.settings.samples", "2", "cell.settings.samples: "],
  ["outcome.status", "fine", "outcome.status: "],
  ["outcome.model", undefined, "outcome.model: "],
  ["outcome.budget.tokens", 1.5, "outcome.budget.tokens: "],
  ["outcome.budget.flops", undefined, "outcome.budget.flops: "],
  ["outcome.budget.rolloutForwards", undefined, "outcome.budget.rolloutForwards: "],
  ["outcome.budget.rewardCalls", -1, "outcome.budget.rewardCalls: "],
  ["outcome.tests", [], "outcome.tests: "],
  ["outcome.tests.0.after.strict.correct", 1000, "outcome.tests.0.after.strict: expected correct <= n"],
  ["outcome.tests.0.after.strict.correct", 0, "items.strict: expected n bits, one for every correct item"],
  ["outcome.tests.0.after.d1.interval", [0, 0.5], `after.d1: Unrecognized key: "interval"`],
  ["outcome.tests.0.after.samples", 3, "outcome.tests.0.after.samples: expected a divisor of n"],
  ["outcome.tests.0.after.samples", 256, "outcome.tests.0.after.samples: expected a divisor of n"],
  ["outcome.tests.0.after.samples", 0, "outcome.tests.0.after.samples: "],
  ["outcome.tests.0.after.samples", undefined, "outcome.tests.0.after.samples: "],
  ["outcome.tests.0.after.tokens", 0.5, "outcome.tests.0.after.tokens: "],
  ["outcome.tests.0.after.tokens", undefined, "outcome.tests.0.after.tokens: "],
  ["outcome.tests.0.before.forwards", -1, "outcome.tests.0.before.forwards: "],
  ["outcome.tests.0.before.forwards", undefined, "outcome.tests.0.before.forwards: "],
  ["outcome.tests.0.after.items.strict", "ff", "items.strict: expected n bits, one for every correct item"],
  [
    "outcome.tests.0.after.items.d1",
    "00".repeat(16),
    "items.d1: expected n bits, one for every correct item",
  ],
  ["outcome.tests.0.after.d1", undefined, "after.d1: expected it beside its items and tags, or none of them"],
  ["outcome.tests.0.after.items.d1", undefined, "after.d1: expected it beside its items and tags"],
  ["outcome.tests.2.after.tags.clean.d1", undefined, "after.d1: expected it beside its items and tags"],
  ["outcome.tests.0.after.items.strict", undefined, "items.strict: "],
  ["outcome.tests.0.after.items.d1", "fF", "items.d1: expected hexadecimal digits, two per byte"],
  ["outcome.tests.0.after.tags", { clean: { n: 5000, strict: 0, d1: 0 } }, "tags: expected subsets"],
  ["outcome.tests.0.after.tags", { clean: { n: 2, strict: 0, d1: 3 } }, "tags: expected subsets"],
  ["outcome.tests.0.after.measures.cells.count", 1e6, "expected count <= total"],
  ["outcome.tests.1.decoding", "sampled", "expected one entry per test set and decoding"],
  ["outcome.curve.0.correct", 999, "outcome.curve.0: expected correct <= n"],
  ["outcome.curve.0.updates", undefined, "outcome.curve.0.updates: "],
  ["outcome.curve.0.puzzles", "train", "outcome.curve.0.puzzles: "],
  ["outcome.curve.0.puzzles", undefined, "outcome.curve.0.puzzles: "],
  ["outcome.validation", undefined, "outcome.validation: "],
  [
    "outcome.validation",
    [record.outcome.tests[0], record.outcome.tests[0]],
    "outcome.validation: expected one entry",
  ],
  ["outcome.texts", undefined, "outcome.texts: "],
  ["outcome.texts.samples", "abc", "outcome.texts.samples: expected 64 hexadecimal digits"],
  ["outcome.texts.steps", undefined, "outcome.texts.steps: "],
  ["outcome.texts.log", "c".repeat(64), `outcome.texts: Unrecognized key: "log"`],
  ["outcome.peakDeviceBytes", 1, `outcome: Unrecognized key: "peakDeviceBytes"`],
  ["cost", undefined, "cost: "],
  ["cost.peakDeviceBytes", -1, "cost.peakDeviceBytes: "],
  ["cost.seconds", 1, `cost: Unrecognized key: "seconds"`],
  ["outcome.diagnostics.reward", [], "outcome.diagnostics: expected lists of equal length"],
  ["outcome.diagnostics.kl", [], "outcome.diagnostics: expected lists of equal length"],
  ["outcome.diagnostics.maskShare.0", 1.5, "outcome.diagnostics.maskShare.0: "],
  ["outcome.diagnostics.reward.0", null, "outcome.diagnostics.reward.0: "],
  ["outcome.events", [{ step: 1, kind: "Skip it", detail: "" }], "outcome.events.0.kind: "],
  ["run.seconds.update", -1, "run.seconds.update: "],
  ["run.seconds.train", 1, `run.seconds: Unrecognized key: "train"`],
  ["run.commit", "main", `run.commit: expected 40 hexadecimal digits or "unknown"`],
  ["run.host", "name", `run: Unrecognized key: "host"`],
];

Deno.test("validateRecord names the place of every fault", () => {
  for (const [path, value, message] of FAULTS) {
    const error = assertThrows(() => validateRecord(changed(path, value), "x.json"), RecordError);
    assertStringIncludes(error.message, "x.json is not a record of schema 3:");
    assertStringIncludes(error.message, message);
  }
  for (const value of [null, 3, [], "record"]) assertThrows(() => validateRecord(value), RecordError);
});

/** Decodings and scores that no run of this code gives yet, and records hold. */
const ALLOWED: [string, unknown][] = [
  ["cell.decoding.rollout.remasking", "plackett-luce"],
  ["cell.decoding.rollout.orderTemperature", 0.5],
  ["cell.decoding.rollout.topK", 1],
  ["cell.decoding.rollout.topP", 0.9],
  ["cell.decoding.rollout.threshold", 1],
  ["cell.decoding.rollout.endRule", "last-resort"],
  ["cell.decoding.evaluation.greedy", undefined],
  ["cell.decoding.evaluation.sampled.samples", 4],
  ["cell.memory", "retain"],
  ["outcome.tests.0.after.samples", 4],
  ["outcome.tests.0.after.samples", 128],
  ["outcome.validation", [record.outcome.tests[0]]],
  ["outcome.curve.0.puzzles", "validation"],
];

Deno.test("validateRecord accepts every rule of decoding, several responses per prompt, and validation puzzles", () => {
  for (const [path, value] of ALLOWED) {
    const copy = changed(path, value);
    assertEquals(validateRecord(copy), copy, path);
  }
});

Deno.test("recordedScore counts items in both modes, with their bits and what decoding took; intervals follow", () => {
  const items = Array.from({ length: 10 }, (_, i) => ({ strict: false, d1: i === 0 || i === 9 }));
  const score = recordedScore({ items, measures: {}, tags: {}, tokens: 160, forwards: 40 });
  assertEquals([score.n, score.strict.correct, score.d1!.correct], [10, 0, 2]);
  assertEquals(score.items, { strict: "0000", d1: "8040" });
  assertEquals([score.samples, score.tokens, score.forwards], [1, 160, 40]);
  assertEquals(correctInterval(score, "d1"), wilsonInterval(2, 10));
  const alone = recordedScore({
    items: items.map(({ strict }) => ({ strict })),
    measures: {},
    tags: { clean: { n: 2, strict: 0 } },
    tokens: 160,
    forwards: 40,
  });
  assert(!JSON.stringify(alone).includes("d1"), "a task that d1 never had");
  assertEquals([alone.items, correctInterval(alone, "d1")], [{ strict: "0000" }, null]);
  const [low, high] = correctInterval(score, "strict");
  assertEquals(low, 0);
  assert(Math.abs(high - 0.2775327998628892) < 1e-12);
});

Deno.test("cellIdentity changes with every part of the cell and with nothing else", () => {
  const identity = cellIdentity(record.cell);
  assertEquals(
    cellIdentity(exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 3, correct: 7 }).cell),
    identity,
  );
  const changes = [
    ["cell.seed", 4],
    ["cell.task", "x"],
    ["cell.settings.samples", 3],
    ["cell.backend", "cpu"],
    ["cell.base", "1".repeat(64)],
    ["cell.baseSeed", 4],
    ["cell.memory", "retain"],
    ["cell.source.objective", "1".repeat(64)],
    ["cell.decoding.rollout.threshold", 0.9],
    ["cell.decoding.evaluation.greedy.steps", 8],
    ["cell.setting", "natural"],
    ["cell.data.other", "1".repeat(64)],
  ] as const;
  for (const [path, value] of changes) {
    const { cell } = validateRecord(changed(path, value));
    assertNotEquals(cellIdentity(cell), identity, path);
    // What is graded changes no training.
    assertEquals(trainingIdentity(cell) === trainingIdentity(record.cell), path === "cell.data.other", path);
  }
});

Deno.test("writeRecord and readRecords round-trip, in order of suite, task, objective, seed and backend", () =>
  withFolder(async (folder) => {
    const records = [
      exampleRecord({ task: "countdown/mini", objective: "vrpo-ol", seed: 2 }),
      exampleRecord({ task: "countdown/mini", objective: "vrpo-ol", seed: 10, backend: "cpu" }),
      exampleRecord({ task: "countdown/mini", objective: "vrpo-ol", seed: 10, backend: "webgpu" }),
      exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 0 }),
      exampleRecord({ task: "sudoku/mini", objective: "vrpo-ol", seed: 1 }),
    ];
    for (const each of [...records].reverse()) await writeRecord(folder, each);
    await Deno.writeTextFile(`${folder}/leaderboard.json`, "{}");
    await Deno.mkdir(`${folder}/.work`);
    for (
      const name of [
        "seed-0.webgpu.json.tmp",
        "seed-0.webgpu.samples.jsonl.gz",
        "seed-0.webgpu.steps.jsonl.gz",
      ]
    ) {
      await Deno.writeTextFile(`${folder}/mini/sudoku/mini/bgpo/${name}`, "{");
    }
    await Deno.mkdir(`${folder}/tuning`);
    await Deno.writeTextFile(`${folder}/tuning/notes.txt`, "");
    await Deno.mkdir(`${folder}/claims`);
    await Deno.writeTextFile(`${folder}/claims/bgpo-memory.json`, "{}");
    assertEquals(await readRecords(folder), records);
    const path = `${folder}/${recordPath(records[0]!.cell)}`;
    assertEquals(path, `${folder}/mini/countdown/mini/vrpo-ol/seed-2.webgpu.json`);
    const before = await Deno.readTextFile(path);
    await writeRecord(folder, records[0]!);
    assertEquals(await Deno.readTextFile(path), before);
    assertEquals(await readRecords(`${folder}/none`), []);
  }));

Deno.test("a record from another seed's base model has that seed in its path, and is another cell", () =>
  withFolder(async (folder) => {
    const plain = exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 2, backend: "cpu" });
    const fromBase = (baseSeed: number) => ({ ...plain, cell: { ...plain.cell, baseSeed } });
    const other = fromBase(1), all = [10, 3, 2, 0, 1].map(fromBase);
    assertEquals(recordPath(plain.cell), "mini/sudoku/mini/bgpo/seed-2.cpu.json");
    assertEquals(recordPath(other.cell), "mini/sudoku/mini/bgpo/seed-2-base-1.cpu.json");
    for (const each of all) await writeRecord(folder, each);
    const beside = ["seed-2-base-1.cpu.samples.jsonl.gz", "seed-2-base-1.cpu.steps.jsonl.gz"];
    for (const name of beside) {
      assert(BESIDE_RECORD.test(name), name);
      await Deno.writeTextFile(`${folder}/mini/sudoku/mini/bgpo/${name}`, "");
    }
    assertEquals((await readRecords(folder)).map(({ cell }) => cell.baseSeed), [0, 1, 2, 3, 10]);
    // Its own seed is not named twice, and no number is written in two ways.
    for (const name of ["seed-2-base-2.cpu.json", "seed-2-base-01.cpu.json", "seed-2-base-.cpu.json"]) {
      const path = `${folder}/mini/sudoku/mini/bgpo/${name}`;
      await Deno.writeTextFile(path, JSON.stringify(plain));
      await assertRejects(() => readRecords(folder), RecordError, name);
      await Deno.remove(path);
    }
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
    const base = `${folder}/mini/sudoku/mini/bgpo`;
    const cases: [string, string, string][] = [
      [
        `${base}/seed-4.webgpu.json`,
        await Deno.readTextFile(`${base}/seed-3.webgpu.json`),
        "holds the record of mini/sudoku/mini/bgpo/seed-3",
      ],
      [`${base}/seed-5.webgpu.json`, "{", "seed-5.webgpu.json is not JSON"],
      [`${base}/seed-6.webgpu.json`, "{}", "seed-6.webgpu.json is not a record of schema 3"],
      [`${base}/seed-03.webgpu.json`, "{}", "seed-03.webgpu.json does not belong in a results folder"],
      [`${base}/seed-3.json`, "{}", "seed-3.json does not belong in a results folder"],
      [`${base}/seed-3.cuda.json`, "{}", "seed-3.cuda.json does not belong in a results folder"],
      [`${base}/notes.txt`, "", "notes.txt does not belong in a results folder"],
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
