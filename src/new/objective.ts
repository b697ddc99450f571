/**
 * The files of a new objective: a copy of reinforce-elbo under another name, which is tested and runs as it is, and a
 * suite of seconds to try it in.
 */

import type { Suite } from "../suite/suite.ts";
import { camelCase, checkFree, checkId, type Names, registryWith } from "./registry.ts";

/** The objective that is copied. */
const MODEL = { id: "reinforce-elbo", file: "reinforce_elbo", constant: "reinforceElbo" };

/** @throws Error unless the id is of lower-case words joined by hyphens, the first letter a letter */
export function objectiveNames(id: string): Names {
  checkId("an objective", id);
  return { id, file: id.replaceAll("-", "_"), constant: camelCase(id) };
}

/** The TypeScript file, from that of the copied objective. */
function objectiveFile(model: string, { id, file, constant }: Names): string {
  return model
    .replace(
      /\/\*\*[^]*?\*\//,
      `/**\n * ${id}: what it does, and where it comes from.\n *\n${equations(model)}\n */`,
    )
    .replaceAll(MODEL.file, file)
    .replaceAll(MODEL.constant, constant)
    .replace(`id: "${MODEL.id}"`, `id: "${id}"`)
    .replace(/title: ".*"/, `title: "${id}"`)
    .replace(/paper: ".*"/, `paper: "where it comes from"`);
}

/** The lines of the header that hold equations. */
function equations(model: string): string {
  return model.split("\n").filter((line) => line.startsWith(" *   ")).join("\n");
}

/** The WGSL file, from that of the copied objective. */
function weightFile(model: string, { id }: Names): string {
  return model.replace(`// ${MODEL.id}:`, `// ${id}:`);
}

/** `suite` with the new objective beside the one it was copied from, and without real test sets. */
function trialSuite(suite: Suite, { id }: Names): Suite {
  const settings = suite.objectives[MODEL.id]!;
  const { evaluation } = suite;
  return {
    ...suite,
    id,
    version: 1,
    title: `${id} beside ${MODEL.id}`,
    objectives: { [MODEL.id]: settings, [id]: settings },
    evaluation: { ...evaluation, final: { ...evaluation.final, realPrompts: 0 } },
  };
}

/** The list of objectives. */
export const REGISTRY = "src/objectives/registry.ts";

/** Path and text of every file that a new objective needs, the registry last. @throws Error for an id that is taken or not one */
export async function newObjective(id: string, suite: Suite): Promise<Map<string, string>> {
  const names = objectiveNames(id);
  const read = (path: string) => Deno.readTextFile(path);
  const registry = await read(REGISTRY);
  if (registry.includes(`"./${names.file}.ts"`)) throw new Error(`the objective ${id} exists`);
  const code = `src/objectives/${names.file}.ts`, weight = `kernels/objectives/${names.file}.wgsl`;
  const trial = `runs/${id}.yaml`;
  await checkFree([code, weight, trial]);
  return new Map([
    [code, objectiveFile(await read(`src/objectives/${MODEL.file}.ts`), names)],
    [weight, weightFile(await read(`kernels/objectives/${MODEL.file}.wgsl`), names)],
    [trial, JSON.stringify(trialSuite(suite, names), null, 2) + "\n"],
    [REGISTRY, registryWith(registry, names)],
  ]);
}
