/** The identity of the code behind a result: every source file that can change it. */

import { relative } from "node:path";
import { fileURLToPath as fromFileUrl } from "node:url";
import { sha256 } from "../files/identity.ts";

/** Folders whose code decides what a model learns and how it is graded. */
const FOLDERS = ["kernels", "src/model", "src/diffusion", "src/objectives", "src/train", "tasks"];
/** The same for single files; the rest of their folder only names, stores or shows results. */
const FILES = ["src/bench/cell.ts", "src/bench/evaluation.ts", "src/bench/test_sets.ts"];
const SOURCE = /\.(ts|wgsl)$/;
const NOT_PRODUCT = /(_test|_full|_bench)\.ts$|\/testing\.ts$/;
/** What is measured for the papers' claims. */
const MEASUREMENTS = "src/claims/measurements";
/** What base training never reaches: a new objective leaves the base models valid. */
const NOT_BASE = /(^|\/)objectives\/|^src\/bench\//;

/** What depends on the sources: a cell of a suite, a base model, or a measurement for a claim. */
export type SourceScope = "cell" | "base" | "measurement";

const known = new Map<string, Promise<string>>();

/**
 * SHA-256 over the paths and contents of the source files that a scope depends on. Read once per process.
 */
export function sourceIdentity(scope: SourceScope): Promise<string> {
  let identity = known.get(scope);
  if (!identity) known.set(scope, identity = identityOfSources(new URL("../../", import.meta.url), scope));
  return identity;
}

/** The same for another copy of the repository. @param root URL of its folder, with a slash at its end */
export async function identityOfSources(root: URL, scope: SourceScope): Promise<string> {
  const files = FILES.map((file) => fromFileUrl(new URL(file, root)));
  const folders = scope === "measurement" ? [...FOLDERS, MEASUREMENTS] : FOLDERS;
  for (const folder of folders) await collect(new URL(`${folder}/`, root), files);
  const base = fromFileUrl(root);
  const lines = files.map((path) => [relative(base, path).replaceAll("\\", "/"), path] as const)
    .filter(([name]) => SOURCE.test(name) && !NOT_PRODUCT.test(name))
    .filter(([name]) => scope !== "base" || !NOT_BASE.test(name))
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(async ([name, path]) => `${sha256(await Deno.readFile(path))}  ${name}\n`);
  return sha256((await Promise.all(lines)).join(""));
}

async function collect(folder: URL, files: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await collect(new URL(`${name}/`, folder), files);
    else files.push(fromFileUrl(new URL(name, folder)));
  }
}
