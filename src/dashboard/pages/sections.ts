/** Sections of the leaderboard by a short name in addresses. */

import type { Section } from "../../leaderboard/board.ts";
import type { BenchRecord } from "../../records/record.ts";
import type { Results } from "../store/results.ts";

/** Sections with their keys: `suite.version.setting.backend`, told apart by the suite's identity where need be. */
export function keyedSections({ leaderboard }: Results): (readonly [key: string, section: Section])[] {
  const short = ({ suite, setting, backend }: Section) =>
    `${suite.id}.${suite.version}.${setting}.${backend}`;
  const counts = new Map<string, number>();
  for (const section of leaderboard.sections) {
    counts.set(short(section), (counts.get(short(section)) ?? 0) + 1);
  }
  return leaderboard.sections.map((section) => {
    const key = short(section);
    return [counts.get(key)! > 1 ? `${key}.${section.suite.identity.slice(0, 8)}` : key, section];
  });
}

/** Whether a record belongs to a section. */
function belongsTo(
  { suite, setting, backend }: BenchRecord["cell"],
  section: Section,
): boolean {
  return suite.id === section.suite.id && suite.version === section.suite.version &&
    suite.identity === section.suite.identity && setting === section.setting && backend === section.backend;
}

/** Valid records of a section that pass a test of their cell's name. */
export function recordsOf(
  results: Results,
  section: Section,
  wanted: (cell: Results["cells"][number]) => boolean,
): BenchRecord[] {
  return results.cells.filter((cell) => cell.suite === section.suite.id && wanted(cell))
    .flatMap((cell) => results.record(cell) ?? [])
    .filter(({ cell }) => belongsTo(cell, section));
}
