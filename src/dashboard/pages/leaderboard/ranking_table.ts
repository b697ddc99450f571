/** The table of a ranking: objectives by their mean score, with every task. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Ranking } from "../../../leaderboard/ranking.ts";
import type { TestResult } from "../../../leaderboard/results.ts";
import { axisName } from "../../../leaderboard/tables.ts";
import { GENERATED } from "../../../suite/names.ts";
import type { Interval } from "../../../statistics/intervals.ts";
import { mean } from "../../../statistics/moments.ts";
import { rangeOf } from "../../parts/marks.tsx";
import { percent, points } from "../../../tables/numbers.ts";
import type { Cell, Table } from "../../../tables/table.ts";
import { objectiveCellsPath, objectivePath } from "../addresses.ts";

export function rankingTable(section: Section, ranking: Ranking): Table {
  const tasks = ranking.tasks.map((task, i) => ({ task, i }));
  const cost = new Map(ranking.rows.map(({ objective }) => [objective, costOf(section, objective)]));
  const gains = ranking.rows.flatMap(({ aggregate }) =>
    aggregate ? [aggregate.gain, ...aggregate.gainInterval ?? []] : []
  );
  const range: Interval = [Math.min(0, ...gains), Math.max(0, ...gains)];
  const intervals = new Map(
    ranking.rows.flatMap(({ objective }) =>
      tasks.map(({ task }) => [
        `${objective} ${task}`,
        ranking.axis === "compute" ? intervalOf(section, ranking, task, objective) : null,
      ])
    ),
  );
  const scale = rangeOf([
    ...ranking.rows.flatMap(({ scores, aggregate }) => [...scores, ...aggregate?.meanInterval ?? []]),
    ...intervals.values().flatMap((interval) => interval ?? []),
    ...ranking.base,
  ].filter((value) => value !== null));
  const baseMean = ranking.base.every((score) => score !== null) ? mean(ranking.base as number[]) : null;
  const base: Cell[] = [
    { value: "base models", note: "before training" },
    { value: null },
    { value: baseMean },
    { value: null },
    ...tasks.map(({ i }) => ({ value: ranking.base[i] ?? null })),
    { value: null },
    { value: null },
  ];
  const bestOf = (at: number) => Math.max(...ranking.rows.map(({ scores }) => scores[at] ?? -1));
  return {
    id: "ranking",
    caption: `Objectives by mean score, ${ranking.decoding}, ${
      ranking.mode === "strict" ? "graded strictly" : "graded as the d1 papers do"
    }, ${axisName(ranking, section)}. Bars run from ${percent(scale[0])} to ${
      percent(scale[1])
    } %; the tick is the base model`,
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      {
        id: "rank",
        title: "Rank",
        kind: "number",
        help: "1 + the number of objectives told apart and better",
      },
      { id: "mean", title: "Mean", kind: "share", unit: "%, bootstrap", range: scale },
      { id: "gain", title: "Gain over base", kind: "points", unit: "points, bootstrap", range },
      ...tasks.map(({ task }) => ({
        id: task,
        title: task,
        kind: "share" as const,
        unit: "%, over seeds",
        range: scale,
      })),
      { id: "compute", title: "Compute", kind: "magnitude", unit: "FLOP per run" },
      { id: "memory", title: "Peak memory", kind: "bytes" },
    ],
    rows: [
      ...ranking.rows.map((row) => {
        const { objective, scores, gains, aggregate } = row;
        const members = section.classes.find((each) =>
          each.includes(objective)
        )?.filter((each) => each !== objective) ?? [];
        const { flops, peak } = cost.get(objective)!;
        return [
          {
            value: objective,
            href: objectivePath(objective),
            mark: aggregate?.group,
            note: members.length > 0 ? `same models: ${members.join(", ")}` : undefined,
          },
          { value: aggregate?.rank ?? null },
          {
            value: aggregate?.mean ?? null,
            interval: aggregate?.meanInterval,
            best: ranking.pairs.resolvable && aggregate?.rank === 1,
          },
          { value: aggregate?.gain ?? null, interval: aggregate?.gainInterval },
          ...tasks.map(({ task, i }): Cell => ({
            value: scores[i] ?? null,
            href: scores[i] === null ? undefined : objectiveCellsPath(objective),
            interval: intervals.get(`${objective} ${task}`),
            reference: ranking.base[i],
            note: gains[i] === null || gains[i] === undefined ? undefined : points(gains[i]),
            best: scores[i] === bestOf(i),
          })),
          { value: flops },
          { value: peak },
        ];
      }),
      base,
    ],
  };
}

/** The interval of one cell of the table: over seeds, or over responses with a single one. */
function intervalOf(section: Section, ranking: Ranking, task: string, objective: string): Interval | null {
  const result = section.results.find((each: TestResult) =>
    each.task === task && each.set === GENERATED && each.subset === "all" &&
    each.decoding === ranking.decoding &&
    each.mode === ranking.mode
  );
  const row = result?.rows.find((each) => each.objective === objective);
  return row ? row.overSeeds ?? row.overResponses : null;
}

function costOf({ training }: Section, objective: string): { flops: number | null; peak: number | null } {
  const own = training.filter((each) => each.objective === objective);
  if (own.length === 0) return { flops: null, peak: null };
  return {
    flops: mean(own.map(({ flops }) => flops)),
    peak: Math.max(...own.map(({ peakDeviceBytes }) => peakDeviceBytes)),
  };
}
