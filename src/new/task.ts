/**
 * The files of a new generated task: a copy of `reversal/` under another name, which is tested and runs as it is, and a
 * suite of seconds to try it in.
 */

import { camelCase, checkFree, checkId, registryWith } from "./registry.ts";

/** Where the files lie that are copied. */
const MODEL = "src/new/reversal";

/** The list of tasks. */
export const TASK_REGISTRY = "tasks/registry.ts";

/** A copied file: other names, and imports from where the copy lies, in order. */
function taskFile(model: string, id: string): string {
  const constant = camelCase(id), type = constant[0]!.toUpperCase() + constant.slice(1);
  return model
    .replaceAll('"../../../tasks/', '"../')
    .replaceAll('"../../../', '"../../')
    .replaceAll("reversalMini", `${constant}Mini`)
    .replaceAll("Reversal", type)
    .replaceAll("reversal", id)
    .replace(/(?<=^import \{ ).*(?= \} from "\.\/mini\.ts")/m, inOrder);
}

/** Names of an import, in the order that the formatter gives them. */
function inOrder(names: string): string {
  return names.split(", ").sort((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1).join(", ");
}

/**
 * Path and text of every file that a new task needs, the registry last.
 * @throws Error for an id that is taken or not one
 */
export async function newTask(id: string): Promise<Map<string, string>> {
  checkId("a task", id);
  const folder = `tasks/${id}`, suite = `runs/${id}.yaml`;
  await checkFree([folder, suite]);
  const copy = async (name: string) => taskFile(await Deno.readTextFile(`${MODEL}/${name}`), id);
  const names = { id, file: `${id}/mini`, constant: `${camelCase(id)}Mini` };
  return new Map([
    [`${folder}/mini.ts`, await copy("mini.ts")],
    [`${folder}/mini_test.ts`, await copy("mini_test.ts")],
    [suite, await copy("suite.yaml")],
    [TASK_REGISTRY, registryWith(await Deno.readTextFile(TASK_REGISTRY), names)],
  ]);
}
