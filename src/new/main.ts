/** `deno task new objective <id>`: writes the files of a new objective, to be changed from there. */

import { loadSuite } from "../suite/suite.ts";
import { newObjective, REGISTRY } from "./objective.ts";

const USAGE = "usage: deno task new objective <id>";

/** @returns the exit status: 0 well, 1 failed, 2 not understood */
async function main(args: readonly string[]): Promise<number> {
  const [kind, id, ...rest] = args;
  if (kind !== "objective" || id === undefined || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  try {
    const files = await newObjective(id, await loadSuite("smoke"));
    await Deno.mkdir("runs", { recursive: true });
    for (const [path, text] of files) await Deno.writeTextFile(path, text, { createNew: path !== REGISTRY });
    console.log([...files.keys()].join("\n"));
    console.log(`\nnow: deno task test src/objectives --filter ${id}`);
    console.log(`then: deno task bench --suite runs/${id}.yaml --out runs/${id}`);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
