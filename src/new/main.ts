/** `deno task new objective <id>` and `deno task new task <id>`: write files that work, to be changed from there. */

import { dirname } from "node:path";
import { loadSuite } from "../suite/suite.ts";
import { newObjective, REGISTRY } from "./objective.ts";
import { newTask, TASK_REGISTRY } from "./task.ts";

const USAGE = "usage: deno task new objective <id>\n       deno task new task <id>";

/** What there is to make: its files, and what tests them. */
const KINDS = new Map([
  ["objective", {
    files: async (id: string) => newObjective(id, await loadSuite("smoke")),
    tests: (id: string) => `src/objectives --filter ${id}`,
  }],
  ["task", { files: newTask, tests: (id: string) => `tasks/${id}` }],
]);

/** @returns the exit status: 0 well, 1 failed, 2 not understood */
async function main(args: readonly string[]): Promise<number> {
  const [name, id, ...rest] = args, kind = KINDS.get(name ?? "");
  if (kind === undefined || id === undefined || rest.length > 0) {
    console.error(USAGE);
    return 2;
  }
  try {
    const files = await kind.files(id);
    for (const [path, text] of files) {
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(path, text, { createNew: path !== REGISTRY && path !== TASK_REGISTRY });
    }
    console.log([...files.keys()].join("\n"));
    console.log(`\nnow: deno task test ${kind.tests(id)}`);
    console.log(`then: deno task bench --suite runs/${id}.yaml --out runs/${id}`);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
