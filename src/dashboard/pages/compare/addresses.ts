/** Which comparisons there are, each with an address of its own. */

import type { Section } from "../../../leaderboard/board.ts";
import type { Results } from "../../store/results.ts";
import { keyedSections } from "../sections.ts";

/** A pair of objectives of a section, the one that the table shows first. */
export interface Comparison {
  readonly section: string;
  readonly a: string;
  readonly b: string;
}

export function comparePath({ section, a, b }: Comparison): string {
  return `compare/${section}~${a}~${b}.html`;
}

/** The page of all pairs of a section. */
export function matrixPath(section: string): string {
  return `compare/${section}.html`;
}

/** Objectives of a section in the order in which addresses of pairs name them. */
export function compared({ rankings }: Section): string[] {
  return rankings[0]?.rows.map(({ objective }) => objective) ?? [];
}

/** The address of every comparison: all pairs of each section, then each pair. */
export function* comparePaths(results: Results): Generator<string> {
  for (const [key, section] of keyedSections(results)) {
    yield matrixPath(key);
    const names = compared(section);
    for (const [i, a] of names.entries()) {
      for (const b of names.slice(i + 1)) yield comparePath({ section: key, a, b });
    }
  }
}
