/** The reports of `results/claims/`: a claim is one JSON file; its figures lie beside as SVG. */

import { z } from "zod";

const report = z.object({
  id: z.string(),
  title: z.string(),
  paper: z.string(),
  statement: z.string(),
  method: z.string(),
  verdict: z.string(),
  checks: z.array(z.looseObject({ text: z.string() })).default([]),
  notes: z.array(z.string()).default([]),
  tables: z.array(z.object({
    caption: z.string(),
    columns: z.array(z.string()),
    rows: z.array(z.array(z.string())),
  })).default([]),
  figures: z.array(z.object({ name: z.string(), caption: z.string() })).default([]),
});

/** What a claim's report says. */
export interface Claim extends z.infer<typeof report> {
  /** Text of the figures' files, by name; read when asked for. */
  figure(name: string): string | null;
}

const FILE = /^([a-z0-9][a-z0-9-]{0,63})\.json$/;

export interface ClaimFiles {
  readonly claims: readonly Claim[];
  readonly problems: readonly string[];
}

/** Reads every report of a folder, in the order of their names. */
export function readClaims(folder: string): ClaimFiles {
  const claims: Claim[] = [], problems: string[] = [];
  const files = filesIn(folder);
  for (const name of files) {
    const id = FILE.exec(name)?.[1];
    if (id === undefined) continue;
    try {
      const result = report.safeParse(JSON.parse(Deno.readTextFileSync(`${folder}/${name}`)));
      if (!result.success || result.data.id !== id) {
        problems.push(`${folder}/${name} is not the report of a claim`);
        continue;
      }
      claims.push({
        ...result.data,
        figure: (figure) => {
          // Only files that the listing found are read.
          const file = files.find((each) => each === `${id}-${figure}.svg`);
          return file === undefined ? null : Deno.readTextFileSync(`${folder}/${file}`);
        },
      });
    } catch (error) {
      problems.push(`${folder}/${name}: ${(error as Error).message}`);
    }
  }
  return { claims, problems };
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
