/** The source files behind a piece of code: what its imports lead to. */

import { posix } from "node:path";
import { type Code, codeOf } from "./code.ts";

/** The repository, or a copy of it with changes. Paths are relative to its root, with "/". */
export interface SourceTree {
  /** The text of a file, null where there is none. */
  read(path: string): Promise<string | null>;
  /** Names of the files in a folder. */
  list(folder: string): Promise<string[]>;
}

/** Which compiled forms of the kernels belong to it. */
export type KernelForm = "wgsl" | "wasm";

/** A file and where the places in it lead. */
export interface SourceFile {
  readonly code: Code;
  /** Path that each of the code's statements and specifiers leads to; null for what is no code, or gone when it runs. */
  readonly statements: readonly (string | null)[];
  readonly specifiers: readonly (string | null)[];
  /** Files that it reaches without naming them: the forms of a kernel beside its binding. */
  readonly beside: readonly string[];
}

/** Files by path; packages by "npm:name@version" or "node:name", without code of ours. */
export interface SourceGraph {
  /**
   * The file at a path, with where it leads.
   * @throws Error for a path or an import that leads nowhere, SyntaxError for a file that cannot be parsed
   */
  file(path: string): Promise<SourceFile>;
}

const PACKAGE: SourceFile = {
  code: { body: "", statements: [], specifiers: [] },
  statements: [],
  specifiers: [],
  beside: [],
};

export function isPackage(path: string): boolean {
  return /^(?:npm|node):/.test(path);
}

/** Reads and parses each file once, with `parse`. Suites, data and other text are not code. */
export function sourceGraph(tree: SourceTree, form: KernelForm, parse = codeOf): SourceGraph {
  const files = new Map<string, Promise<SourceFile>>(), folders = new Map<string, Promise<string[]>>();
  let imports: Promise<Readonly<Record<string, string>>> | undefined;

  async function readImports() {
    return (JSON.parse(await tree.read("deno.json") ?? "{}") as { imports?: Record<string, string> })
      .imports ?? {};
  }

  /** AssemblyScript in a folder of a kernel. */
  function kernelsIn(folder: string): Promise<string[]> {
    let found = folders.get(folder);
    if (!found) {
      found = tree.list(folder).then((names) => names.filter((name) => name.endsWith(".as.ts")).sort());
      folders.set(folder, found);
    }
    return found;
  }

  async function load(path: string): Promise<SourceFile> {
    if (isPackage(path)) return PACKAGE;
    const text = await tree.read(path);
    if (text === null) throw new Error(`${path} is imported and does not exist`);
    const code = parse(path, text), folder = posix.dirname(path), bound = await (imports ??= readImports());
    const isKernel = path.endsWith(".as.ts");
    // AssemblyScript leaves the ending out.
    const ending = isKernel ? ".ts" : "";
    const target = (specifier: string) => {
      const to = resolve(specifier + ending, folder, bound);
      return to !== null && isReached(to, form) ? to : null;
    };
    const names = form === "wasm" && folder.startsWith("kernels/") && !isKernel
      ? await kernelsIn(folder)
      : [];
    return {
      code,
      statements: code.statements.map(({ specifier, typesOnly }) => typesOnly ? null : target(specifier)),
      specifiers: code.specifiers.map(target),
      beside: names.map((name) => `${folder}/${name}`),
    };
  }

  return {
    file(path) {
      let file = files.get(path);
      if (!file) files.set(path, file = load(path));
      return file;
    },
  };
}

/** Paths that a file leads to. */
export function targetsOf({ statements, specifiers, beside }: SourceFile): string[] {
  return [...statements, ...specifiers, ...beside].filter((path) => path !== null);
}

/** Paths of everything that the modules at `roots` reach, themselves included. */
export async function reachedFiles(graph: SourceGraph, roots: readonly string[]): Promise<Set<string>> {
  const reached = new Set<string>(), waiting = [...roots];
  while (waiting.length > 0) {
    const path = waiting.pop()!;
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...targetsOf(await graph.file(path)));
  }
  return reached;
}

function resolve(
  specifier: string,
  folder: string,
  imports: Readonly<Record<string, string>>,
): string | null {
  if (specifier.startsWith(".")) return posix.join(folder, specifier);
  if (isPackage(specifier)) return specifier;
  // A file of a package, "pyodide/pyodide.asm.mjs", belongs to the package.
  const bound = imports[specifier] ?? imports[/^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]];
  if (bound?.startsWith("./")) return bound.slice(2);
  if (bound?.startsWith("npm:")) return bound;
  throw new Error(`${folder}: the import "${specifier}" is not in deno.json`);
}

function isReached(path: string, form: KernelForm): boolean {
  if (path.endsWith(".wgsl")) return form === "wgsl";
  return /\.(?:[cm]?[jt]sx?|py)$/.test(path) || isPackage(path);
}
