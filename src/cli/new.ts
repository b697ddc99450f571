/** `deno task new`: writes files that work, to be changed from there. */

import { dirname } from "node:path";
import { loadSuite } from "../suite/suite.ts";
import { newObjective, REGISTRY } from "../new/objective.ts";
import { newTask, TASK_REGISTRY } from "../new/task.ts";
import { unknownName } from "./names.ts";
import { parseOptions } from "./options.ts";

/** What there is to make: its files, and what tests them. */
const KINDS = new Map([
  ["objective", {
    files: async (id: string) => newObjective(id, await loadSuite("smoke")),
    tests: (id: string) => `src/objectives --filter ${id}`,
  }],
  ["task", { files: newTask, tests: (id: string) => `tasks/${id}` }],
]);

/** @returns the exit status */
export async function run(args: readonly string[]): Promise<number> {
  const [name, id] = parseOptions("new", args).words as [string, string];
  const kind = KINDS.get(name);
  if (kind === undefined) throw unknownName("kind", name, [...KINDS.keys()]);
  const files = await kind.files(id);
  for (const [path, text] of files) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text, { createNew: path !== REGISTRY && path !== TASK_REGISTRY });
  }
  console.log([...files.keys()].join("\n"));
  console.log(`\nnow: deno task test ${kind.tests(id)}`);
  console.log(`then: deno task bench --suite runs/${id}.yaml --out runs/${id}`);
  return 0;
}
