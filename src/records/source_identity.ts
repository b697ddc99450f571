/**
 * The identity of the code behind a result: of the files that it reaches, and of nothing else, compared by their
 * tokens. Another objective, another task, a page, a comment or a moved file leaves a record as it is.
 */

import { fileURLToPath as fromFileUrl } from "node:url";
import { sha256 } from "../files/identity.ts";
import { codeOf, codeReader } from "./code.ts";
import { fileIdentities, type FileIdentity } from "./code_identity.ts";
import {
  type KernelForm,
  reachedFiles,
  type SourceGraph,
  sourceGraph,
  type SourceTree,
} from "./module_graph.ts";

/** What decides the outcome of every cell, base training included. Registries, records and progress are not reached. */
const CELL = ["src/bench/cell.ts", "src/bench/test_sets.ts"];
const BASE = ["src/train/base.ts", "src/suite/settings.ts"];
const GRADING = ["src/bench/model_scores.ts", "src/bench/test_sets.ts"];
const FORMS: Readonly<Record<SourceBackend, { readonly root: string; readonly form: KernelForm }>> = {
  cpu: { root: "kernels/cpu.ts", form: "wasm" },
  webgpu: { root: "kernels/webgpu.ts", form: "wgsl" },
};
const REGISTRIES = {
  task: ["tasks/registry.ts", "id"],
  objective: ["src/objectives/registry.ts", "id"],
  measurement: ["src/claims/measurements/list.ts", "name"],
} as const;

export type SourceBackend = "cpu" | "webgpu";

/**
 * The code behind a cell in three parts, each the identity of all files that it reaches: what every cell runs on a
 * backend, the task, and the objective. A record names them, so that it says which part of the code changed.
 */
export interface CellSource {
  readonly core: string;
  readonly task: string;
  readonly objective: string;
}

/** One part of the code: an identity, and the files behind it. */
export interface SourcePart {
  /** SHA-256 over the identities of the files. */
  readonly identity: string;
  /** By path. */
  readonly files: ReadonlyMap<string, FileIdentity>;
}

/** The code of this repository, or of a copy of it. Files are read and parsed once. */
export interface SourceCode {
  /** What every cell reaches on a backend: training, grading, base models and kernels. */
  core(backend: SourceBackend): Promise<SourcePart>;
  task(id: string, backend: SourceBackend): Promise<SourcePart>;
  objective(id: string, backend: SourceBackend): Promise<SourcePart>;
  /** A measurement of the papers' claims with everything that it reaches. */
  measurement(name: string, backend: SourceBackend): Promise<SourcePart>;
  /** What the modules at some paths reach. */
  modules(paths: readonly string[], backend: SourceBackend): Promise<SourcePart>;
}

/**
 * @param exporters where to look for the module that exports an id, in place of the registries: a copy of the
 *   repository whose modules cannot be run
 * @param parse `codeOf`, or what gives the same
 */
export function sourceCode(
  tree: SourceTree,
  exporter: (kind: keyof typeof REGISTRIES, id: string) => Promise<string> = exporterOf,
  parse = codeReader(),
): SourceCode {
  const graphs = new Map<SourceBackend, { graph: SourceGraph; known: Map<string, FileIdentity> }>();
  const parts = new Map<string, Promise<SourcePart>>();

  async function read(paths: readonly string[], backend: SourceBackend): Promise<SourcePart> {
    let found = graphs.get(backend);
    if (!found) {
      graphs.set(backend, found = { graph: sourceGraph(tree, FORMS[backend].form, parse), known: new Map() });
    }
    const identities = await fileIdentities(found.graph, paths, found.known);
    const reached = [...await reachedFiles(found.graph, paths)].sort();
    const files = new Map(reached.map((path) => [path, identities.get(path)!]));
    return { identity: sha256([...files.values()].map(({ whole }) => whole).sort().join("\n")), files };
  }
  function once(key: string, make: () => Promise<SourcePart>): Promise<SourcePart> {
    let part = parts.get(key);
    // One after the other: they share what they know.
    if (!part) {
      const before = [...parts.values()].at(-1);
      parts.set(key, part = (before ?? Promise.resolve()).then(make, make));
    }
    return part;
  }
  const exported = (kind: keyof typeof REGISTRIES) => (id: string, backend: SourceBackend) =>
    once(`${kind} ${id} ${backend}`, async () => await read([await exporter(kind, id)], backend));
  return {
    core: (backend) => once(`core ${backend}`, () => read([...CELL, ...BASE, FORMS[backend].root], backend)),
    task: exported("task"),
    objective: exported("objective"),
    measurement: (name, backend) =>
      once(
        `measurement ${name} ${backend}`,
        async () => await read([await exporter("measurement", name), ...BASE, FORMS[backend].root], backend),
      ),
    modules: (paths, backend) => once(`${paths.join()} ${backend}`, () => read(paths, backend)),
  };
}

/** The code that runs. */
let current: SourceCode | undefined;
export function currentCode(): SourceCode {
  return current ??= sourceCode(repository());
}

/** The code behind a cell. @throws Error if no module of the registries exports the task or objective */
export async function cellParts(
  task: string,
  objective: string,
  backend: SourceBackend,
  code = currentCode(),
): Promise<Readonly<Record<keyof CellSource, SourcePart>>> {
  return {
    core: await code.core(backend),
    task: await code.task(task, backend),
    objective: await code.objective(objective, backend),
  };
}

/** The identities of the code behind a cell. @throws Error as `cellParts` */
export async function cellSource(
  task: string,
  objective: string,
  backend: SourceBackend,
  code = currentCode(),
): Promise<CellSource> {
  const { core, task: ofTask, objective: ofObjective } = await cellParts(task, objective, backend, code);
  return { core: core.identity, task: ofTask.identity, objective: ofObjective.identity };
}

/** Identity of the code that trains a base model. */
export async function baseSource(
  task: string,
  backend: SourceBackend,
  code = currentCode(),
): Promise<string> {
  const base = await code.modules([...BASE, FORMS[backend].root], backend);
  return sha256(base.identity + (await code.task(task, backend)).identity);
}

/** Identity of the code that grades a model. */
export async function gradingSource(
  task: string,
  backend: SourceBackend,
  code = currentCode(),
): Promise<string> {
  const grading = await code.modules([...GRADING, FORMS[backend].root], backend);
  return sha256(grading.identity + (await code.task(task, backend)).identity);
}

/** Identity of the code behind one kind of measurement of the papers' claims. */
export async function measurementSource(
  backend: SourceBackend,
  measurement: string,
  code = currentCode(),
): Promise<string> {
  return (await code.measurement(measurement, backend)).identity;
}

const ROOT = new URL("../../", import.meta.url);

/** The repository that this code lies in. */
export function repository(root = ROOT): SourceTree {
  const texts = new Map<string, Promise<string | null>>();
  const read = (path: string) =>
    Deno.readTextFile(fromFileUrl(new URL(path, root))).catch((error) => {
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
      (await Array.fromAsync(Deno.readDir(new URL(`${folder}/`, root)))).map(({ name }) => name),
  };
}

/**
 * Path of the module, among those that a registry imports, that exports the thing with an id.
 * @throws Error if there is none
 */
export async function exporterOf(kind: keyof typeof REGISTRIES, id: string): Promise<string> {
  const [registry, key] = REGISTRIES[kind];
  const { statements } = codeOf(registry, await Deno.readTextFile(new URL(registry, ROOT)));
  for (const { specifier } of statements) {
    if (!specifier.startsWith(".")) continue;
    const module = new URL(specifier, new URL(registry, ROOT));
    const exported: unknown[] = Object.values(await import(module.href));
    if (exported.flat().some((value) => (value as { id?: unknown; name?: unknown } | null)?.[key] === id)) {
      return module.href.slice(ROOT.href.length);
    }
  }
  throw new Error(`no module that ${registry} imports exports "${id}"`);
}
