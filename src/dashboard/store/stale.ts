/**
 * What the leaderboard that was written into a results folder says of cells without a record. Nothing of that file is
 * shown, but it alone remembers records that are gone.
 */

import { z } from "zod";
import { BACKENDS } from "../../suite/names.ts";
import { RecordError } from "../../records/record.ts";
import { recordPath } from "../../records/folder.ts";
import { stampOf } from "./cell_files.ts";

export const BOARD_FILE = "leaderboard.json";

/** As much of a leaderboard as says which cells it has. */
const written = z.object({
  sections: z.array(z.object({
    suite: z.object({ id: z.string() }),
    backend: z.enum(BACKENDS),
    classes: z.array(z.array(z.string())),
    results: z.array(z.object({
      task: z.string(),
      rows: z.array(z.object({ objective: z.string(), seeds: z.array(z.int().min(0)) })),
    })),
  })),
});

/** Paths that are named; the rest is counted. */
const NAMED = 5;

/** One line where the folder's leaderboard has cells without a record, or cannot be read; else none. */
export function staleCells(folder: string): string[] {
  const path = `${folder}/${BOARD_FILE}`;
  const remedy = `nothing of it is shown; \`deno task leaderboard --out ${folder}\` writes it again`;
  let text: string;
  try {
    if (!Deno.lstatSync(path).isFile) return [`${path} is not a file; nothing of it is shown`];
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  try {
    const stale = recordsOf(written.parse(JSON.parse(text))).filter((name) => !stampOf(`${folder}/${name}`));
    if (stale.length === 0) return [];
    const named = stale.slice(0, NAMED).join(", ") + (stale.length > NAMED ? ", ..." : "");
    return [`${path} has cells without a record, ${stale.length} in all: ${named}; ${remedy}`];
  } catch (error) {
    if (!EXPECTED.some((expected) => error instanceof expected)) throw error;
    return [`${path} is not a leaderboard; ${remedy}`];
  }
}

/** What texts give that are no JSON, too deep, of another form, or of names that no file has. */
const EXPECTED = [SyntaxError, RangeError, z.ZodError, RecordError];

/** Paths of the records that a leaderboard follows from. */
function recordsOf({ sections }: z.infer<typeof written>): string[] {
  const paths = sections.flatMap(({ suite, backend, classes, results }) =>
    results.flatMap(({ task, rows }) =>
      rows.flatMap(({ objective, seeds }) => {
        const members = classes.find((each) => each.includes(objective)) ?? [objective];
        return members.flatMap((objective) =>
          seeds.map((seed) => recordPath({ suite, task, objective, seed, baseSeed: seed, backend }))
        );
      })
    )
  );
  return [...new Set(paths)];
}
