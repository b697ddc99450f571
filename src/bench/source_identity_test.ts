import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { IDENTITY } from "../files/identity.ts";
import { withFolder } from "../files/testing.ts";
import { identityOfSources, sourceIdentity } from "./source_identity.ts";

/** A small copy of the layout of the repository. */
const TREE: Record<string, string> = {
  "kernels/add/add.wgsl": "fn add() {}",
  "kernels/add/mod.ts": "export const add = 1;",
  "kernels/objectives/own.wgsl": "fn weight() {}",
  "src/model/model.ts": "export const model = 1;",
  "src/diffusion/sampler.ts": "export const sampler = 1;",
  "src/objectives/own.ts": "export const own = 1;",
  "src/train/base.ts": "export const base = 1;",
  "src/bench/cell.ts": "export const cell = 1;",
  "src/bench/evaluation.ts": "export const evaluation = 1;",
  "src/bench/test_sets.ts": "export const sets = 1;",
  "tasks/own/mod.ts": "export const task = 1;",
};

async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(`${root}/${path}`), { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
}

/** The identities of cells and of base models in a copy with changes. */
function identities(changes: Record<string, string | null> = {}): Promise<[string, string]> {
  let both: [string, string];
  return withFolder(async (folder) => {
    const files = Object.entries({ ...TREE, ...changes }).filter((entry) => entry[1] !== null);
    await write(folder, Object.fromEntries(files) as Record<string, string>);
    const root = pathToFileURL(`${resolve(folder)}/`);
    both = [await identityOfSources(root, "cell"), await identityOfSources(root, "base")];
  }).then(() => both);
}

Deno.test("the identity is that of contents and paths, wherever the repository lies", async () => {
  const [cell, base] = await identities();
  assertMatch(cell, IDENTITY);
  assertMatch(base, IDENTITY);
  assertNotEquals(cell, base);
  assertEquals(await identities(), [cell, base]);
  const moved = { "kernels/add/mod.ts": null, "kernels/add/module.ts": TREE["kernels/add/mod.ts"]! };
  assert(!(await identities(moved)).some((identity) => identity === cell || identity === base));
});

Deno.test("every source file counts for cells; for base models all but objectives and grading", async () => {
  const [cell, base] = await identities();
  for (const path of Object.keys(TREE)) {
    const [changedCell, changedBase] = await identities({ [path]: `${TREE[path]} ` });
    assertNotEquals(changedCell, cell, path);
    const counts = !/objectives|src\/bench/.test(path);
    assertEquals(changedBase !== base, counts, path);
  }
});

Deno.test("tests, benchmarks and what only shows results do not count", async () => {
  const plain = await identities();
  for (
    const path of [
      "kernels/add/mod_test.ts",
      "kernels/add/mod_bench.ts",
      "src/train/run_full.ts",
      "tasks/testing.ts",
      "tasks/README.md",
      "src/cli/bench.ts",
    ]
  ) {
    assertEquals(await identities({ [path]: "export const other = 1;" }), plain, path);
  }
});

/** Modules that a module imports, itself included, by path from the repository. Types count: they name shapes. */
async function reachable(path: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(path)) return found;
  found.add(path);
  const text = await Deno.readTextFile(path);
  for (const [, specifier] of text.matchAll(/from "(\.[^"]+)"/g)) {
    const target = resolve(dirname(path), specifier!).slice(resolve(".").length + 1);
    if (target.endsWith(".ts")) await reachable(target, found);
  }
  return found;
}

Deno.test("a cell runs no code that its identity does not cover, but for storing and describing results", async () => {
  const covered = /^(kernels|tasks|src\/(model|diffusion|objectives|train))\//;
  const uncovered = [...await reachable("src/bench/cell.ts")].filter((path) => !covered.test(path)).sort();
  assertEquals(uncovered, [
    "src/bench/base_models.ts",
    "src/bench/cell.ts", // by name
    "src/bench/evaluation.ts", // by name
    "src/bench/item_bits.ts",
    "src/bench/provenance.ts",
    "src/bench/record.ts",
    "src/bench/source_identity.ts",
    "src/bench/suite.ts", // its settings have an identity of their own
    "src/bench/suite_settings.ts",
    "src/bench/test_sets.ts", // by name
    "src/bench/trainer.ts",
    "src/files/canonical_json.ts",
    "src/files/durable.ts",
    "src/files/identity.ts",
    "src/statistics/intervals.ts", // which records are checked against
    "src/statistics/moments.ts",
    "src/statistics/student.ts",
  ]);
});

Deno.test("the identity of this repository is read once per process", async () => {
  const root = new URL("../../", import.meta.url);
  for (const scope of ["cell", "base"] as const) {
    assertEquals(await sourceIdentity(scope), await identityOfSources(root, scope));
    assert(sourceIdentity(scope) === sourceIdentity(scope));
  }
});
