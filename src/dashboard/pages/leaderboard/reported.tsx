/** Numbers of papers, which nothing here is computed from. */

import type { Leaderboard } from "../../../leaderboard/board.ts";
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
      {reported.map(({ id, title, source, status, conditions, columns, rows }) => (
        <>
          <h3>{visibleLine(title)}</h3>
          <p class="quiet">
            Reported. {visibleLine(source, 500)}. {visibleLine(conditions, 500)}
            {status === "unverified" && " Unverified: the paper's own table was not seen."}
          </p>
          {place.table({
            id: `reported.${id}`,
            caption: `Reported: ${title}. Accuracy in per cent`,
            columns: [
              { id: "method", title: "Method", kind: "text" },
              ...columns.map((column, i) => ({
                id: `column${i + 1}`,
                title: column,
                kind: "number" as const,
                unit: "%, reported",
              })),
            ],
            rows: rows.map(({ method, objective, quoted, scores }) => [
              {
                value: method,
                href: objective && known.includes(objective) ? objectivePath(objective) : undefined,
                note: quoted ? `quoted from ${quoted}` : undefined,
              },
              ...scores.map((value) => ({ value })),
            ]),
          })}
        </>
      ))}
    </>
  );
}
