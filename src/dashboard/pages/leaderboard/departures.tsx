/** What differs from the papers. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Place } from "../../parts/place.tsx";
import { visibleLine } from "../../../tables/visible_text.ts";
import { objectivePath } from "../addresses.ts";

interface DeparturesProps {
  readonly place: Place;
  readonly section: Section;
  /** Objectives that have a page. */
  readonly known: readonly string[];
}

/** Departures and settings of every objective of a section. */
export function Departures({ place, section, known }: DeparturesProps) {
  return (
    <>
      <h2>Departures from the papers</h2>
      <p>
        What each objective does differently from its paper, with the reason, and the settings of this suite
        that are not the paper's defaults.
      </p>
      <details>
        <summary>{section.objectives.length} objectives</summary>
        {section.objectives.map(({ objective, paper, departures, overrides }) => (
          <>
            <h3>
              {known.includes(objective)
                ? <a href={place.link(objectivePath(objective))}>{objective}</a>
                : visibleLine(objective)}
            </h3>
            <p class="quiet">
              {visibleLine(paper, 500)}
              {overrides.length > 0 && (
                <>
                  ; {overrides.map(([name, here, paper]) =>
                    `${visibleLine(name)} ${here}${paper === null ? "" : ` instead of ${paper}`}`
                  ).join(", ")}
                </>
              )}
            </p>
            {departures.length > 0 && (
              <ul class="prose">{departures.map((text) => <li>{visibleLine(text, 1000)}</li>)}</ul>
            )}
          </>
        ))}
      </details>
    </>
  );
}
