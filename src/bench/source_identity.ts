/**
 * The identity of the code behind a result: of the modules and kernels that it reaches, and of nothing else. Another
 * objective, another task, a page or a table may change without touching a record.
 */

import { fileURLToPath as fromFileUrl } from "node:url";
import { sha256 } from "../files/identity.ts";
import { type KernelForm, reachedFiles, type SourceTree } from "./module_graph.ts";

/** What decides the outcome of every cell. Registries, records and progress are not reached from here. */
const CELL = ["src/bench/cell.ts", "src/bench/test_sets.ts"];
const BASE = ["src/train/base.ts", "src/bench/suite_settings.ts"];
const BACKENDS: Readonly<Record<string, { readonly root: string; readonly form: KernelForm }>> = {
  cpu: { root: "kernels/cpu.ts", form: "wasm" },
  webgpu: { root: "kernels/webgpu.ts", form: "wgsl" },
};

/** What a result is of. */
export interface SourceScope {
  readonly backend: "cpu" | "webgpu";
  /** Id of a task: its module counts. */
  readonly task?: string;
  /** Id of an objective: its module counts. */
  readonly objective?: string;
  /** Name of a measurement of the claims: its module counts. */
  readonly measurement?: string;
  /** More modules, by path from the repository. */
  readonly modules?: readonly string[];
}

/** Identity of the code of a cell. @throws Error if no module of the registries exports the task or objective */
export function cellSource(task: string, objective: string, backend: "cpu" | "webgpu"): Promise<string> {
  return sourceIdentity({ backend, task, objective, modules: CELL });
}

/** Identity of the code that trains a base model. */
export function baseSource(task: string, backend: "cpu" | "webgpu"): Promise<string> {
  return sourceIdentity({ backend, task, modules: BASE });
}

/** Identity of the code that grades a model. */
export function gradingSource(task: string, backend: "cpu" | "webgpu"): Promise<string> {
  return sourceIdentity({ backend, task, modules: ["src/bench/evaluation.ts", "src/bench/test_sets.ts"] });
}

/** Identity of the code behind one kind of measurement of the papers' claims. */
export function measurementSource(backend: "cpu" | "webgpu", measurement: string): Promise<string> {
  return sourceIdentity({ backend, measurement });
}

const known = new Map<string, Promise<string>>();

/** SHA-256 over the paths and contents of the files that a scope reaches. Read once per process. */
export function sourceIdentity(scope: SourceScope): Promise<string> {
  const key = JSON.stringify(scope);
  let identity = known.get(key);
  if (!identity) known.set(key, identity = filesOf(scope).then(identityOfFiles));
  return identity;
}

/** The files behind a scope, by path. `tree`: instead of this repository. */
export async function filesOf(
  { backend, task, objective, measurement, modules = [] }: SourceScope,
  tree: SourceTree = repository(),
): Promise<Map<string, string>> {
  const { root, form } = BACKENDS[backend]!;
  const roots = [...modules, root];
  if (task !== undefined) roots.push(await exporterOf("tasks/registry.ts", task, tree));
  if (objective !== undefined) roots.push(await exporterOf("src/objectives/registry.ts", objective, tree));
  if (measurement !== undefined) {
    roots.push(await exporterOf("src/claims/measurements/registry.ts", measurement, tree, "name"));
  }
  return await reachedFiles(tree, roots, form);
}

/** SHA-256 over paths and contents. */
export function identityOfFiles(files: ReadonlyMap<string, string>): string {
  const lines = [...files].map(([path, text]) => `${sha256(text)}  ${path}\n`).sort();
  return sha256(lines.join(""));
}

const ROOT = new URL("../../", import.meta.url);

/** The repository that this code lies in. */
export function repository(): SourceTree {
  const texts = new Map<string, Promise<string | null>>();
  const read = (path: string) =>
    Deno.readTextFile(fromFileUrl(new URL(path, ROOT))).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    });
  return {
    read(path) {
      let text = texts.get(path);
      if (!text) texts.set(path, text = read(path));
      return text;
    },
    list: async (folder) =>
      (await Array.fromAsync(Deno.readDir(new URL(`${folder}/`, ROOT)))).map(({ name }) => name),
  };
}

/** Path of the module, among those that a registry imports, that exports the thing with an id, kept under `key`. */
async function exporterOf(
  registry: string,
  id: string,
  tree: SourceTree,
  key: "id" | "name" = "id",
): Promise<string> {
  const folder = registry.slice(0, registry.lastIndexOf("/"));
  for (
    const [, specifier] of (await tree.read(registry) ?? "").matchAll(/^import \{.*?\} from "(\.[^"]+)"/gms)
  ) {
    const path = `${folder}/${specifier!.replace(/^\.\//, "")}`;
    const exported: unknown[] = Object.values(await import(new URL(path, ROOT).href));
    if (exported.flat().some((value) => (value as { id?: unknown; name?: unknown } | null)?.[key] === id)) {
      return path;
    }
  }
  throw new Error(`no module that ${registry} imports exports "${id}"`);
}
