/** The source files behind a piece of code: what its imports lead to. */

import { posix } from "node:path";

/** The repository, or a copy of it with changes. Paths are relative to its root, with "/". */
export interface SourceTree {
  /** The text of a file, null where there is none. */
  read(path: string): Promise<string | null>;
  /** Names of the files in a folder. */
  list(folder: string): Promise<string[]>;
}

/** Which compiled forms of the kernels belong to it. */
export type KernelForm = "wgsl" | "wasm";

/** Import and export statements; clauses hold no "=", "(" or quotes, so that code is not taken for one. */
const STATEMENT = /^(?:import|export)\s+([\w*{}\s,$]+?)\s+from\s+"([^"]+)"/gm;
const SIDE_EFFECT = /^import\s+"([^"]+)"/gm;
const DYNAMIC = /\bimport(?:\.meta\.resolve)?\(\s*"([^"]+)"\s*\)/g;
/** Workers and files beside a module. */
const BESIDE = /\bnew URL\(\s*"(\.[^"]*\.\w+)",\s*import\.meta\.url/g;
/** A clause without a value is gone when the module runs. */
const TYPES_ONLY = /^type\b|^\{\s*(?:type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*,?\s*)*\}$/;

/**
 * Every file that the modules at `roots` reach, by path: themselves, what they import with a value, packages as
 * "npm:name@version", Python that they run, and of the kernels the given form alone. Suites, data and other text are
 * not code.
 * @throws Error for an import that leads nowhere
 */
export async function reachedFiles(
  tree: SourceTree,
  roots: readonly string[],
  form: KernelForm,
): Promise<Map<string, string>> {
  const project = JSON.parse(await tree.read("deno.json") ?? "{}") as { imports?: Record<string, string> };
  const files = new Map<string, string>(), folders = new Set<string>(), waiting = [...roots];
  while (waiting.length > 0) {
    const path = waiting.pop()!;
    if (files.has(path)) continue;
    if (path.startsWith("npm:")) {
      files.set(path, "");
      continue;
    }
    const text = await tree.read(path);
    if (text === null) throw new Error(`${path} is imported and does not exist`);
    files.set(path, text);
    if (!path.endsWith(".ts")) continue;
    const folder = posix.dirname(path);
    for (const specifier of importsOf(text, path)) {
      const target = resolve(specifier, folder, project.imports ?? {});
      if (target && isReached(target, form)) waiting.push(target);
    }
    if (form === "wasm" && folder.startsWith("kernels/") && !folders.has(folder)) {
      folders.add(folder);
      for (const name of await tree.list(folder)) {
        if (name.endsWith(".as.ts")) waiting.push(`${folder}/${name}`);
      }
    }
  }
  return files;
}

function importsOf(text: string, path: string): string[] {
  const statements = [...text.matchAll(STATEMENT)].filter(([, clause]) => !TYPES_ONLY.test(clause!))
    .map(([, , specifier]) => specifier!);
  // AssemblyScript leaves the ending out.
  if (path.endsWith(".as.ts")) return statements.map((specifier) => `${specifier}.ts`);
  const others = [SIDE_EFFECT, DYNAMIC, BESIDE].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, specifier]) => specifier!)
  );
  return [...statements, ...others];
}

function resolve(
  specifier: string,
  folder: string,
  imports: Readonly<Record<string, string>>,
): string | null {
  if (specifier.startsWith(".")) return posix.join(folder, specifier);
  if (specifier.startsWith("node:")) return null;
  // A file of a package, "pyodide/pyodide.asm.mjs", belongs to the package.
  const bound = imports[specifier] ?? imports[/^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]];
  if (bound?.startsWith("./")) return bound.slice(2);
  if (bound?.startsWith("npm:")) return bound;
  throw new Error(`${folder}: the import "${specifier}" is not in deno.json`);
}

function isReached(path: string, form: KernelForm): boolean {
  if (path.endsWith(".wgsl")) return form === "wgsl";
  return path.endsWith(".ts") || path.endsWith(".py") || path.startsWith("npm:");
}
