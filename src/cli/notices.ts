/** What stderr says of a results folder that is shown: what is not shown of it, and what its tables lack. */

import { sectionTitle } from "../leaderboard/words.ts";
import type { Results } from "../dashboard/store/results.ts";
import { visibleLine } from "../tables/visible_text.ts";

/** Lines of one kind; the pages have all. */
const MOST = 20;

/** Files that are not shown, a line each, fit for a terminal whatever they are called. */
export function hiddenFiles({ problems }: Results): string[] {
  return lines("not shown", problems);
}

/** What a reader must know before comparing rows, such as records that are missing. */
export function sectionNotes({ leaderboard }: Results): string[] {
  return lines(
    "note",
    leaderboard.sections.flatMap((section) =>
      section.notes.map((note) => `${sectionTitle(section)}: ${note}`)
    ),
  );
}

function lines(kind: string, texts: readonly string[]): string[] {
  const more = texts.length - MOST;
  return [
    ...texts.slice(0, MOST).map((text) => `${kind}: ${visibleLine(text, 500)}`),
    ...(more > 0 ? [`${kind}: ${more} more; the first page has them all`] : []),
  ];
}
