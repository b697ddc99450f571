/**
 * The files of a new objective: a copy of reinforce-elbo under another name, which is tested and runs as it is, and a
 * suite of seconds to try it in.
 */

import type { Suite } from "../suite/suite.ts";

/** The objective that is copied. */
const MODEL = { id: "reinforce-elbo", file: "reinforce_elbo", constant: "reinforceElbo" };

/** Names of an objective in the places where it is named. */
export interface ObjectiveNames {
  /** On the command line and in records. */
  readonly id: string;
  /** Of its files, without the ending. */
  readonly file: string;
  /** In TypeScript. */
  readonly constant: string;
}

/** @throws Error unless the id is of lower-case words joined by hyphens, the first letter a letter */
export function objectiveNames(id: string): ObjectiveNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    throw new Error(
      `"${id}" is no id of an objective: expected lower-case words joined by hyphens, as in my-objective`,
    );
  }
  return {
    id,
    file: id.replaceAll("-", "_"),
    constant: id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  };
}

/** The TypeScript file, from that of the copied objective. */
export function objectiveFile(model: string, { id, file, constant }: ObjectiveNames): string {
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
export function weightFile(model: string, { id }: ObjectiveNames): string {
  return model.replace(`// ${MODEL.id}:`, `// ${id}:`);
}

/**
 * The registry with one more objective.
 * @throws Error if it has one of this id
 */
export function registryWith(registry: string, { id, file, constant }: ObjectiveNames): string {
  const line = `import { ${constant} } from "./${file}.ts";`;
  if (registry.includes(line)) throw new Error(`the objective ${id} exists`);
  const lines = registry.split("\n");
  const imports = lines.filter((text) => text.startsWith("import {"));
  const next = imports.find((text) => text > line);
  const place = next === undefined ? lines.indexOf(imports.at(-1)!) + 1 : lines.indexOf(next);
  lines.splice(place, 0, line);
  return lines.join("\n").replace("\n];", `\n  ${constant},\n];`);
}

/** `suite` with the new objective beside the one it was copied from, and without real test sets. */
export function trialSuite(suite: Suite, { id }: ObjectiveNames): Suite {
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
  const registry = registryWith(await read(REGISTRY), names);
  return new Map([
    [
      `src/objectives/${names.file}.ts`,
      objectiveFile(await read(`src/objectives/${MODEL.file}.ts`), names),
    ],
    [
      `kernels/objectives/${names.file}.wgsl`,
      weightFile(await read(`kernels/objectives/${MODEL.file}.wgsl`), names),
    ],
    [`runs/${id}.yaml`, JSON.stringify(trialSuite(suite, names), null, 2) + "\n"],
    [REGISTRY, registry],
  ]);
}
