import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { addConfirmation, type Confirmation, confirmationsOf } from "../records/confirmations.ts";
import { mcnemar } from "../statistics/mcnemar.ts";
import { leaderboardOf, type Section } from "./board.ts";
import { detailsMarkdown, leaderboardMarkdown } from "./markdown.ts";
import { rankingTable } from "./tables.ts";
import { leaderboardText, writeLeaderboard } from "./files.ts";
import { type BenchRecord, RecordError } from "../records/record.ts";
import { GENERATED } from "../suite/names.ts";
import { readRecords, writeRecord } from "../records/folder.ts";
import { recordedScore } from "../records/score.ts";
import { exampleRecord } from "../bench/testing.ts";
import { onlySection, records, TASKS, withOutcome } from "./testing.ts";

function resultOf(
  { results }: Section,
  set: string,
  decoding: string,
  { subset = "all", mode = "strict" } = {},
) {
  const found = results.find((each) =>
    each.task === "sudoku/mini" && each.set === set && each.decoding === decoding && each.subset === subset &&
    each.mode === mode
  );
  assert(found, `no result for ${set}`);
  return found;
}

Deno.test("a row by hand: 101 and 102 of 128 after 32 of 128", () => {
  const { base, rows } = resultOf(onlySection(records()), GENERATED, "sampled");
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
  // No item was lost and 69 and 70 were won: McNemar's mid-p is 2^-139.
  assertEquals(row.gainP, Math.round(1e6 * mcnemar(0, 139).mid) / 1e6);
  const [low, high] = row.gainOverItems!;
  assert(low > 0.4 && low < row.gain && high > row.gain && high < 0.65, `${low} ${high}`);
  // 2.8016 sqrt(2 s (1 - s) / 128), s = 103.5 / 132.
  const s = 103.5 / 132;
  assertAlmostEquals(row.detectable, 2.801585 * Math.sqrt(2 * s * (1 - s) / 128), 1e-5);
});

Deno.test("mode d1 has results of its own", () => {
  const { base, rows } = resultOf(onlySection(records()), GENERATED, "sampled", { mode: "d1" });
  assertEquals([base.score, rows[0]!.correct], [Math.round(1e6 * 33 / 128) / 1e6, 205]);
});

Deno.test("the leaderboard does not depend on the order of records", () => {
  const expected = leaderboardOf(records());
  const random = randomSequence({ seed: 1, stream: 1 });
  for (let i = 0; i < 5; i++) assertEquals(leaderboardOf(random.shuffle(records())), expected);
});

Deno.test("a ranking by hand: means, intervals, and no claim from four runs", () => {
  const [ranking] = onlySection(records()).rankings;
  assertEquals([ranking!.axis, ranking!.decoding, ranking!.mode], ["compute", "sampled", "strict"]);
  assertEquals([ranking!.tasks, ranking!.seeds, ranking!.base], [TASKS, [1, 2], [0.25, 0.25]]);
  const [first, second, third] = ranking!.rows;
  assertEquals([first, second, third].map((row) => row!.objective), ["bgpo", "vrpo-ol", "reinforce-elbo"]);
  const { mean, iqm, gain, meanInterval, rank, group, profile } = first!.aggregate!;
  assertAlmostEquals(mean, 101.5 / 128, 1e-6);
  assertAlmostEquals(iqm, 101.5 / 128, 1e-6);
  assertAlmostEquals(gain, 101.5 / 128 - 0.25, 1e-6);
  assertAlmostEquals(meanInterval![0], 101 / 128, 1e-6);
  assertAlmostEquals(meanInterval![1], 102 / 128, 1e-6);
  assertEquals(profile.filter((share) => share === 1).length, 15);
  // Four runs have 16 sign patterns: p is at least 2 / 16.
  assertEquals([rank, group], [1, "a"]);
  assertEquals([third!.aggregate!.rank, third!.aggregate!.group], [1, "a"]);
  assertEquals(ranking!.pairs, { compared: 3, toldApart: 0, resolvable: false, detectable: null });
  assertEquals(ranking!.adjustedP[0], [1, 0.375, 0.375]);
  assertEquals(ranking!.improvement[0]![2], 1);
  assertEquals(ranking!.improvement[2]![0], 0);
});

Deno.test("enough runs tell apart what differs in all of them, and letters say what does not", () => {
  const tasks = ["a", "b", "c", "d"], seeds = [1, 2, 3];
  const all = records(seeds, tasks).map((record) => {
    // vrpo-ol is better than bgpo in half of the runs.
    const { task, objective, seed } = record.cell;
    if (objective !== "vrpo-ol") return record;
    return exampleRecord({ task, objective, seed, correct: 97 + 6 * (seed % 2) });
  });
  const [ranking] = onlySection(all).rankings;
  const shown = ranking!.rows.map((
    { objective, aggregate },
  ) => [objective, aggregate!.rank, aggregate!.group]);
  assertEquals(shown, [["bgpo", 1, "a"], ["vrpo-ol", 1, "a"], ["reinforce-elbo", 3, "b"]]);
  const { compared, toldApart, resolvable, detectable } = ranking!.pairs;
  assertEquals([compared, toldApart, resolvable], [3, 2, true]);
  assert(detectable! > 0 && detectable! < 0.05, `${detectable}`);
  assertAlmostEquals(ranking!.adjustedP[0]![2]!, 3 * 2 / 2 ** 12, 1e-6);
});

Deno.test("objectives with equal models in every cell are one class, and one row", () => {
  const all = records().map((record) =>
    record.cell.objective === "vrpo-ol"
      ? withOutcome(
        record,
        records().find(({ cell }) =>
          cell.objective === "bgpo" && cell.task === record.cell.task && cell.seed === record.cell.seed
        )!.outcome,
      )
      : record
  );
  const section = onlySection(all);
  assertEquals(section.classes, [["bgpo", "vrpo-ol"], ["reinforce-elbo"]]);
  assertEquals(section.rankings[0]!.pairs.compared, 1);
  const text = leaderboardMarkdown(leaderboardOf(all));
  assertStringIncludes(text, "- bgpo = vrpo-ol: equal byte for byte in every cell, shown as one");
  assertStringIncludes(text, "| bgpo (same models: vrpo-ol) ");
  // One differing cell is enough to tell them apart.
  const one = all.map((record) =>
    record.cell.objective === "vrpo-ol" && record.cell.seed === 1
      ? withOutcome(record, { model: sha256("other") })
      : record
  );
  assertEquals(onlySection(one).classes.length, 3);
});

Deno.test("the axis of equal updates reads every curve at the updates that all reach", () => {
  const curve = (points: [updates: number, correct: number][]): BenchRecord["outcome"]["curve"] =>
    points.map(([updates, correct], i) => ({
      puzzles: "test",
      step: i,
      updates,
      forwards: 100 * i,
      decoding: "greedy",
      n: 32,
      correct,
    }));
  const all = records([1]).map((record) => {
    const { budget } = record.outcome;
    if (record.cell.objective === "bgpo") {
      return withOutcome(record, {
        budget: { ...budget, updates: 30, forwards: 300 },
        curve: curve([[0, 8], [10, 16], [20, 20], [30, 32]]),
      });
    }
    return withOutcome(record, {
      budget: { ...budget, updates: 15, forwards: 200 },
      curve: curve([[0, 8], [5, 12], [12, 24]]),
    });
  });
  const section = onlySection(all);
  const ranking = section.rankings.find(({ axis }) => axis === "updates")!;
  assertEquals([ranking.decoding, ranking.updates], ["greedy", [15, 15]]);
  const scores = Object.fromEntries(ranking.rows.map(({ objective, scores }) => [objective, scores]));
  // Half way between 16 and 20 of 32.
  assertEquals(scores["bgpo"], [18 / 32, 18 / 32]);
  // Its end: the first 32 of the 97 solved puzzles of the final test.
  assertEquals(scores["vrpo-ol"], [1, 1]);
  const area = section.training.find(({ objective }) => objective === "bgpo")!.area;
  assertAlmostEquals(area.greedy!, (12 + 18 + 26) / 3 / 32, 1e-6);
  assertEquals(area.sampled, undefined);
  // A run that diverged was stopped: it keeps its last score and does not shorten the others.
  const diverged = all.map((record) =>
    record.cell.objective === "reinforce-elbo"
      ? withOutcome(record, { status: "diverged", budget: { ...record.outcome.budget, updates: 12 } })
      : record
  );
  const after = onlySection(diverged).rankings.find(({ axis }) => axis === "updates")!;
  assertEquals(after.updates, [15, 15]);
  assertEquals(after.rows.find(({ objective }) => objective === "reinforce-elbo")!.scores, [0.75, 0.75]);
});

Deno.test("one seed has no interval over seeds, and unequal compute is said in every title", () => {
  const all = records([1]).map((record) =>
    record.cell.objective === "bgpo"
      ? withOutcome(record, { budget: { ...record.outcome.budget, flops: 2 * record.outcome.budget.flops } })
      : record
  );
  const { meanInterval, iqmInterval, gainInterval } = onlySection(all).rankings[0]!.rows[0]!.aggregate!;
  assertEquals([meanInterval, iqmInterval, gainInterval], [null, null, null]);
  const text = leaderboardMarkdown(leaderboardOf(all));
  assertStringIncludes(
    text,
    "### Objectives by mean score, sampled, graded strictly, final models, unequal compute (up to 2.0 times) (staged)",
  );
  assert(!text.includes(", equal compute"));
});

Deno.test("budgets are whole rollouts: compute is equal while none could have afforded another", () => {
  const titleOf = (flops: number) =>
    leaderboardMarkdown(leaderboardOf(
      records().map((record) => {
        const { budget } = record.outcome;
        const own = record.cell.objective === "bgpo" ? flops : 600;
        return withOutcome(record, { budget: { ...budget, steps: 6, flops: own } });
      }),
    )).match(/### Objectives by mean score, sampled, graded strictly, (.*) \(staged\)/)![1];
  assertEquals(titleOf(600), "equal compute");
  assertEquals(titleOf(540), "equal compute (in whole rollouts, within 11 %)");
  assertEquals(titleOf(500), "final models, unequal compute (up to 1.2 times)");
});

Deno.test("a seed that some objective lacks is left out of rankings; a missing score never counts as 0", () => {
  const partial = records().filter(({ cell }) => !(cell.objective === "vrpo-ol" && cell.seed === 2));
  const [ranking] = onlySection(partial).rankings;
  assertEquals(ranking!.seeds, [1]);
  assert(ranking!.rows.every(({ aggregate }) => aggregate !== null));
  const lacking = records().filter(({ cell }) =>
    !(cell.task === "sudoku/mini" && (cell.objective === "bgpo" ||
      (cell.objective === "vrpo-ol" && cell.seed === 2)))
  );
  const section = onlySection(lacking);
  assertEquals(section.rankings[0]!.rows.map(({ objective, aggregate }) => [objective, aggregate !== null]), [
    ["reinforce-elbo", true],
    ["bgpo", false],
    ["vrpo-ol", false],
  ]);
  assert(section.notes.includes("sudoku/mini, vrpo-ol: no record of seed 2"));
  const line = leaderboardMarkdown(leaderboardOf(lacking)).split("\n").find((each) =>
    each.startsWith("| bgpo ")
  )!;
  assertEquals(line.split("|").map((part) => part.trim()).slice(2, 6), ["–", "–", "–", "–"]);
});

Deno.test("a score over the seeds that all rows have stands beside no interval over other seeds", () => {
  const partial = records([1, 2, 3]).filter(({ cell }) => !(cell.objective === "vrpo-ol" && cell.seed === 3));
  const section = onlySection(partial), [ranking] = section.rankings;
  assertEquals(ranking!.seeds, [1, 2]);
  const { columns, rows } = rankingTable(section, ranking!);
  const at = columns.findIndex(({ id }) => id === "sudoku/mini");
  assertEquals(
    rows.slice(0, 3).map((row) => [row[0]!.value, row[at]!.interval !== null]).sort(),
    [["bgpo", false], ["reinforce-elbo", false], ["vrpo-ol", true]],
  );
});

Deno.test("tagged examples of a real test set are a result of their own", () => {
  const section = onlySection(records());
  assertEquals(resultOf(section, "sudoku-d1", "greedy").base.n, 100);
  const clean = resultOf(section, "sudoku-d1", "greedy", { subset: "clean" });
  assertEquals([clean.base.n, clean.base.score, clean.rows[0]!.n, clean.rows[0]!.score], [10, 0.1, 20, 0.5]);
  assertEquals([clean.rows[0]!.gainP, clean.rows[0]!.gainOverItems], [null, null]);
});

Deno.test("other suites, versions, contents, settings and backends are sections of their own", () => {
  const [first] = records();
  const { cell } = first!;
  const others: BenchRecord[] = [
    exampleRecord({ ...cell, version: 2 }),
    exampleRecord({ ...cell, version: 10 }),
    exampleRecord({ ...cell, backend: "cpu" }),
    { ...first!, cell: { ...cell, setting: "natural" } },
    { ...first!, cell: { ...cell, suite: { ...cell.suite, identity: "c".repeat(64) } } },
    { ...first!, cell: { ...cell, suite: { ...cell.suite, id: "own" } } },
  ];
  const board = leaderboardOf([...others, ...records()]);
  assertEquals(
    board.sections.map(({ suite, setting, backend }) =>
      `${suite.id}@${suite.version} ${suite.identity[0]} ${setting} ${backend}`
    ),
    [
      "mini@1 1 natural webgpu",
      "mini@1 1 staged cpu",
      "mini@1 1 staged webgpu",
      "mini@1 c staged webgpu",
      "mini@2 2 staged webgpu",
      "mini@10 0 staged webgpu",
      "own@1 1 staged webgpu",
    ],
  );
  const text = leaderboardMarkdown(board);
  assertStringIncludes(text, "## mini@1 on cpu, staged");
  assertStringIncludes(text, "## mini@10 on webgpu, staged");
});

Deno.test("diverged runs, other base models, code, data and settings are never shown without a note", () => {
  const changed = records().map((record) => {
    if (record.cell.task !== "sudoku/mini" || record.cell.seed !== 2) return record;
    if (record.cell.objective === "bgpo") return withOutcome(record, { status: "diverged" });
    if (record.cell.objective !== "vrpo-ol") return record;
    return {
      ...record,
      cell: {
        ...record.cell,
        base: "d".repeat(64),
        source: { ...record.cell.source, core: "a".repeat(64) },
        data: {},
        decoding: {
          ...record.cell.decoding,
          rollout: { ...record.cell.decoding.rollout, steps: 2, blockLength: 8 },
        },
        settings: { samples: 8, normalize: 1 },
      },
    };
  });
  const section = onlySection(changed);
  assertEquals(section.notes, [
    "countdown/mini: all seeds share one base model; intervals over seeds do not cover it",
    "sudoku/mini: seed 2 ran from 2 different base models; gains cannot be compared",
    "sudoku/mini: graded on 2 different sets of data files; rows cannot be compared on them",
    "sudoku/mini: decoded in 2 ways; rows cannot be compared",
    "sudoku/mini, bgpo: seed 2 diverged",
    "sudoku/mini, vrpo-ol: seeds ran with 2 versions of the code; run the suite again",
    "sudoku/mini, vrpo-ol: ran with 2 different settings",
  ]);
  const board = leaderboardOf(changed);
  for (const text of [leaderboardMarkdown(board), leaderboardText(board)]) {
    for (const note of section.notes) assertStringIncludes(text, `Note: ${note}`);
    assertStringIncludes(text, "bgpo († a run diverged)");
  }
});

Deno.test("two records of one cell are refused", () => {
  assertThrows(
    () => leaderboardOf([...records(), records()[0]!]),
    RecordError,
    "two records of countdown/mini, bgpo, seed 1",
  );
});

Deno.test("costs are means over seeds and the largest peak", () => {
  const all = records();
  const { outcome: { budget }, cost: { peakDeviceBytes } } = all[0]!;
  all[0] = {
    ...withOutcome(all[0]!, { budget: { ...budget, updates: budget.updates + 1 } }),
    cost: { peakDeviceBytes: peakDeviceBytes + 1 },
  };
  const cost = onlySection(all).training.find(({ task, objective }) =>
    task === "countdown/mini" && objective === "bgpo"
  )!;
  assertEquals([cost.updates, cost.steps, cost.peakDeviceBytes], [6.5, 3, peakDeviceBytes + 1]);
  assertAlmostEquals(cost.deadGroups, 0.25, 1e-6);
  assertEquals(cost.entropy, { first: 0.5, last: 0.3 });
  assertEquals([cost.kl, cost.maskShare, cost.skippedUpdates], [0.001, 0.0625, 2]);
});

/** Later code than that of records, of every cell, with the peaks that it needs. */
const LATER = sha256("later code");
const confirmation = (
  peakDeviceBytes: Confirmation["peakDeviceBytes"],
  backend = "webgpu",
): Confirmation => ({
  backend,
  commit: "unknown",
  changed: ["src/bench/cell.ts"],
  sources: { [records()[0]!.cell.source.core]: LATER },
  shown: {},
  peakDeviceBytes,
});

/** The records, of which those of seed 2 ran with later code. */
const mixed = () =>
  records().map((record) =>
    record.cell.seed === 2
      ? { ...record, cell: { ...record.cell, source: { ...record.cell.source, core: LATER } } }
      : record
  );

Deno.test("records of confirmed code are counted apart and compared with those of the code that it is the same as", () => {
  const peaks = { "mini/sudoku/mini/bgpo": 2 ** 20, "mini/sudoku/mini/vrpo-ol": 9 * 2 ** 20 };
  const known = confirmationsOf([confirmation(peaks)]);
  const board = leaderboardOf(mixed(), known), [section] = board.sections;
  assertEquals(section!.records, { made: 6, confirmed: 6 });
  assertEquals(section!.notes.filter((note) => note.includes("versions of the code")), []);
  const fact =
    "6 of 12 records were made by earlier code and are confirmed for later code, which gave the same";
  for (const text of [leaderboardMarkdown(board), leaderboardText(board)]) assertStringIncludes(text, fact);

  // Of a confirmed record the peak is that of later code, where it was measured; of others their own.
  const own = 3 * 2 ** 20;
  const peakOf = ({ training }: Section, task: string, objective: string) =>
    training.find((each) => each.task === task && each.objective === objective)!.peakDeviceBytes;
  assertEquals(peakOf(section!, "sudoku/mini", "bgpo"), own, "seed 2 needed it, with the later code");
  assertEquals(peakOf(section!, "sudoku/mini", "vrpo-ol"), 9 * 2 ** 20);
  assertEquals(peakOf(section!, "countdown/mini", "bgpo"), own);
  const [earlier] = leaderboardOf(records([1]), known).sections;
  assertEquals(earlier!.records, { made: 0, confirmed: 6 });
  assertEquals(peakOf(earlier!, "sudoku/mini", "bgpo"), 2 ** 20);
});

Deno.test("without a confirmation for their backend, records of two versions of the code are noted and all count as made", () => {
  for (const list of [[], [confirmation({ "mini/sudoku/mini/bgpo": 1 }, "cpu")]]) {
    const board = leaderboardOf(mixed(), confirmationsOf(list)), [section] = board.sections;
    assertEquals(section!.records, { made: 12, confirmed: 0 });
    assertEquals(
      section!.notes.filter((note) => note.includes("seeds ran with 2 versions of the code")).length,
      6,
    );
    assert(section!.training.every(({ peakDeviceBytes }) => peakDeviceBytes === 3 * 2 ** 20));
    assert(!leaderboardMarkdown(board).includes("are confirmed for later code"));
  }
});

Deno.test("writeLeaderboard goes by the confirmations of its folder", () =>
  withFolder(async (folder) => {
    const before = await writeLeaderboard(folder, mixed());
    assertEquals(before.sections[0]!.records, { made: 12, confirmed: 0 });
    await addConfirmation(folder, confirmation({}));
    const after = await writeLeaderboard(folder, mixed());
    assertEquals(after.sections[0]!.records, { made: 6, confirmed: 6 });
    assertEquals(await Deno.readTextFile(`${folder}/leaderboard.json`), canonicalJson(after));
  }));

Deno.test("writeLeaderboard writes the same bytes again from the records on disk", () =>
  withFolder(async (folder) => {
    for (const record of records()) await writeRecord(folder, record);
    const board = await writeLeaderboard(folder, await readRecords(folder));
    const read = () =>
      ["leaderboard.json", "LEADERBOARD.md", "LEADERBOARD_DETAILS.md"].map((name) =>
        Deno.readTextFileSync(`${folder}/${name}`)
      );
    const first = read();
    assertEquals(first, [canonicalJson(board), leaderboardMarkdown(board), detailsMarkdown(board)]);
    await writeLeaderboard(folder, (await readRecords(folder)).reverse());
    assertEquals(read(), first);
  }));

Deno.test("432 records: 24 objectives, 6 tasks and 3 seeds of 512 puzzles", () => {
  const random = randomSequence({ seed: 9, stream: 1 });
  const score = (share: number) =>
    recordedScore({
      items: Array.from({ length: 512 }, () => {
        const correct = random.uniform() < share;
        return { strict: correct, d1: correct };
      }),
      measures: {},
      tags: {},
      tokens: 512 * 16,
      forwards: 512 * 4,
    });
  const all: BenchRecord[] = [];
  for (const task of ["a", "b", "c", "d", "e", "f"]) {
    for (const seed of [1, 2, 3]) {
      const tests = (["sampled", "greedy"] as const).map((decoding) => ({
        set: GENERATED,
        decoding,
        before: score(0.3),
        after: score(0.3),
      }));
      for (let i = 0; i < 24; i++) {
        const record = exampleRecord({ task, objective: `objective-${i}`, seed });
        const own = tests.map((test) => ({ ...test, after: score(0.5 + 0.01 * i) }));
        all.push(withOutcome(record, { tests: own }));
      }
    }
  }
  const board = leaderboardOf(all);
  const text = leaderboardMarkdown(board);
  assert(text.length > 10000);
  const { compared, toldApart } = board.sections[0]!.rankings[0]!.pairs;
  assertEquals(compared, 276);
  // Neighbours differ by a point and stay tied, the ends by 23 points.
  assert(toldApart > 100 && toldApart < 276, `${toldApart}`);
});
