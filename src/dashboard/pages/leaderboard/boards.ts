/** Which rankings there are, each with an address of its own. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Ranking } from "../../../leaderboard/ranking.ts";
import type { Results } from "../../store/results.ts";
import { keyedSections } from "../sections.ts";

/** A ranking of a section. */
export interface Board {
  readonly key: string;
  readonly section: Section;
  /** Undefined for a section where nothing can be ranked yet. */
  readonly ranking: Ranking | undefined;
}

/** Every ranking of every section; the first of each section is the one that its plain address shows. */
export function boards(results: Results): Board[] {
  return keyedSections(results).flatMap(([key, section]): Board[] =>
    section.rankings.length === 0
      ? [{ key, section, ranking: undefined }]
      : section.rankings.map((ranking) => ({ key, section, ranking }))
  );
}

export function sectionPath(key: string): string {
  return `sections/${key}.html`;
}

/** `sections/KEY.html` for the first ranking of a section, `sections/KEY~axis.decoding.grading.html` for others. */
export function boardPath({ key, section, ranking }: Board): string {
  if (!ranking || isFirst(ranking, section)) return sectionPath(key);
  const { axis, decoding, mode } = ranking;
  return `sections/${key}~${axis}.${decoding}.${mode}.html`;
}

/** Whether a ranking is the one that is shown first. */
export function isFirst(ranking: Ranking, { rankings }: Section): boolean {
  return ranking === rankings[0];
}

/** What a reader chooses between. */
export const CHOICES = [
  { field: "axis", title: "Equal budget of", names: { compute: "compute", updates: "updates" } },
  { field: "decoding", title: "Decoding", names: { sampled: "sampled", greedy: "greedy" } },
  { field: "mode", title: "Grader", names: { strict: "strict", d1: "d1 papers'" } },
] as const;

/** The ranking that differs in one choice, or the nearest one where that was not measured. */
export function withChoice(
  { rankings }: Section,
  from: Ranking,
  field: (typeof CHOICES)[number]["field"],
  value: string,
): Ranking | undefined {
  const alike = (ranking: Ranking) => CHOICES.filter(({ field }) => ranking[field] === from[field]).length;
  return rankings.filter((ranking) => ranking[field] === value).toSorted((a, b) => alike(b) - alike(a))[0];
}
