/** Files that comments, documents and tests name are there. */

import { assert, assertEquals } from "@std/assert";

const ROOTS = [".ci", ".github", "kernels", "src", "tasks"];
const ENDING = "(?:as\\.ts|tsx?|wgsl|yaml|yml|py|css|js|md|svg)";
/** A path from the root of the repository. Patterns such as `tasks/<id>/mini.ts` have other characters. */
const PATH = new RegExp(
  `(?<![\\w./<>*{}$-])(?:src|kernels|tasks|results|\\.ci|\\.github)/[\\w./-]*\\w\\.(?:${ENDING}|jsonl?|csv)\\b`,
  "g",
);
/** A folder from there. */
const FOLDER = /(?<![\w./<>*{}$-])(?:src|kernels|tasks)\/(?:[\w-]+\/)+(?![\w<*{$.[])/g;
/** The name of a file in a sentence. */
const NAME = new RegExp(`(?<![\\w./<>*{}$"'\`-])[a-z][a-z0-9]*(?:_[a-z0-9]+)*\\.${ENDING}\\b(?!["'\`])`, "g");
const COMMENT = /\/\*\*?[\s\S]*?\*\/|(?<![:"'\w])\/\/.*/g;

/** Files whose paths are made up, and why. */
const MADE_UP: Readonly<Record<string, string>> = {
  "src/lint/lint_test.ts": "trees with faults",
  "src/lint/paths_test.ts": "the pattern of a new task",
  "src/lint/parameters_test.ts": "signatures of no file",
  "kernels/wasm/build_test.ts": "a kernel that is made for the test",
  "src/records/code_test.ts": "texts in every language",
  "src/records/source_identity_test.ts": "trees that differ in one place",
  "src/records/source_files_test.ts": "trees that differ in one place",
  "src/claims/source_identity_full.ts": "folders after a move",
  "src/cli/permissions_test.ts": "new folders of the code",
  "src/new/objective_test.ts": "files of a new objective",
  "src/new/task_test.ts": "files of a new task",
  "src/new/worked_example_full.ts": "files of the worked example",
};
/** What documents name of other repositories, and of their worked examples. */
const ELSEWHERE = new Set([
  "dllm_core_algos.py",
  "src/objectives/asymmetric_elbo.ts",
  "kernels/objectives/asymmetric_elbo.wgsl",
  "tasks/parity/mini.ts",
]);

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === "fixtures") continue;
    if (isDirectory) files.push(...await filesBelow(`${folder}/${name}`));
    else files.push(`${folder}/${name}`);
  }
  return files;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((found) => found.isFile, () => false);
}

Deno.test("every file of the repository that is named somewhere is there", async () => {
  const files = (await Promise.all(ROOTS.map(filesBelow))).flat();
  const paths = new Set(files), names = new Set(files.map((path) => path.slice(path.lastIndexOf("/") + 1)));
  const missing: string[] = [];
  const documents = ["README.md", "results/README.md", ".ci/run"];
  for (const path of [...documents, ...files.filter((path) => /\.(?:tsx?|wgsl|py|yml|js|css)$/.test(path))]) {
    if (path in MADE_UP) continue;
    const text = await Deno.readTextFile(path);
    for (const [named] of text.matchAll(PATH)) {
      if (!paths.has(named) && !ELSEWHERE.has(named) && !await isFile(named)) {
        missing.push(`${path}: ${named}`);
      }
    }
    for (const [named] of text.matchAll(FOLDER)) {
      if (!files.some((file) => file.startsWith(named))) missing.push(`${path}: ${named}`);
    }
    if (!/\.tsx?$/.test(path)) continue;
    for (const [comment] of text.matchAll(COMMENT)) {
      for (const [named] of comment.matchAll(NAME)) {
        if (!names.has(named) && !ELSEWHERE.has(named)) missing.push(`${path}: ${named}`);
      }
    }
  }
  assert(files.length > 700);
  assertEquals(missing, []);
});
