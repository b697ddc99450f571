/** Tables of a section for a closer look: pairs of objectives, training, and every single result. */

import { unique } from "../std/collections.ts";
import type { Section } from "./board.ts";
import { type Ranking, TAUS } from "./ranking.ts";
import type { TestResult } from "./results.ts";
import { axisName, objectiveCell, rangeOf, setName } from "./tables.ts";
import { GENERATED } from "../suite/names.ts";
import { percent } from "../tables/numbers.ts";
import type { Cell, Column, Table } from "../tables/table.ts";

/** Every pair of objectives: how probable it is that a run of the row's beats one of the column's. */
export function improvementTable(section: Section, ranking: Ranking): Table {
  const names = ranking.rows.filter(({ aggregate }) => aggregate).map(({ objective }) => objective);
  return {
    id: `improvement.${ranking.decoding}`,
    caption:
      `How probable it is that a run of the row's objective beats a run of the column's, ${ranking.decoding}, in per ` +
      `cent, mean over tasks, ${
        axisName(ranking, section)
      }. An asterisk marks pairs that are told apart (Holm, 5 %)`,
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      ...names.map((name) => ({ id: name, title: name, kind: "share" as const })),
    ],
    rows: names.map((name, i) => [
      { value: name },
      ...names.map((_, j): Cell =>
        i === j ? { value: null } : {
          value: ranking.improvement[i]![j]!,
          mark: ranking.adjustedP[i]![j]! <= 0.05 ? "*" : undefined,
        }
      ),
    ]),
  };
}

export function profileTable(section: Section, ranking: Ranking): Table {
  const taus = TAUS.flatMap((tau, i) => i % 2 === 1 ? [[tau, i] as const] : []);
  return {
    id: "profiles",
    caption: `Performance profile, ${axisName(ranking, section)}, ${ranking.decoding} (${section.setting})`,
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      ...taus.map(([tau]) => ({
        id: `above_${(100 * tau).toFixed(0)}`,
        title: `> ${(100 * tau).toFixed(0)}`,
        kind: "share" as const,
        unit: "% of runs",
      })),
    ],
    rows: ranking.rows.flatMap(({ objective, aggregate }) =>
      aggregate
        ? [[
          objectiveCell(section, objective),
          ...taus.map(([, i]): Cell => ({ value: aggregate.profile[i]! })),
        ]]
        : []
    ),
    note: "Share of all runs, tasks and seeds together, whose score in % is above the column's.",
  };
}

/** How training went and what it cost, one line per task and objective. */
export function trainingTable(section: Section): Table {
  return {
    id: "training",
    caption: `Training by task, means over seeds; the peak is the largest (${section.setting})`,
    columns: [
      { id: "task", title: "Task", kind: "text" },
      { id: "objective", title: "Objective", kind: "text" },
      { id: "flops", title: "Compute", kind: "magnitude", unit: "FLOP" },
      { id: "rollouts", title: "Rollouts", kind: "count" },
      { id: "forwards", title: "Forward passes", kind: "count" },
      { id: "updates", title: "Updates", kind: "count" },
      { id: "responses", title: "Responses", kind: "count" },
      { id: "tokens", title: "Response tokens", kind: "magnitude" },
      { id: "peak", title: "Peak memory", kind: "bytes" },
      { id: "area_greedy", title: "Area, greedy", kind: "share", unit: "%" },
      { id: "area_sampled", title: "Area, sampled", kind: "share", unit: "%" },
      { id: "dead", title: "Dead groups", kind: "share", unit: "%" },
      { id: "entropy_first", title: "Entropy, first", kind: "number", unit: "nats" },
      { id: "entropy_last", title: "Entropy, last", kind: "number", unit: "nats" },
      { id: "kl", title: "KL", kind: "number", unit: "nats" },
      { id: "mask", title: "Masked", kind: "share", unit: "%" },
      { id: "skipped", title: "Skipped", kind: "count", unit: "updates" },
    ],
    rows: section.training.map((each) => [
      { value: each.task },
      objectiveCell(section, each.objective),
      { value: each.flops },
      { value: each.steps },
      { value: each.forwards },
      { value: each.updates },
      { value: each.responses },
      { value: each.tokens },
      { value: each.peakDeviceBytes },
      { value: each.area.greedy ?? null },
      { value: each.area.sampled ?? null },
      { value: each.deadGroups },
      { value: each.entropy.first },
      { value: each.entropy.last },
      { value: each.kl },
      { value: each.maskShare },
      { value: each.skippedUpdates },
    ]),
    note:
      "Area: mean height of the learning curve over the forward passes of the run. Dead groups: share of prompts " +
      "whose responses all earned the same reward. Entropy: first and last tenth of the rollouts. KL per token, and " +
      "share of tokens clipped or masked, mean over rollouts.",
  };
}

/** One test set of a task, decoded and graded one way; beside strict scores stands what d1 says. */
export function resultTable(section: Section, result: TestResult): Table {
  const { rows, base, set, subset, decoding, mode, task } = result, isStrict = mode === "strict";
  const d1 = section.results.find((other) =>
    isStrict && other.task === task && other.set === set && other.subset === subset &&
    other.decoding === decoding &&
    other.mode === "d1"
  );
  const measures = unique(rows.flatMap(({ measures }) => Object.keys(measures))).sort();
  const range = rangeOf([
    base.score,
    ...[result, d1].flatMap((each) => each?.rows.flatMap((row) => row.overResponses) ?? []),
  ]);
  const gains = rows.flatMap(({ gain, gainOverSeeds }) => [gain, ...gainOverSeeds ?? []]);
  const score = { kind: "share", unit: "%", over: "responses", range } as const;
  const columns: Column[] = [
    { id: "objective", title: "Objective", kind: "text" },
    { id: "score", title: isStrict ? "Strict" : "d1", ...score },
    { id: "runs", title: "Mean of runs", kind: "share", unit: "%", over: "seeds" },
    {
      id: "gain",
      title: "Gain over base",
      kind: "points",
      unit: "points",
      over: "seeds",
      range: [Math.min(0, ...gains), Math.max(0, ...gains)],
      help: "Mean over seeds of the score minus that of the base model of the seed",
    },
    { id: "gain_items", title: "Gain on common examples", kind: "points", unit: "points", over: "examples" },
    { id: "gain_p", title: "p", kind: "p", help: "McNemar's mid-p of the gain over all responses" },
    {
      id: "detectable",
      title: "Detectable",
      kind: "share",
      unit: "points",
      help: "Smallest difference that so many examples of one seed would show: power 80 %, level 5 %",
    },
    ...(isStrict ? [{ id: "d1", title: "d1", ...score }] : []),
    ...measures.flatMap((name) => [
      { id: `base_${name}`, title: `${name}, base`, kind: "share" as const, unit: "%" },
      { id: `measure_${name}`, title: name, kind: "share" as const, unit: "%" },
    ]),
    { id: "n", title: "n", kind: "count" },
    { id: "seeds", title: "Seeds", kind: "count" },
  ];
  return {
    id: resultName(result),
    caption:
      `${task}, ${set === GENERATED ? "generated puzzles" : setName({ set, subset })}, ${decoding}${
        isStrict ? "" : ", graded as the d1 papers do"
      }. ` +
      `Base model: ${percent(base.score)} % of ${base.n}, 95 % ${percent(base.interval[0])} to ${
        percent(base.interval[1])
      }`,
    columns,
    rows: rows.map((row): Cell[] => {
      const other = d1?.rows.find(({ objective }) => objective === row.objective);
      return [
        {
          value: row.objective,
          note: row.diverged.length > 0 ? `seed ${row.diverged.join(", ")} diverged` : undefined,
        },
        { value: row.score, interval: row.overResponses, reference: base.score },
        { value: row.score, interval: row.overSeeds },
        { value: row.gain, interval: row.gainOverSeeds },
        { value: row.gain, interval: row.gainOverItems },
        { value: row.gainP },
        { value: row.detectable },
        ...(isStrict
          ? [{ value: other?.score ?? null, interval: other?.overResponses, reference: d1?.base.score }]
          : []),
        ...measures.flatMap((name) => [
          { value: base.measures[name] ?? null },
          { value: row.measures[name] ?? null },
        ]),
        { value: row.n },
        { value: row.seeds.length },
      ];
    }),
  };
}

/** Part of a table's id. */
function resultName({ set, subset, decoding }: TestResult): string {
  return subset === "all" ? `${set}.${decoding}` : `${set}.${subset}.${decoding}`;
}
