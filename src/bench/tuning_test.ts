import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { openCpu } from "../../kernels/cpu.ts";
import { taskById } from "../../tasks/registry.ts";
import { withFolder } from "../files/testing.ts";
import { objectiveById } from "../objectives/registry.ts";
import { inlineExecutor } from "./executor.ts";
import { loadSuite, parseSuite, SUITE_IDS } from "../suite/suite.ts";
import { exampleRecord, smallSuite } from "./testing.ts";
import {
  bestRate,
  evidenceOf,
  mergeEvidence,
  RATES,
  readEvidence,
  tuneSuite,
  tuningSuite,
  withLearningRates,
} from "./tuning.ts";

const bgpo = objectiveById("bgpo"), wd1 = objectiveById("wd1"), sudoku = taskById("sudoku/mini");
const tasks = [sudoku, taskById("countdown/mini")];

Deno.test("a sweep trains as the suite does, but for rates, seeds and what is evaluated", async () => {
  const mini = await loadSuite("mini");
  const { id, objectives, seeds, evaluation, ...rest } = tuningSuite(mini, 0.001);
  const { id: _, objectives: own, seeds: reported, evaluation: __, ...same } = mini;
  assertEquals(rest, same);
  assertEquals([id, seeds], ["mini-1e-3", mini.tuningSeeds]);
  assert(!seeds.some((seed) => reported.includes(seed)));
  for (const [name, entry] of Object.entries(objectives)) {
    assertEquals(entry, { ...own[name]!, learningRate: 0.001 });
  }
  assertEquals(evaluation.final, { prompts: 512, decodings: ["sampled"], realPrompts: 0 });
  assertEquals(new Set(RATES.map((rate) => tuningSuite(mini, rate).id)).size, RATES.length);
});

Deno.test("the rate with the best mean over tasks is chosen, the smaller one of equals", async () => {
  assertEquals(bestRate([{ rate: 1, mean: 0.5 }, { rate: 2, mean: 0.7 }, { rate: 3, mean: 0.7 }]), 2);
  const recordsWith = (solved: Readonly<Record<string, readonly number[]>>) =>
    Object.entries(solved).flatMap(([task, counts]) =>
      counts.map((correct, i) => {
        const record = exampleRecord({ task, objective: "bgpo", seed: 1001, correct });
        return { ...record, cell: { ...record.cell, learningRate: RATES[i]! } };
      })
    );
  const records = recordsWith({ "sudoku/mini": [32, 64, 0, 0], "countdown/mini": [64, 40, 128, 0] });
  const suite = await smallSuite();
  const evidence = evidenceOf(suite, tasks, [bgpo], records);
  const { chosen, rates } = evidence.objectives.bgpo!;
  assertEquals(rates.map(({ mean }) => mean), [0.375, 0.40625, 0.5, 0]);
  assertEquals(rates[1]!.tasks, { "sudoku/mini": 0.5, "countdown/mini": 0.3125 });
  assertEquals([chosen, evidence.suite, evidence.seeds], [RATES[2], "small", suite.tuningSeeds]);

  const other = { ...evidence, objectives: { wd1: evidence.objectives.bgpo! } };
  assertEquals(Object.keys(mergeEvidence(evidence, other).objectives), ["bgpo", "wd1"]);
  assertEquals(mergeEvidence({ ...evidence, version: 9 }, other), other);
  assertEquals(mergeEvidence(null, other), other);

  // One task measured again: its scores replace the old ones, and the means and the choice follow.
  const again = evidenceOf(suite, [sudoku], [bgpo], recordsWith({ "sudoku/mini": [128, 64, 0, 0] }));
  const merged = mergeEvidence(evidence, again).objectives.bgpo!;
  assertEquals(merged.rates.map(({ tasks }) => tasks), [
    { "sudoku/mini": 1, "countdown/mini": 0.5 },
    { "sudoku/mini": 0.5, "countdown/mini": 0.3125 },
    { "sudoku/mini": 0, "countdown/mini": 1 },
    { "sudoku/mini": 0, "countdown/mini": 0 },
  ]);
  assertEquals(merged.rates.map(({ mean }) => mean), [0.75, 0.40625, 0.5, 0]);
  assertEquals([merged.chosen, Object.keys(merged.source).sort()], [RATES[0], [
    "countdown/mini",
    "sudoku/mini",
  ]]);
});

Deno.test("a sweep of a small suite has a score for every rate, and continues where it stopped", () =>
  withFolder(async (folder) => {
    using backend = await openCpu();
    const suite = await smallSuite();
    const finished: string[] = [], rates: number[] = [], controller = new AbortController();
    const options = {
      executor: inlineExecutor(backend),
      suite,
      tasks: [sudoku],
      objectives: [bgpo, wd1],
      out: folder,
      work: `${folder}/.work`,
      cache: `${folder}/.cache`,
      mode: "two-pass",
    } as const;
    const sweep = (signal: AbortSignal, limit = Infinity) =>
      tuneSuite({ ...options, signal }, (rate) => rates.push(rate), {
        progress: () => {},
        say: () => {},
        finished({ cell }, reused) {
          if (!reused) finished.push(`${cell.objective} ${cell.learningRate} ${cell.seed}`);
          if (finished.length >= limit) controller.abort(new Error("enough"));
        },
        seedFinished: () => Promise.resolve(),
      });
    await sweep(controller.signal, 3).catch(() => {});
    assertEquals(finished.length, 3);
    const evidence = await sweep(new AbortController().signal);
    assertEquals(finished.sort(), RATES.flatMap((rate) => [`bgpo ${rate} 1001`, `wd1 ${rate} 1001`]).sort());
    assertEquals(rates, [...RATES.slice(0, 2), ...RATES]);
    for (const { rates } of Object.values(evidence.objectives)) {
      assertEquals(rates.map(({ rate }) => rate), [...RATES]);
    }
  }));

Deno.test("chosen rates are written into the file, and nothing else changes", async () => {
  const text = await Deno.readTextFile("src/suite/suites/mini.yaml");
  const changed = withLearningRates(text, { bgpo: 0.123, "dppo-topk-kl": 0.456 });
  const before = parseSuite(text, "mini.yaml"), after = parseSuite(changed, "mini.yaml");
  assertEquals([after.objectives.bgpo!.learningRate, after.objectives["dppo-topk-kl"]!.learningRate], [
    0.123,
    0.456,
  ]);
  for (const id of ["bgpo", "dppo-topk-kl"]) {
    assertNotEquals(after.objectives[id], before.objectives[id]);
    after.objectives[id]!.learningRate = before.objectives[id]!.learningRate;
  }
  assertEquals(after, before);
  assertEquals(changed.split("\n").length, text.split("\n").length);
  assertThrows(() => withLearningRates(text, { none: 1 }), Error, `no "none:"`);
});

for (const id of SUITE_IDS) {
  const evidence = await readEvidence(`results/tuning/${id}.json`);
  // A suite without a sweep has nothing to compare.
  if (!evidence) continue;
  Deno.test(`the learning rates of ${id} are those that its sweep chose`, async () => {
    const { objectives, tuningSeeds } = await loadSuite(id);
    assertEquals(evidence.seeds, tuningSeeds);
    for (const [name, { learningRate }] of Object.entries(objectives)) {
      assertEquals(evidence.objectives[name]?.chosen, learningRate, name);
    }
  });
}
