/** Differences of two objectives as a figure and a table. */

import { intervalChart } from "../../../figures/mod.ts";
import type { Interval } from "../../../statistics/intervals.ts";
import type { Figure } from "../../parts/figure_view.tsx";
import type { Table } from "../../../tables/table.ts";
import { taskPath } from "../addresses.ts";
import type { Difference } from "./pairs.ts";

/** Differences by task and decoding, with both kinds of intervals. */
export function differenceFigure(a: string, b: string, differences: readonly Difference[]): Figure {
  const estimate = (value: number, interval: Interval | null) => ({
    value: 100 * value,
    interval: interval && [100 * interval[0], 100 * interval[1]] as const,
  });
  return {
    id: `differences.${a}.${b}`,
    caption:
      `Score of ${a} minus that of ${b}, by task and decoding. Right of zero, ${a} is better. Whiskers: 95 %.`,
    alt: `Differences in points: ${
      differences.map(({ task, decoding, difference }) =>
        `${task} ${decoding} ${(100 * difference).toFixed(1)}`
      ).join(", ")
    }.`,
    ...intervalChart({
      title: `${a} minus ${b}`,
      subtitle: "whiskers: 95 %, t over seeds and paired bootstrap over common items",
      x: { label: "difference (points)" },
      rows: differences.map(({ task, decoding }) => `${task}, ${decoding}`),
      series: [
        {
          name: "over seeds",
          estimates: differences.map((each) => estimate(each.difference, each.overSeeds)),
        },
        {
          name: "over items",
          estimates: differences.map((each) => estimate(each.difference, each.overItems)),
        },
      ],
      references: [{ at: 0, label: "equal" }],
    }),
  };
}

export function differenceTable(a: string, b: string, differences: readonly Difference[]): Table {
  const ends = differences.flatMap(({ overSeeds, overItems }) => [...overSeeds ?? [], ...overItems]);
  const range = [Math.min(0, ...ends), Math.max(0, ...ends)] as const;
  return {
    id: `differences.${a}.${b}`,
    caption: `Paired differences, ${a} minus ${b}, and how many responses to common items each solved alone`,
    columns: [
      { id: "task", title: "Task", kind: "text" },
      { id: "decoding", title: "Decoding", kind: "text" },
      { id: "difference", title: "Over seeds", kind: "points", unit: "points, t", range },
      { id: "items", title: "Over items", kind: "points", unit: "points, bootstrap", range },
      {
        id: "p",
        title: "p",
        kind: "p",
        unit: "McNemar, mid",
        help: "Of one task alone, not corrected for the number of tasks",
      },
      { id: "only_a", title: `Only ${a}`, kind: "count", unit: "responses" },
      { id: "only_b", title: `Only ${b}`, kind: "count", unit: "responses" },
      { id: "both", title: "Both", kind: "count" },
      { id: "neither", title: "Neither", kind: "count" },
      { id: "seeds", title: "Seeds", kind: "count" },
    ],
    rows: differences.map((each) => [
      { value: each.task, href: taskPath(each.task) },
      { value: each.decoding },
      { value: each.difference, interval: each.overSeeds },
      { value: each.difference, interval: each.overItems },
      { value: each.p },
      { value: each.onlyA },
      { value: each.onlyB },
      { value: each.both },
      { value: each.neither },
      { value: each.seeds },
    ]),
  };
}
