/** The ranking as its page shows it: the leaderboard's table, with links and tie groups beside the names. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Ranking } from "../../../leaderboard/ranking.ts";
import { rankingTable } from "../../../leaderboard/tables.ts";
import { percent } from "../../../tables/numbers.ts";
import { mapCells, pick, type Table } from "../../../tables/table.ts";
import { objectiveCellsPath, objectivePath } from "../addresses.ts";

export function shownRanking(section: Section, ranking: Ranking): Table {
  const { tasks, rows } = ranking;
  const table = pick(rankingTable(section, ranking), [
    ...["objective", "rank", "mean", "gain"],
    ...tasks,
    ...["compute", "memory"],
  ]);
  const groups = new Map(rows.map(({ objective, aggregate }) => [objective, aggregate?.group]));
  const [low, high] = table.columns.find(({ id }) => id === "mean")!.range!;
  return {
    ...mapCells(table, (cell, { id }, [name]) => {
      const objective = String(name!.value);
      if (!groups.has(objective) || cell.value === null) return cell;
      if (id === "objective") return { ...cell, href: objectivePath(objective), mark: groups.get(objective) };
      return tasks.includes(id) ? { ...cell, href: objectiveCellsPath(objective) } : cell;
    }),
    caption: `${table.caption}. Bars run from ${percent(low)} to ${
      percent(high)
    } %; the tick is the base model`,
  };
}
