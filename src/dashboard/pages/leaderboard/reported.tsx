/** Numbers of papers, which nothing here is computed from. */

import type { Leaderboard } from "../../../leaderboard/board.ts";
import { type ReportedTable, reportedTable } from "../../../leaderboard/reported.ts";
import { mapCells, type Table } from "../../../tables/table.ts";
import type { Place } from "../../parts/place.tsx";
import { visibleLine } from "../../../tables/visible_text.ts";
import { objectivePath } from "../addresses.ts";

interface ReportedProps {
  readonly place: Place;
  readonly reported: Leaderboard["reported"];
  /** Objectives that have a page. */
  readonly known: readonly string[];
}

export function Reported({ place, reported, known }: ReportedProps) {
  if (reported.length === 0) return null;
  return (
    <>
      <h2>Reported in papers, not measured here</h2>
      <p class="notice">
        These numbers are the papers' own, about LLaDA-8B and other budgets and graders. They stand here for
        orientation and cannot be compared with the table above.
      </p>
      {reported.map((table) => (
        <>
          <h3>{visibleLine(table.title)}</h3>
          <p class="quiet">
            Reported. {visibleLine(table.source, 500)}. {visibleLine(table.conditions, 500)}
            {table.status === "unverified" && " Unverified: the paper's own table was not seen."}
          </p>
          {place.table(linked(table, known))}
        </>
      ))}
    </>
  );
}

/** The table of a paper, with links to objectives that have a page. */
function linked(table: ReportedTable, known: readonly string[]): Table {
  return mapCells(reportedTable(table), (cell, { id }) => {
    const objective = table.rows.find(({ method }) => id === "method" && method === cell.value)?.objective;
    return objective && known.includes(objective) ? { ...cell, href: objectivePath(objective) } : cell;
  });
}
