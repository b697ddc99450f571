import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { withFolder } from "../files/testing.ts";
import { leaderboardOf, type Section } from "./leaderboard.ts";
import { leaderboardMarkdown, leaderboardText, writeLeaderboard } from "./leaderboard_text.ts";
import { type BenchRecord, readRecords, RecordError, writeRecord } from "./record.ts";
import { exampleRecord } from "./testing.ts";

/** Two tasks, three objectives, two seeds; of 128 puzzles bgpo solves about 100, the others 96 and 60. */
function records(): BenchRecord[] {
  const solved = { "bgpo": 100, "vrpo-ol": 96, "reinforce-elbo": 60 };
  return ["sudoku/mini", "countdown/mini"].flatMap((task) =>
    Object.entries(solved).flatMap(([objective, correct]) =>
      [1, 2].map((seed) => exampleRecord({ task, objective, seed, correct: correct + seed }))
    )
  );
}

function onlySection(all: readonly BenchRecord[]): Section {
  const { sections } = leaderboardOf(all);
  assertEquals(sections.length, 1);
  return sections[0]!;
}

function resultOf({ results }: Section, set: string, decoding: string, subset = "all", task = "sudoku/mini") {
  const found = results.find((each) =>
    each.task === task && each.set === set && each.decoding === decoding && each.subset === subset
  );
  assert(found, `no result for ${set}`);
  return found;
}

Deno.test("a row by hand: 101 and 102 of 128 after 32 of 128", () => {
  const { base, rows } = resultOf(onlySection(records()), "generated", "sampled");
  assertEquals([base.n, base.score], [128, 0.25]);
  assertEquals(base.measures, { cells: 0.25 });
  const row = rows[0]!;
  assertEquals([row.objective, row.seeds, row.n, row.correct], ["bgpo", [1, 2], 256, 203]);
  assertAlmostEquals(row.score, 203 / 256, 1e-6);
  assertAlmostEquals(row.gain, 203 / 256 - 0.25, 1e-6);
  // Two values 1/128 apart: deviation 1 / (128 sqrt 2), half width t(1) / 256.
  const half = 12.7062047361747 / 256;
  assertAlmostEquals(row.overSeeds![0], 203 / 256 - half, 1e-6);
  assertAlmostEquals(row.gainOverSeeds![1], 203 / 256 - 0.25 + half, 1e-6);
  // Wilson for 203 of 256, by the formula.
  const z = 1.959963984540054, p = 203 / 256, n = 256;
  const centre = (p + z * z / 2 / n) / (1 + z * z / n);
  const width = z / (1 + z * z / n) * Math.sqrt(p * (1 - p) / n + z * z / 4 / n / n);
  assertAlmostEquals(row.overResponses[0], centre - width, 1e-6);
  assertAlmostEquals(row.overResponses[1], centre + width, 1e-6);
  assertAlmostEquals(row.measures.cells!, 203 / 256, 1e-6);
});

Deno.test("the leaderboard does not depend on the order of records", () => {
  const expected = leaderboardOf(records());
  const random = randomSequence({ seed: 1, stream: 1 });
  for (let i = 0; i < 20; i++) assertEquals(leaderboardOf(random.shuffle(records())), expected);
});

Deno.test("rows are told apart only where intervals are disjoint", () => {
  const section = onlySection(records().filter(({ cell }) => cell.seed === 1));
  const { rows } = resultOf(section, "generated", "sampled");
  assertEquals(rows.map(({ objective, group }) => [objective, group]), [
    ["bgpo", "A"],
    ["vrpo-ol", "A"],
    ["reinforce-elbo", "B"],
  ]);
  assertEquals(rows.map(({ overSeeds }) => overSeeds), [null, null, null]);
  assertEquals(section.objectives, ["bgpo", "vrpo-ol", "reinforce-elbo"]);
  // bgpo falls below vrpo-ol, but its seeds differ so widely that it may still be as good.
  const noisy = records().map((record) =>
    record.cell.objective === "bgpo" && record.cell.seed === 2
      ? exampleRecord({ ...record.cell, correct: 40 })
      : record
  );
  const noisyRows = resultOf(onlySection(noisy), "generated", "sampled").rows;
  assertEquals(noisyRows.map(({ objective, group }) => [objective, group]), [
    ["vrpo-ol", "A"],
    ["bgpo", "A"],
    ["reinforce-elbo", "B"],
  ]);
});

Deno.test("tagged examples of a real test set are a result of their own", () => {
  const section = onlySection(records());
  assertEquals(resultOf(section, "sudoku-d1", "greedy").base.n, 100);
  const clean = resultOf(section, "sudoku-d1", "greedy", "clean");
  assertEquals([clean.base.n, clean.base.score, clean.rows[0]!.n, clean.rows[0]!.score], [10, 0.1, 20, 0.5]);
});

Deno.test("other suites, versions, contents and backends are sections of their own", () => {
  const [first] = records();
  const { cell } = first!;
  const others: BenchRecord[] = [
    exampleRecord({ ...cell, version: 2 }),
    exampleRecord({ ...cell, version: 10 }),
    exampleRecord({ ...cell, backend: "cpu" }),
    { ...first!, cell: { ...cell, suite: { ...cell.suite, identity: "c".repeat(64) } } },
    { ...first!, cell: { ...cell, suite: { ...cell.suite, id: "own" } } },
  ];
  const board = leaderboardOf([...others, ...records()]);
  assertEquals(
    board.sections.map(({ suite, backend }) =>
      `${suite.id}@${suite.version} ${suite.identity[0]} ${backend}`
    ),
    [
      "mini@1 1 cpu",
      "mini@1 1 webgpu",
      "mini@1 c webgpu",
      "mini@2 2 webgpu",
      "mini@10 0 webgpu",
      "own@1 1 webgpu",
    ],
  );
  const text = leaderboardMarkdown(board);
  assertStringIncludes(text, "## mini@1 on cpu");
  assertStringIncludes(text, "## mini@10 on webgpu");
});

Deno.test("a missing score never counts as 0, and is said", () => {
  const some = records().filter(({ cell }) =>
    !(cell.task === "sudoku/mini" &&
      (cell.objective === "bgpo" || (cell.objective === "vrpo-ol" && cell.seed === 2)))
  );
  const section = onlySection(some);
  assertEquals(section.objectives, ["vrpo-ol", "reinforce-elbo", "bgpo"]);
  assertEquals(section.notes, ["sudoku/mini, vrpo-ol: no record of seed 2"]);
  const line = leaderboardMarkdown({ schema: 1, sections: [section] }).split("\n").find((each) =>
    each.startsWith("| bgpo ")
  )!;
  assertEquals(line.split("|").map((part) => part.trim()).slice(3, 5), ["–", "–"]);
});

Deno.test("diverged runs, other base models and other settings are never shown without a note", () => {
  const changed = records().map((record) => {
    if (record.cell.task !== "sudoku/mini" || record.cell.seed !== 2) return record;
    if (record.cell.objective === "bgpo") {
      return { ...record, outcome: { ...record.outcome, status: "diverged" as const } };
    }
    const cell = { ...record.cell, base: "d".repeat(64), settings: { samples: 8, normalize: 1 } };
    return record.cell.objective === "vrpo-ol" ? { ...record, cell } : record;
  });
  const section = onlySection(changed);
  assertEquals(section.notes, [
    "sudoku/mini: trained from 2 different base models; gains cannot be compared",
    "sudoku/mini, bgpo: seed 2 diverged",
    "vrpo-ol: ran with 2 different settings",
  ]);
  const board = { schema: 1 as const, sections: [section] };
  for (const text of [leaderboardMarkdown(board), leaderboardText(board)]) {
    for (const note of section.notes) assertStringIncludes(text, `Note: ${note}`);
    assertStringIncludes(text, "A†");
  }
});

Deno.test("two records of one cell are refused", () => {
  assertThrows(
    () => leaderboardOf([...records(), records()[0]!]),
    RecordError,
    "two records of sudoku/mini, bgpo, seed 1",
  );
});

Deno.test("costs are means over seeds and the largest peak", () => {
  const all = records();
  const { outcome } = all[0]!;
  const budget = { ...outcome.budget, updates: outcome.budget.updates + 1 };
  all[0] = { ...all[0]!, outcome: { ...outcome, budget, peakDeviceBytes: outcome.peakDeviceBytes + 1 } };
  const cost = onlySection(all).costs.find(({ task, objective }) =>
    task === "sudoku/mini" && objective === "bgpo"
  )!;
  assertEquals([cost.updates, cost.steps, cost.peakDeviceBytes], [6.5, 3, outcome.peakDeviceBytes + 1]);
});

Deno.test("the summary table shows score, interval, gain and group of every cell", () => {
  const lines = leaderboardMarkdown(leaderboardOf(records())).split("\n");
  const at = lines.indexOf("### Generated puzzles, sampled");
  assertEquals(lines.slice(at + 2, at + 8).map((line) => line.replace(/ +/g, " ")), [
    "| objective | countdown/mini | sudoku/mini | mean |",
    "| -------------- | ------------------------- | ------------------------- | ---- |",
    "| base | 25.0 [18.3, 33.2] | 25.0 [18.3, 33.2] | 25.0 |",
    "| bgpo | 79.3 [73.9, 83.8] +54.3 A | 79.3 [73.9, 83.8] +54.3 A | 79.3 |",
    "| vrpo-ol | 76.2 [70.6, 81.0] +51.2 A | 76.2 [70.6, 81.0] +51.2 A | 76.2 |",
    "| reinforce-elbo | 48.0 [42.0, 54.2] +23.0 B | 48.0 [42.0, 54.2] +23.0 B | 48.0 |",
  ]);
  for (const line of lines) assert(!/NaN|undefined|null|Infinity/.test(line), line);
});

Deno.test("no records give an empty leaderboard that says so", () => {
  assertEquals(leaderboardOf([]), { schema: 1, sections: [] });
  assertStringIncludes(leaderboardMarkdown(leaderboardOf([])), "There are no records yet.");
  assertStringIncludes(leaderboardText(leaderboardOf([])), "There are no records yet.");
});

Deno.test("writeLeaderboard writes the same bytes again from the records on disk", () =>
  withFolder(async (folder) => {
    for (const record of records()) await writeRecord(folder, record);
    const board = await writeLeaderboard(folder, await readRecords(folder));
    const read = () =>
      ["leaderboard.json", "LEADERBOARD.md"].map((name) => Deno.readTextFileSync(`${folder}/${name}`));
    const first = read();
    assertEquals(first, [canonicalJson(board), leaderboardMarkdown(board)]);
    await writeLeaderboard(folder, (await readRecords(folder)).reverse());
    assertEquals(read(), first);
  }));
