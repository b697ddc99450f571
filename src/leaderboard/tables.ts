/**
 * The tables that compare the rows of a section, built once for every reader: pages, Markdown, terminal, CSV and JSON
 * show these cells, with or without some of the columns.
 */

import { sum } from "../std/collections.ts";
import type { Interval } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import type { Section } from "./board.ts";
import type { RankedRow, Ranking } from "./ranking.ts";
import type { TestResult } from "./results.ts";
import type { Training } from "./training_costs.ts";
import { DECODINGS, GENERATED } from "../suite/names.ts";
import type { Mode } from "../../tasks/verdict.ts";
import { percent, points } from "../tables/numbers.ts";
import { type Cell, type Column, pick, type Table, withoutIntervals } from "../tables/table.ts";

export const COST_NOTE =
  "Costs are those of one training run, the mean over tasks and seeds; memory is the largest peak on the device. A " +
  "forward pass is one sequence through the policy, and a backward pass counts as two.";

/** What stands beside the name of a row: objectives that came out the same, and runs that diverged. */
function rowNote({ classes, results }: Section, objective: string): string | undefined {
  const others = classes.find((each) => each.includes(objective))?.filter((each) => each !== objective) ?? [];
  const diverged = results.some(({ rows }) =>
    rows.some((row) => row.objective === objective && row.diverged.length > 0)
  );
  const parts = [
    ...(others.length > 0 ? [`same models: ${others.join(", ")}`] : []),
    ...(diverged ? ["\u2020 a run diverged"] : []),
  ];
  return parts.length > 0 ? parts.join("; ") : undefined;
}

export function objectiveCell(section: Section, objective: string): Cell {
  return { value: objective, note: rowNote(section, objective) };
}

/**
 * What the final models of the rows of one task have cost: the largest ratio, and whether it is due to budgets being
 * whole rollouts, that is, whether no row could have had another rollout within what the dearest row has cost.
 */
function computeSpread(rows: readonly Pick<Training, "flops" | "steps">[]) {
  const most = Math.max(...rows.map(({ flops }) => flops));
  const whole = rows.every(({ flops, steps }) => flops + flops / Math.max(1, steps) > most);
  return { ratio: most / Math.max(1, Math.min(...rows.map(({ flops }) => flops))), whole };
}

/** What the rows of a ranking have in common. */
export function axisName({ axis }: Ranking, section: Section): string {
  if (axis === "updates") return "equal updates";
  const spreads = Object.values(Object.groupBy(section.training, ({ task }) => task)).map((rows) =>
    computeSpread(rows!)
  );
  const ratio = Math.max(1, ...spreads.map((spread) => spread.ratio));
  if (!spreads.every(({ whole }) => whole)) {
    return `final models, unequal compute (up to ${ratio.toFixed(1)} times)`;
  }
  const percents = Math.round(100 * (ratio - 1));
  return percents === 0 ? "equal compute" : `equal compute (in whole rollouts, within ${percents} %)`;
}

/** The smallest range in tenths that holds all values: bars on it can be compared, and intervals can be seen. */
export function rangeOf(values: readonly (number | null | undefined)[]): Interval {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return [0, 1];
  return [Math.floor(10 * Math.min(...known)) / 10, Math.ceil(10 * Math.max(...known)) / 10];
}

/** A gain beside a score: with a sign even where there is none, so that nobody takes it for another score. */
function gainNote(gain: number): string {
  const text = points(gain);
  return text === "0.0" ? "\u00b10.0" : text;
}

/** Groups of columns of a ranking. */
const COSTS = ["compute", "forwards", "updates", "memory"];
const AGGREGATES = ["iqm", "median", "gap"];

/** A ranking for readers with little room: without aggregates beyond the mean, and without intervals of single tasks. */
export function briefRanking(
  section: Section,
  ranking: Ranking,
  { costs }: { readonly costs: boolean },
): Table {
  const { tasks } = ranking;
  const columns = ["objective", "rank", "group", "mean", "gain", ...tasks, ...(costs ? COSTS : [])];
  return withoutIntervals(pick(rankingTable(section, ranking), columns), (id) => tasks.includes(id));
}

/** Rows objectives by their mean score, then the base models; columns the aggregates, the tasks, and what runs cost. */
export function rankingTable(section: Section, ranking: Ranking): Table {
  const { tasks, decoding, mode, base, rows, updates } = ranking;
  const over = spreadOf(ranking);
  const range = rangeOf([
    ...rows.flatMap(({ scores, aggregate }) => [...scores, ...aggregate?.meanInterval ?? []]),
    ...rows.flatMap(({ objective }) =>
      tasks.flatMap((task) => taskInterval(section, ranking, { task, objective }) ?? [])
    ),
    ...base,
  ]);
  const gains = rows.flatMap(({ aggregate }) =>
    aggregate ? [aggregate.gain, ...aggregate.gainInterval ?? []] : []
  );
  const best = tasks.map((_, i) => Math.max(...rows.map(({ scores }) => scores[i] ?? -1)));
  const share = { kind: "share", unit: "%" } as const, bootstrap = { over: "runs", range };
  const columns: Column[] = [
    { id: "objective", title: "Objective", kind: "text" },
    { id: "rank", title: "Rank", kind: "number", help: "1 + the number of objectives told apart and better" },
    { id: "group", title: "Tie groups", kind: "text", help: "Rows that share a letter are not told apart" },
    { id: "mean", title: "Mean", ...share, ...bootstrap },
    {
      id: "gain",
      title: "Gain over base",
      kind: "points",
      unit: "points",
      over: "runs",
      range: [Math.min(0, ...gains), Math.max(0, ...gains)],
    },
    { id: "iqm", title: "Interquartile mean", ...share, over: "runs", range: [0, 1] },
    { id: "median", title: "Median of tasks", ...share },
    { id: "gap", title: "Optimality gap", ...share, help: "How far scores stay below 100 % on average" },
    ...tasks.map((task, i) => ({
      id: task,
      title: updates ? `${task} at ${count(updates[i]!)} updates` : task,
      ...share,
      range,
      ...(over ? { over } : {}),
    })),
    ...COST_COLUMNS,
  ];
  const scores = ({ objective, scores, gains }: RankedRow): Cell[] =>
    tasks.map((task, i) => ({
      value: scores[i] ?? null,
      interval: taskInterval(section, ranking, { task, objective }),
      reference: base[i],
      note: typeof gains[i] === "number" ? gainNote(gains[i]) : undefined,
      best: scores[i] === best[i],
    }));
  const none = (ids: readonly unknown[]): Cell[] => ids.map(() => ({ value: null }));
  return {
    id: "ranking",
    caption: `Objectives by mean score, ${decoding}, ${
      mode === "strict" ? "graded strictly" : "graded as the d1 papers do"
    }, ${axisName(ranking, section)} (${section.setting})`,
    columns,
    rows: [
      ...rows.map((row) => [
        objectiveCell(section, row.objective),
        ...aggregateCells(row, ranking),
        ...scores(row),
        ...costCells(section, row.objective),
      ]),
      [
        { value: "base models", note: "before training" },
        ...none(["rank", "group"]),
        { value: base.every((score) => score !== null) && base.length > 0 ? mean(base as number[]) : null },
        ...none(["gain", ...AGGREGATES]),
        ...tasks.map((_, i) => ({ value: base[i] ?? null })),
        ...none(COSTS),
      ],
    ],
    note: rankingNote(ranking),
  };
}

function aggregateCells({ aggregate }: RankedRow, { pairs }: Ranking): Cell[] {
  if (!aggregate) return ["rank", "group", "mean", "gain", ...AGGREGATES].map(() => ({ value: null }));
  return [
    { value: aggregate.rank },
    { value: aggregate.group },
    {
      value: aggregate.mean,
      interval: aggregate.meanInterval,
      best: pairs.resolvable && aggregate.rank === 1,
    },
    { value: aggregate.gain, interval: aggregate.gainInterval },
    { value: aggregate.iqm, interval: aggregate.iqmInterval },
    { value: aggregate.medianOfTasks },
    { value: aggregate.optimalityGap },
  ];
}

/** What the intervals of single tasks are over: training runs where there are several, else responses. */
function spreadOf({ axis, seeds }: Ranking): "seeds" | "responses" | null {
  // Scores at equal updates are read from a curve, which has no intervals.
  if (axis === "updates") return null;
  return seeds.length > 1 ? "seeds" : "responses";
}

function taskInterval(
  { results }: Section,
  ranking: Ranking,
  { task, objective }: { readonly task: string; readonly objective: string },
): Interval | null {
  const over = spreadOf(ranking);
  const row = results.find((each) =>
    each.task === task && each.set === GENERATED && each.subset === "all" &&
    each.decoding === ranking.decoding && each.mode === ranking.mode
  )?.rows.find((each) => each.objective === objective);
  // A ranking reads the seeds that all rows have: an interval over others is not that of its score.
  if (!row || over === null || row.seeds.length !== ranking.seeds.length) return null;
  return over === "seeds" ? row.overSeeds : row.overResponses;
}

function rankingNote({ pairs, seeds, tasks, updates }: Ranking): string {
  const parts = [
    `${pairs.toldApart} of ${pairs.compared} pairs are told apart`,
    `${tasks.length} tasks x seeds ${seeds.join(", ")}`,
  ];
  if (!pairs.resolvable && pairs.compared > 0) parts.push("so few runs cannot tell any pair apart");
  if (pairs.detectable !== null) {
    parts.push(`a single pair is told apart with 80 % power from ${percent(pairs.detectable)} points on`);
  }
  if (updates) parts.push("read from the learning curves at the number of updates in the header");
  return `${parts.join("; ")}.`;
}

/** A mean of counts: whole where it is whole. */
function count(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

const COST_COLUMNS: readonly Column[] = [
  { id: "compute", title: "Compute", kind: "magnitude", unit: "FLOP per run" },
  { id: "forwards", title: "Forward passes", kind: "count", unit: "per run" },
  { id: "updates", title: "Updates", kind: "count", unit: "per run" },
  { id: "memory", title: "Peak memory", kind: "bytes" },
];

/** What a run of an objective cost, the mean over tasks; nothing where a task is missing. */
function costCells({ tasks, training }: Section, objective: string): Cell[] {
  const own = training.filter((each) => each.objective === objective);
  if (own.length === 0 || own.length < tasks.length) return COST_COLUMNS.map(() => ({ value: null }));
  const each = (field: "flops" | "forwards" | "updates") => sum(own.map((run) => run[field])) / own.length;
  return [
    { value: each("flops") },
    { value: each("forwards") },
    { value: each("updates") },
    { value: Math.max(...own.map(({ peakDeviceBytes }) => peakDeviceBytes)) },
  ];
}

/** The costs alone, for a terminal, where a ranking has no room for them. */
export function costTable(section: Section): Table {
  return {
    id: "costs",
    caption: `Cost of training (${section.setting})`,
    columns: [{ id: "objective", title: "Objective", kind: "text" }, ...COST_COLUMNS],
    rows: section.classes.map(([objective]) => [
      objectiveCell(section, objective!),
      ...costCells(section, objective!),
    ]),
    note: COST_NOTE,
  };
}

/** Rows objectives, columns real test sets and decodings, in one mode; null where the suite has no such sets. */
export function realTable(section: Section, mode: Mode): Table | null {
  const results = DECODINGS.flatMap((decoding) =>
    section.results.filter((result) =>
      result.set !== GENERATED && result.decoding === decoding && result.mode === mode
    )
  );
  if (results.length === 0) return null;
  return {
    id: `real.${mode}`,
    caption: `Real test sets, mode ${mode} (${section.setting})`,
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      ...results.map((result) => ({
        id: `${setName(result)}.${result.decoding}`,
        title: `${setName(result)}, ${result.decoding}`,
        kind: "share" as const,
        unit: "%",
        over: "responses",
      })),
    ],
    rows: [
      ...section.classes.map(([objective]) => [
        objectiveCell(section, objective!),
        ...results.map(({ rows, base }): Cell => {
          const row = rows.find((each) => each.objective === objective);
          return row
            ? {
              value: row.score,
              interval: row.overResponses,
              reference: base.score,
              note: gainNote(row.gain),
            }
            : { value: null };
        }),
      ]),
      [
        { value: "base models", note: "before training" },
        ...results.map(({ base }) => ({ value: base.score, interval: base.interval })),
      ],
    ],
  };
}

/** The same without intervals, in a list of one; none where the suite has no such sets. */
export function briefReal(section: Section, mode: Mode): Table[] {
  const table = realTable(section, mode);
  return table ? [withoutIntervals(table, () => true)] : [];
}

export function setName({ set, subset }: Pick<TestResult, "set" | "subset">): string {
  return subset === "all" ? set : `${set} (${subset})`;
}
