/** Aggregates of a ranking over all tasks and seeds: two figures and a table. */

import type { Section } from "../../../leaderboard/board.ts";
import { type RankedRow, type Ranking, TAUS } from "../../../leaderboard/ranking.ts";
import { intervalChart, lineChart } from "../../../figures/mod.ts";
import type { Interval } from "../../../statistics/intervals.ts";
import { mean } from "../../../statistics/moments.ts";
import { percent } from "../../../tables/numbers.ts";
import type { Figure } from "../../parts/figure_view.tsx";
import { rankingTable } from "../../../leaderboard/tables.ts";
import { mapCells, pick, type Table } from "../../../tables/table.ts";
import { objectivePath } from "../addresses.ts";
import { sectionTitle } from "../../../leaderboard/words.ts";

function withAggregate(
  { rows }: Ranking,
): (RankedRow & { aggregate: NonNullable<RankedRow["aggregate"]> })[] {
  return rows.flatMap((row) => row.aggregate ? [{ ...row, aggregate: row.aggregate }] : []);
}

export function aggregateForest(section: Section, ranking: Ranking): Figure {
  const rows = withAggregate(ranking);
  const estimate = (value: number, range: Interval | null) => ({
    value: 100 * value,
    interval: range && [100 * range[0], 100 * range[1]] as const,
  });
  const known = ranking.base.filter((score) => score !== null);
  return {
    id: "forest",
    caption: "Mean and interquartile mean over all runs. Whiskers: 95 %, stratified bootstrap over seeds.",
    alt: `Mean scores, best first: ${
      rows.map(({ objective, aggregate }) => `${objective} ${percent(aggregate.mean)} %`).join(", ")
    }.`,
    ...intervalChart({
      title: `${sectionTitle(section)}: all tasks, ${ranking.decoding}`,
      subtitle: "whiskers: 95 %, stratified bootstrap over seeds",
      x: { label: "correct (%)" },
      rows: rows.map(({ objective }) => objective),
      series: [
        {
          name: "mean",
          estimates: rows.map(({ aggregate }) => estimate(aggregate.mean, aggregate.meanInterval)),
        },
        {
          name: "interquartile mean",
          estimates: rows.map(({ aggregate }) => estimate(aggregate.iqm, aggregate.iqmInterval)),
        },
      ],
      references: known.length > 0 ? [{ at: 100 * mean(known), label: "base" }] : [],
    }),
  };
}

/** Lines of one figure: more cannot be told apart. */
const LINES = 8;

export function profileFigure(section: Section, ranking: Ranking): Figure {
  const rows = withAggregate(ranking).slice(0, LINES);
  return {
    id: "profiles",
    caption: `Performance profiles${
      ranking.rows.length > LINES ? ` of the ${LINES} best` : ""
    }: the share of all runs whose score is above a threshold. A curve above another is better everywhere.`,
    alt: `Share of runs above half of the puzzles: ${
      rows.map(({ objective, aggregate }) =>
        `${objective} ${percent(aggregate.profile[TAUS.indexOf(0.5)] ?? 0)} %`
      )
        .join(", ")
    }.`,
    ...lineChart({
      title: `${sectionTitle(section)}: performance profiles, ${ranking.decoding}`,
      x: { label: "threshold: correct (%)" },
      y: { label: "runs above the threshold (%)" },
      series: rows.map(({ objective, aggregate }) => ({
        name: objective,
        points: aggregate.profile.map((share, i) => ({ x: 100 * TAUS[i]!, y: 100 * share })),
      })),
      markers: false,
    }),
  };
}

/** The aggregates of the ranking's table, of the objectives that have them. */
export function aggregateTable(section: Section, ranking: Ranking): Table {
  const table = pick(rankingTable(section, ranking), ["objective", "mean", "iqm", "median", "gap", "group"]);
  const known = new Set(withAggregate(ranking).map(({ objective }) => objective));
  const columns = table.columns.map((column) =>
    column.id === "mean" ? { ...column, range: [0, 1] as const } : column
  );
  const rows = table.rows.filter(([name]) => known.has(String(name!.value)));
  return {
    ...mapCells(
      { ...table, columns, rows },
      (cell, { id }) => id === "objective" ? { ...cell, href: objectivePath(String(cell.value)) } : cell,
    ),
    id: "aggregates",
    caption: "Aggregates over all tasks and seeds. Intervals: 95 %, stratified bootstrap",
  };
}
