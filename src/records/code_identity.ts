/**
 * The identity of a file: of its own code and of what its imports lead to. Paths are not part of it. Files that import
 * each other in a circle are one unit: each of them depends on all.
 */

import { sha256 } from "../files/identity.ts";
import { isPackage, type SourceFile, type SourceGraph, targetsOf } from "./module_graph.ts";

/** What identifies a file. */
export interface FileIdentity {
  /** Of its code alone, wherever its imports lead: differs for a file that was changed itself. */
  readonly own: string;
  /** Of its code and of all that it reaches. */
  readonly whole: string;
}

/**
 * Identities of files, and of everything that they reach, by path. Linear in the files that are reached.
 * @throws Error for an import that leads nowhere
 */
export async function fileIdentities(
  graph: SourceGraph,
  paths: readonly string[],
  known: Map<string, FileIdentity>,
): Promise<Map<string, FileIdentity>> {
  for (const circle of await circles(graph, paths, known)) {
    const files = new Map<string, SourceFile>();
    for (const path of circle) files.set(path, await graph.file(path));
    // Inside a circle what a file leads to is refined step by step, until everything in it has been seen.
    let inside = new Map(circle.map((path) => [path, "circle"]));
    for (let round = 0; round < circle.length; round++) {
      inside = new Map(circle.map((path) => [
        path,
        identityOfFile(path, files.get(path)!, (target) => inside.get(target) ?? known.get(target)!.whole),
      ]));
    }
    const together = circle.length > 1 ? sha256([...inside.values()].sort().join("\n")) : "";
    for (const [path, whole] of inside) {
      const own = identityOfFile(path, files.get(path)!, () => "");
      known.set(path, { own, whole: together ? sha256(`${together}\n${whole}`) : whole });
    }
  }
  return known;
}

/** SHA-256 of a file's code with the identities of what it leads to in the place of their names. */
function identityOfFile(
  path: string,
  { code, statements, specifiers, beside }: SourceFile,
  identity: (target: string) => string,
): string {
  // A package is its name and version.
  if (isPackage(path)) return sha256(path);
  const of = (target: string | null) => target === null ? "" : identity(target);
  return sha256(JSON.stringify([
    code.body,
    specifiers.map(of),
    code.statements.map(({ clause }, i) => `${clause} ${of(statements[i]!)}`).sort(),
    beside.map(of).sort(),
  ]));
}

/**
 * Groups of files that reach each other, most of them of one file, every group after those that it leads to
 * (Tarjan's strongly connected components).
 */
async function circles(
  graph: SourceGraph,
  roots: readonly string[],
  known: ReadonlyMap<string, unknown>,
): Promise<string[][]> {
  const found: string[][] = [], stack: string[] = [];
  const index = new Map<string, number>(), low = new Map<string, number>(), open = new Set<string>();
  async function visit(path: string): Promise<void> {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    open.add(path);
    for (const target of targetsOf(await graph.file(path))) {
      if (known.has(target)) continue;
      if (!index.has(target)) {
        await visit(target);
        low.set(path, Math.min(low.get(path)!, low.get(target)!));
      } else if (open.has(target)) low.set(path, Math.min(low.get(path)!, index.get(target)!));
    }
    if (low.get(path) !== own) return;
    const circle = stack.splice(stack.indexOf(path));
    for (const member of circle) open.delete(member);
    found.push(circle);
  }
  for (const root of roots) if (!index.has(root) && !known.has(root)) await visit(root);
  return found;
}
