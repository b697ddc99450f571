import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { allTasks } from "../../tasks/registry.ts";
import { IDENTITY } from "../files/identity.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { reachedFiles, type SourceTree } from "./module_graph.ts";
import {
  baseSource,
  cellSource,
  filesOf,
  gradingSource,
  identityOfFiles,
  repository,
} from "./source_identity.ts";

/** A made-up repository. */
function tree(files: Readonly<Record<string, string>>): SourceTree {
  return {
    read: (path) => Promise.resolve(files[path] ?? null),
    list: (folder) =>
      Promise.resolve(
        Object.keys(files).filter((path) => path.startsWith(`${folder}/`)).map((path) =>
          path.split("/").at(-1)!
        ),
      ),
  };
}

const TREE: Record<string, string> = {
  "deno.json":
    `{ "imports": { "@std/yaml": "./src/std/yaml.ts", "zod": "npm:zod@4.6.7", "other": "npm:other@1" } }`,
  "src/root.ts": `import { add } from "../kernels/add/mod.ts";
import type { Shown } from "./shown.ts";
import { type A, type B } from "./shown.ts";
import {
  one,
  type Two as Second,
} from "./several.ts";
export { again } from "./again.ts";
import { z } from "zod";
import { parse } from "@std/yaml";
import { readFileSync } from "node:fs";
import text from "./suite.yaml" with { type: "text" };
import python from "./judge.py" with { type: "text" };
const folder = import.meta.resolve("other/files/python.wasm");
const late = await import("./late.ts");
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
// import { nothing } from "./comment.ts"
const message = 'import { x } from "./quoted.ts"';
`,
  "src/several.ts": `import "./effect.ts";\n`,
  "src/again.ts": `export * from "./root.ts";\n`,
  "src/effect.ts": "",
  "src/judge.py": "import os",
  "src/late.ts": "",
  "src/worker.ts": "",
  "src/shown.ts": "",
  "src/std/yaml.ts": "",
  "src/unrelated.ts": "",
  "kernels/add/mod.ts": `import wgsl from "./add.wgsl" with { type: "text" };\n`,
  "kernels/add/add.wgsl": "",
  "kernels/add/add.as.ts": `import { madd } from "../wasm/vector.as";\n`,
  "kernels/add/mod_test.ts": "",
  "kernels/wasm/vector.as.ts": "",
  "kernels/sub/sub.as.ts": "",
};

const COMMON = [
  "kernels/add/mod.ts",
  "npm:other@1",
  "npm:zod@4.6.7",
  "src/again.ts",
  "src/effect.ts",
  "src/judge.py",
  "src/late.ts",
  "src/root.ts",
  "src/several.ts",
  "src/std/yaml.ts",
  "src/worker.ts",
];

Deno.test("what a module reaches: values, workers, packages by version, and one form of its kernels", async () => {
  const wasm = await reachedFiles(tree(TREE), ["src/root.ts"], "wasm");
  assertEquals(
    [...wasm.keys()].sort(),
    ["kernels/add/add.as.ts", ...COMMON, "kernels/wasm/vector.as.ts"].sort(),
  );
  const wgsl = await reachedFiles(tree(TREE), ["src/root.ts"], "wgsl");
  assertEquals([...wgsl.keys()].sort(), ["kernels/add/add.wgsl", ...COMMON].sort());
});

Deno.test("an import that leads nowhere is an error that names it", async () => {
  const broken = (text: string) => reachedFiles(tree({ "src/root.ts": text }), ["src/root.ts"], "wasm");
  await assertRejects(
    () => broken(`import { x } from "./none.ts";`),
    Error,
    "src/none.ts is imported and does",
  );
  await assertRejects(
    () => broken(`import { x } from "none";`),
    Error,
    `src: the import "none" is not in deno.json`,
  );
});

/** The repository with one line more in a file. */
function touched(path: string): SourceTree {
  const { read, list } = repository();
  return { read: async (each) => (await read(each))! + (each === path ? "\n// touched\n" : ""), list };
}

const CELL = ["src/bench/cell.ts", "src/bench/test_sets.ts"];

Deno.test("a cell depends on its own objective and task, on the core, and on its backend's kernels", async () => {
  const scope = { task: "sudoku/mini", objective: "bgpo", modules: CELL } as const;
  const identity = async (backend: "cpu" | "webgpu", path = "") =>
    identityOfFiles(await filesOf({ ...scope, backend }, touched(path)));
  const plain = { cpu: await identity("cpu"), webgpu: await identity("webgpu") };
  assertEquals(await cellSource("sudoku/mini", "bgpo", "cpu"), plain.cpu);
  const changes: Record<string, ("cpu" | "webgpu")[]> = {
    "src/objectives/bgpo.ts": ["cpu", "webgpu"],
    "src/objectives/elbo_samples.ts": ["cpu", "webgpu"],
    "tasks/sudoku/mini.ts": ["cpu", "webgpu"],
    "src/train/policy.ts": ["cpu", "webgpu"],
    "src/diffusion/sampler.ts": ["cpu", "webgpu"],
    "src/statistics/intervals.ts": ["cpu", "webgpu"],
    "kernels/objectives/bgpo.wgsl": ["webgpu"],
    "kernels/matmul/tile.wgsl": ["webgpu"],
    "kernels/webgpu.ts": ["webgpu"],
    "kernels/matmul/matmul.as.ts": ["cpu"],
    "kernels/wasm/tile.as.ts": ["cpu"],
    "kernels/cpu.ts": ["cpu"],
    "src/objectives/vrpo_ol.ts": [],
    "kernels/objectives/vrpo_ol.wgsl": [],
    "src/objectives/registry.ts": [],
    "tasks/countdown/mini.ts": [],
    "tasks/registry.ts": [],
    "src/bench/runner.ts": [],
    "src/bench/record.ts": [],
    "src/bench/leaderboard.ts": [],
    "src/cli/bench.ts": [],
  };
  for (const [path, backends] of Object.entries(changes)) {
    assert(await repository().read(path) !== null, `${path} is a file`);
    for (const backend of ["cpu", "webgpu"] as const) {
      const changed = await identity(backend, path) !== plain[backend];
      assertEquals(changed, backends.includes(backend), `${path}, ${backend}`);
    }
  }
});

Deno.test("a cell that runs programs depends on the process that runs them, its Python and its interpreter", async () => {
  const files = async (task: string) => await filesOf({ backend: "cpu", task, modules: CELL });
  const code = await files("humaneval/mini");
  for (
    const name of ["host.ts", "worker.ts", "interpreter.ts", "pipe.ts", "python/judge.py", "python/values.py"]
  ) {
    assert(code.has(`src/sandbox/${name}`), name);
  }
  assert(
    [...code.keys()].some((path) => /^npm:pyodide@[\d.]+$/.test(path)),
    "the version of the interpreter",
  );
  for (const path of (await files("sudoku/mini")).keys()) assert(!path.startsWith("src/sandbox/"), path);
});

Deno.test("a base model depends on its task and on base training, not on objectives or grading tables", async () => {
  const files = await filesOf({ backend: "cpu", task: "sudoku/mini", modules: ["src/train/base.ts"] });
  for (const path of ["tasks/sudoku/mini.ts", "src/train/optimizer.ts", "kernels/adamw/adamw.as.ts"]) {
    assert(files.has(path), path);
  }
  for (const path of files.keys()) assert(!/^src\/(objectives|bench|cli)\//.test(path), path);
});

Deno.test("every cell of this repository has an identity, and no cell runs registries, records or tests", async () => {
  const identities = new Set<string>();
  for (const { id: task } of allTasks) {
    for (const { id: objective } of OBJECTIVES) {
      identities.add(await cellSource(task, objective, "cpu"));
      const files = await filesOf({ backend: "webgpu", task, objective, modules: CELL });
      for (const path of files.keys()) {
        assert(
          !/registry\.ts$|_test\.ts$|_bench\.ts$|testing\.ts$|record\.ts$|runner\.ts$|src\/cli/.test(path),
          path,
        );
      }
    }
    identities.add(await baseSource(task, "cpu"));
    identities.add(await gradingSource(task, "cpu"));
  }
  for (const identity of identities) assertMatch(identity, IDENTITY);
  assertEquals(identities.size, allTasks.length * (OBJECTIVES.length + 2));
  assertNotEquals(
    await cellSource("sudoku/mini", "bgpo", "webgpu"),
    await cellSource("sudoku/mini", "bgpo", "cpu"),
  );
});

Deno.test("names that no registry knows are errors", async () => {
  await assertRejects(
    () => cellSource("sudoku/mini", "none", "cpu"),
    Error,
    `src/objectives/registry.ts imports`,
  );
  await assertRejects(() => baseSource("none", "cpu"), Error, `no module that tasks/registry.ts imports`);
});
