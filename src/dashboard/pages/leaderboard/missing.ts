/** What the leaderboard's file does not have yet. */

import type { Results } from "../../store/results.ts";

/** Ids of cells whose record the table does not know. */
export function missingFrom(results: Results): string[] {
  const known = new Set(
    results.leaderboard.sections.flatMap(({ suite, backend, results, classes }) =>
      results.flatMap(({ task, rows }) =>
        rows.flatMap(({ objective, seeds }) => {
          const members = classes.find((each) => each.includes(objective)) ?? [objective];
          return members.flatMap((member) =>
            seeds.map((seed) => `${suite.id} ${task} ${member} ${seed} ${backend}`)
          );
        })
      )
    ),
  );
  return results.cells.filter(({ suite, task, objective, seed, backend }) =>
    !known.has(`${suite} ${task} ${objective} ${seed} ${backend}`)
  )
    .map(({ id }) => id);
}
