import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { addConfirmation } from "../records/confirmations.ts";
import { firstDifference } from "../files/first_difference.ts";
import { writeLeaderboard } from "../leaderboard/files.ts";
import type { BenchRecord } from "../records/record.ts";
import { readRecords, recordPath, writeRecord } from "../records/folder.ts";
import { exampleRecord, exampleScore } from "../bench/testing.ts";
import { type Check, hashOf, pick, recordsOf, verifyLeaderboard, verifyRecords } from "./verify.ts";
import { verifyEquivalence } from "./equivalence.ts";

function example(objective = "bgpo", seed = 1, correct = 64): BenchRecord {
  return exampleRecord({ task: "sudoku/mini", objective, seed, correct, backend: "cpu" });
}

const BESIDE = "mini/sudoku/mini/bgpo/seed-1.cpu.samples.jsonl.gz";

async function writeCompressed(path: string, text: string): Promise<void> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(path, stream);
}

Deno.test("level C: a leaderboard that the records give passes, a changed character or a missing file fails", () =>
  withFolder(async (folder) => {
    await writeRecord(folder, example());
    await writeLeaderboard(folder, await readRecords(folder));
    const checks = await verifyLeaderboard(folder);
    assertEquals(checks.map(({ subject, passed }) => [subject, passed]), [
      ["leaderboard.json", true],
      ["LEADERBOARD.md", true],
      ["LEADERBOARD_DETAILS.md", true],
    ]);
    assertEquals(
      checks[0]!.detail,
      `sha256 ${sha256(await Deno.readTextFile(`${folder}/leaderboard.json`))}`,
    );
    const path = `${folder}/LEADERBOARD.md`;
    const lines = (await Deno.readTextFile(path)).split("\n");
    const at = lines.findIndex((line) => line.startsWith("| bgpo"));
    lines[at] = lines[at]!.replace("50.0", "51.0");
    await Deno.writeTextFile(path, lines.join("\n"));
    await Deno.remove(`${folder}/leaderboard.json`);
    const failed = await verifyLeaderboard(folder);
    assertEquals(failed.map(({ passed }) => passed), [false, false, true]);
    assertStringIncludes(failed[0]!.detail, "is missing; `deno task leaderboard --out ");
    assertStringIncludes(failed[1]!.detail, `line ${at + 1} is not what the records give`);
    // Another record, and the leaderboard is not that of the records any more.
    await writeLeaderboard(folder, await readRecords(folder));
    await writeRecord(folder, example("vrpo-ol"));
    assert((await verifyLeaderboard(folder)).every(({ passed }) => !passed));
  }));

/** Level A of records in two folders: those of `committed` and those of `retrained`. */
async function compared(
  committed: readonly BenchRecord[],
  retrained: readonly BenchRecord[],
  beside: readonly [string | null, string | null] = [null, null],
  confirmed: Readonly<Record<string, string>> = {},
): Promise<Check[]> {
  return await withFolder(async (root) => {
    const folders = { committed: `${root}/committed`, retrained: `${root}/retrained` };
    for (const record of committed) await writeRecord(folders.committed, record);
    for (const record of retrained) await writeRecord(folders.retrained, record);
    await addConfirmation(folders.committed, {
      backend: "cpu",
      commit: "unknown",
      changed: [],
      sources: confirmed,
      shown: {},
      peakDeviceBytes: {},
    });
    if (beside[0] !== null) await writeCompressed(`${folders.committed}/${BESIDE}`, beside[0]);
    if (beside[1] !== null) await writeCompressed(`${folders.retrained}/${BESIDE}`, beside[1]);
    const [before, after] = await Promise.all(
      [folders.committed, folders.retrained].map((folder) => recordsOf(folder, "mini", "cpu")),
    );
    return await verifyRecords(before!, after!, folders);
  });
}

Deno.test("level A: what varies between runs does not count, every other byte does", async () => {
  const record = example();
  const other = { ...record, run: { ...record.run, workers: 7, startedAt: "2027-01-01T00:00:00.000Z" } };
  const [same] = await compared([record], [other]);
  assertEquals([same!.subject, same!.passed], [recordPath(record.cell), true]);
  assert(/^sha256 [0-9a-f]{64}$/.test(same!.detail));
  const curve = record.outcome.curve.map((point, i) => i === 1 ? { ...point, correct: 13 } : point);
  const [differs] = await compared([record], [{ ...record, outcome: { ...record.outcome, curve } }]);
  assertEquals(differs!.passed, false);
  assertStringIncludes(differs!.detail, "differs at outcome.curve.1.correct (12 and 13)");
});

Deno.test("level A: changed code makes a record stale and says what to run; other data says which", async () => {
  const record = example();
  const source = { ...record.cell.source, core: "d".repeat(64) };
  const [stale] = await compared([record], [{ ...record, cell: { ...record.cell, source } }]);
  assertEquals(
    stale!.detail,
    "is stale: the code of every cell changed since its record; run `deno task bench --confirm` where the code " +
      "alone changed, or else `deno task bench --suite mini --backend cpu`, and commit the results",
  );
  const cell = { ...record.cell, source, learningRate: 1 };
  const [both] = await compared([record], [{ ...record, cell }]);
  assertStringIncludes(
    both!.detail,
    "is stale: learningRate, the code of every cell changed since its record; ",
  );
  const [data] = await compared([record], [{ ...record, cell: { ...record.cell, data: {} } }]);
  assertStringIncludes(
    data!.detail,
    "was graded on other data: committed sudoku/d1.csv; here none (DLLM_BENCH_DATA",
  );
});

Deno.test("level A: a record of confirmed code passes where the outcome is equal, and says that earlier code made it", async () => {
  const record = example(), { source } = record.cell, core = "d".repeat(64);
  const now = { ...record, cell: { ...record.cell, source: { ...source, core } } };
  const check = async (after: BenchRecord) =>
    (await compared([record], [after], undefined, { [source.core]: core }))[0]!;
  const equal = await check(now);
  assertEquals([equal.passed, equal.detail.slice(71)], [true, "; made by earlier code, confirmed"]);
  const differs = await check({ ...now, outcome: { ...now.outcome, model: "e".repeat(64) } });
  assertEquals(differs.passed, false);
  assertStringIncludes(differs.detail, "differs at outcome.model");
  const task = await check({ ...now, cell: { ...now.cell, source: { ...source, core, task: core } } });
  assertStringIncludes(task.detail, "is stale: the code of the task changed since its record");
});

Deno.test("level A: a record that only one side has fails", async () => {
  const checks = await compared([example("bgpo"), example("old")], [example("bgpo"), example("new")]);
  assertEquals(checks.map(({ subject, passed }) => [subject.split("/")[3], passed]), [
    ["bgpo", true],
    ["new", false],
    ["old", false],
  ]);
  assertStringIncludes(checks[1]!.detail, "has no committed record; run `deno task bench");
  assertStringIncludes(checks[2]!.detail, "is committed, but not a cell of the suite");
});

Deno.test("level A: files beside a record are compared by their contents", async () => {
  const both = [[example()], [example()]] as const;
  const verdict = async (a: string | null, b: string | null) => (await compared(...both, [a, b]))[0]!;
  const equal = await verdict("one\ntwo\n", "one\ntwo\n");
  assertEquals([equal.passed, equal.detail.slice(71)], [true, ", with samples"]);
  assertStringIncludes((await verdict("one\ntwo\n", "one\nTWO\n")).detail, "differs in line 2");
  assertStringIncludes((await verdict(null, "one\n")).detail, "is not committed");
  assertStringIncludes((await verdict("one\n", null)).detail, "retraining does not write it");
});

Deno.test("picked cells follow from the text alone, and every cell is picked by some text", () => {
  const records = new Map(
    Array.from({ length: 12 }, (_, i) => example("bgpo", i + 1)).map((
      record,
    ) => [recordPath(record.cell), record]),
  );
  const paths = (text: string) => [...pick(records, 2, text).keys()];
  assertEquals(paths("a commit"), paths("a commit"));
  const reversed = new Map([...records].reverse());
  assertEquals([...pick(reversed, 2, "a commit").keys()], paths("a commit"));
  const seen = new Set(Array.from({ length: 60 }, (_, i) => paths(`${i}`)).flat());
  assertEquals(seen.size, 12);
  assertEquals(pick(records, 99, "a").size, 12);
});

Deno.test("one hash stands for all records, and none of what varies is in it", () => {
  const of = (record: BenchRecord) => hashOf(new Map([[recordPath(record.cell), record]]));
  const record = example();
  assertEquals(of(record), of({ ...record, run: { ...record.run, deno: "3.0.0" } }));
  assertEquals(of(record), of({ ...record, cost: { peakDeviceBytes: 1 } }));
  const source = { ...record.cell.source, core: "d".repeat(64) };
  assertEquals(
    of(record),
    of({ ...record, cell: { ...record.cell, source } }),
    "confirmed code gives the same",
  );
  assert(of(record) !== of(example("bgpo", 1, 65)));
});

Deno.test("firstDifference names the place and both values", () => {
  assertEquals(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, "x"), null);
  assertEquals(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, "x"), "x.a.1.b (2 and 3)");
  assertEquals(firstDifference({ a: 1 }, { a: 1, b: null }, "x"), "x.b (undefined and null)");
  assertEquals(firstDifference([1], [1, 2], "x"), "x.1 (undefined and 2)");
});

/** Five seeds of two objectives; `shift` of 512 more puzzles are solved on the other backend. */
function levelB(shift: (seed: number) => number, seeds = [1, 2, 3, 4, 5]): Check[] {
  const records = (change: (seed: number) => number) => {
    const all = ["bgpo", "vrpo-ol"].flatMap((objective) =>
      seeds.map((seed) => {
        const record = example(objective, seed);
        const after = exampleScore(512, 250 + 7 * (seed % 3) + change(seed));
        const tests = record.outcome.tests.map((test) => ({ ...test, after }));
        return { ...record, outcome: { ...record.outcome, tests } };
      })
    );
    return new Map(all.map((record) => [recordPath(record.cell), record]));
  };
  return verifyEquivalence(records(() => 0), records(shift));
}

const verdicts = (checks: readonly Check[]) => checks.map(({ passed }) => passed);

Deno.test("level B passes for noise around zero, and fails in both directions for a shift beyond the margin", () => {
  const noise = levelB((seed) => [3, -4, 2, -2, 1][seed - 1]!);
  assertEquals(noise.map(({ subject }) => subject), [
    "sudoku/mini, sampled: mean over objectives",
    "all tasks, sampled: mean over objectives",
    "every seed, sampled",
    "sudoku/mini, greedy: mean over objectives",
    "all tasks, greedy: mean over objectives",
    "every seed, greedy",
  ]);
  assertEquals(verdicts(noise), new Array(6).fill(true));
  for (const sign of [1, -1]) {
    // 31 of 512 are 6 points, more than 5.
    const [own, pooled] = levelB((seed) => sign * (31 + seed % 2));
    assertEquals(verdicts([own!, pooled!]), [false, false]);
    assertStringIncludes(own!.detail, "not shown to be within +-5.0");
  }
});

Deno.test("level B: noise that hides a difference fails, as does a single seed far off", () => {
  const [hidden] = levelB((seed) => seed % 2 ? 60 : -60);
  assertEquals(hidden!.passed, false);
  const far = levelB((seed) => seed === 2 ? 140 : 0).find(({ subject }) =>
    subject === "every seed, sampled"
  )!;
  assertEquals(far.passed, false);
  assertStringIncludes(far.detail, "sudoku/mini, bgpo, seed 2");
});

Deno.test("level B: one task and seed prove nothing, and missing records fail", () => {
  assertEquals(verdicts(levelB(() => 0, [1])), [false, false]);
  const records = new Map([["a.json", example()]]);
  assertEquals(verdicts(verifyEquivalence(records, new Map())), [false]);
  assertEquals(verdicts(verifyEquivalence(new Map(), records)), [false]);
});
