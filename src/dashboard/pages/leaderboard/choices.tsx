/** Links to the other sections and to the other rankings of this one. */

import type { Place } from "../../parts/place.tsx";
import type { Results } from "../../store/results.ts";
import { sectionTitle } from "../../../leaderboard/words.ts";
import { keyedSections } from "../sections.ts";
import { type Board, boardPath, CHOICES, sectionPath, withChoice } from "./boards.ts";

export function Sections({ place, results, current }: { place: Place; results: Results; current: string }) {
  const sections = keyedSections(results);
  if (sections.length < 2) return null;
  return (
    <nav aria-label="Sections">
      <ul class="pages">
        {sections.map(([key, section]) => (
          <li>
            <a href={place.link(sectionPath(key))} aria-current={key === current ? "page" : undefined}>
              {sectionTitle(section)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Choices({ place, board: { key, section, ranking } }: { place: Place; board: Board }) {
  if (!ranking) return null;
  return (
    <nav class="choices" aria-label="Rankings of this section">
      {CHOICES.map(({ field, title, names }) => (
        <div>
          <span class="quiet">{title}</span>
          <ul class="pages">
            {Object.entries<string>(names).map(([value, name]) => {
              const other = withChoice(section, ranking, field, value);
              if (!other) return null;
              // Not every combination was measured: what else would change is said.
              const also = CHOICES.filter((each) =>
                each.field !== field && other[each.field] !== ranking[each.field]
              )
                .map((each) => nameOf(each.names, other[each.field]));
              return (
                <li>
                  <a
                    href={place.link(boardPath({ key, section, ranking: other }))}
                    aria-current={ranking[field] === value ? "true" : undefined}
                  >
                    {name}
                  </a>
                  {also.length > 0 && <span class="quiet">{` (${also.join(", ")})`}</span>}
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function nameOf(names: Readonly<Record<string, string>>, value: string): string {
  return names[value] ?? value;
}
