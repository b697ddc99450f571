/** Names on the command line: tasks, objectives, suites. */

import { UsageError } from "./errors.ts";

/** Insertions, deletions and replacements that turn one text into the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The known name that `name` was probably meant to be, or null when none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = name.toLowerCase();
  const candidates = known
    .map((candidate) => {
      // Of "sudoku/mini", people forget the end.
      const spellings = [candidate, candidate.split("/")[0]!].map((name) => name.toLowerCase());
      return { candidate, distance: Math.min(...spellings.map((name) => editDistance(wanted, name))) };
    })
    .filter(({ candidate, distance }) =>
      distance <= Math.max(1, Math.floor(candidate.length / 3)) || candidate.startsWith(wanted)
    )
    .sort((a, b) => a.distance - b.distance);
  return candidates[0]?.candidate ?? null;
}

/** What to say about a name that does not exist. */
export function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  const nearest = nearestName(name, known);
  const guess = nearest === null ? "" : ` (did you mean "${nearest}"?)`;
  return new UsageError(`unknown ${kind} "${name}"${guess}; known ${kind}s: ${known.join(", ")}`);
}

/**
 * The requested names, each once, in the order given; all known ones when none is requested.
 * @throws UsageError listing the known names if one is unknown
 */
export function resolveNames(
  kind: string,
  requested: readonly string[],
  known: readonly string[],
): string[] {
  for (const name of requested) if (!known.includes(name)) throw unknownName(kind, name, known);
  return [...new Set(requested.length ? requested : known)];
}
