/** How probable it is that a run of one objective beats a run of another. */

import type { Ranking } from "../../../leaderboard/ranking.ts";
import type { Table } from "../../../tables/table.ts";
import { comparePath } from "./addresses.ts";

/**
 * Every pair of objectives in one table; each cell leads to the pair.
 * @param ordered objectives in the order that addresses of pairs have
 */
export function improvementTable(
  section: string,
  ordered: readonly string[],
  { rows, improvement, adjustedP, decoding }: Ranking,
): Table {
  const names = rows.filter(({ aggregate }) => aggregate).map(({ objective }) => objective);
  return {
    id: `improvement.${decoding}`,
    caption:
      `How probable it is that a run of the row's objective beats a run of the column's, ${decoding}, in per cent, ` +
      "mean over tasks. An asterisk marks pairs that are told apart (Holm, 5 %)",
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      ...names.map((name) => ({ id: name, title: name, kind: "share" as const })),
    ],
    rows: names.map((row, i) => [
      { value: row },
      ...names.map((column, j) => {
        if (i === j) return { value: null };
        const [a, b] = ordered.indexOf(row) < ordered.indexOf(column) ? [row, column] : [column, row];
        return {
          value: improvement[i]![j]!,
          href: comparePath({ section, a, b }),
          mark: adjustedP[i]![j]! <= 0.05 ? "*" : undefined,
        };
      }),
    ]),
  };
}
