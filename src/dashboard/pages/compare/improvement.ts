/** Pairs of objectives as the page of comparisons shows them: the leaderboard's table, each cell a link to its pair. */

import type { Section } from "../../../leaderboard/board.ts";
import { improvementTable } from "../../../leaderboard/detail_tables.ts";
import type { Ranking } from "../../../leaderboard/ranking.ts";
import { mapCells, type Table } from "../../../tables/table.ts";
import { comparePath } from "./addresses.ts";

/**
 * Every pair of objectives in one table.
 * @param key of the section in addresses
 * @param ordered objectives in the order that addresses of pairs have
 */
export function shownImprovement(
  key: string,
  ordered: readonly string[],
  section: Section,
  ranking: Ranking,
): Table {
  return mapCells(improvementTable(section, ranking), (cell, { id: column }, [name]) => {
    const row = String(name!.value);
    if (column === "objective" || cell.value === null) return cell;
    const [a, b] = ordered.indexOf(row) < ordered.indexOf(column) ? [row, column] : [column, row];
    return { ...cell, href: comparePath({ section: key, a, b }) };
  });
}
