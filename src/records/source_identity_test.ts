import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { allTasks, realTasks } from "../../tasks/registry.ts";
import { IDENTITY } from "../files/identity.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { codeReader } from "./code.ts";
import type { FileIdentity } from "./code_identity.ts";
import { type KernelForm, reachedFiles, sourceGraph, type SourceTree } from "./module_graph.ts";
import {
  baseSource,
  cellSource,
  currentCode,
  exporterOf,
  gradingSource,
  measurementSource,
  repository,
  type SourceBackend,
  sourceCode,
  type SourcePart,
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
import { view } from "./view.tsx";
import { script } from "./script.mjs";
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
  "src/script.mjs": "export const script = 1;",
  "src/view.tsx": "export const view = <b>a</b>;",
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
  "node:fs",
  "npm:other@1",
  "npm:zod@4.6.7",
  "src/again.ts",
  "src/effect.ts",
  "src/judge.py",
  "src/late.ts",
  "src/root.ts",
  "src/script.mjs",
  "src/several.ts",
  "src/std/yaml.ts",
  "src/view.tsx",
  "src/worker.ts",
];

async function reached(files: Readonly<Record<string, string>>, form: KernelForm): Promise<string[]> {
  return [...await reachedFiles(sourceGraph(tree(files), form), ["src/root.ts"])].sort();
}

Deno.test("what a module reaches: values, workers, packages by version, and one form of its kernels", async () => {
  assertEquals(
    await reached(TREE, "wasm"),
    ["kernels/add/add.as.ts", ...COMMON, "kernels/wasm/vector.as.ts"].sort(),
  );
  assertEquals(await reached(TREE, "wgsl"), ["kernels/add/add.wgsl", ...COMMON].sort());
});

Deno.test("an import that leads nowhere, and a file that cannot be parsed, are errors that name them", async () => {
  const broken: readonly [text: string, message: string][] = [
    [`import { x } from "./none.ts";`, "src/none.ts is imported and does not exist"],
    [`import { x } from "none";`, `src: the import "none" is not in deno.json`],
    [`await import("./none.ts");`, "src/none.ts is imported and does not exist"],
    [`const = 1;`, "src/root.ts cannot be parsed: "],
  ];
  for (const [text, message] of broken) {
    await assertRejects(() => reached({ "src/root.ts": text }, "wasm"), Error, message);
    await assertRejects(
      () => sourceCode(tree({ "src/root.ts": text })).modules(["src/root.ts"], "cpu"),
      Error,
      message,
    );
  }
});

/** Identities of files by path, asked for in this order. */
async function identities(
  files: Readonly<Record<string, string>>,
  ...asked: readonly string[]
): Promise<ReadonlyMap<string, FileIdentity>> {
  const code = sourceCode(tree(files));
  let part: SourcePart | undefined;
  for (const path of asked) part = await code.modules([path], "cpu");
  return part!.files;
}

/** A circle of three, with a way in, a way out and a shorter circle inside. */
const CIRCLE: Record<string, string> = {
  "in.ts": `import { a } from "./a.ts";\nexport const start = a;`,
  "a.ts": `import { b } from "./b.ts";\nexport const a = () => b;`,
  "b.ts": `import { a } from "./a.ts";\nimport { c } from "./c.ts";\nexport const b = () => [a, c];`,
  "c.ts": `import { a } from "./a.ts";\nimport { out } from "./out.ts";\nexport const c = () => [a, out];`,
  "out.ts": "export const out = 1;",
};

Deno.test("files that import each other are one unit: a change in one changes all, a new name none", async () => {
  const plain = await identities(CIRCLE, "in.ts");
  assertEquals([...plain.keys()], ["a.ts", "b.ts", "c.ts", "in.ts", "out.ts"]);
  assertEquals(new Set([...plain.values()].map(({ whole }) => whole)).size, 5);
  for (const path of Object.keys(CIRCLE)) {
    const changed = await identities(
      { ...CIRCLE, [path]: `${CIRCLE[path]}\nexport const touched = 1;` },
      "in.ts",
    );
    const differ = (key: keyof FileIdentity) =>
      [...plain.keys()].filter((each) => plain.get(each)![key] !== changed.get(each)![key]);
    assertEquals(differ("own"), [path]);
    assertEquals(
      differ("whole"),
      path === "in.ts"
        ? ["in.ts"]
        : path === "out.ts"
        ? [...plain.keys()]
        : ["a.ts", "b.ts", "c.ts", "in.ts"],
      path,
    );
  }
  const names: Record<string, string> = { a: "z/first", b: "second", c: "a/third", out: "z/last" };
  const renamed = Object.fromEntries(
    Object.entries(CIRCLE).map(([path, text]) => [
      path.replace(/^(\w+)/, (name) => names[name] ?? name),
      text.replace(
        /"\.\/(\w+)\.ts"/g,
        (_, name) => `"${/^(?:a|c)\.ts$/.test(path) ? "../" : "./"}${names[name]}.ts"`,
      ),
    ]),
  );
  const moved = await identities(renamed, "in.ts");
  for (const path of Object.keys(CIRCLE)) {
    assertEquals(moved.get(path.replace(/^(\w+)/, (name) => names[name] ?? name)), plain.get(path), path);
  }
});

Deno.test("an identity depends neither on where a circle is entered nor on what was asked before", async () => {
  const plain = await identities(CIRCLE, "in.ts");
  const orders = [["a.ts"], ["b.ts"], ["c.ts"], ["out.ts"], ["c.ts", "a.ts"], ["out.ts", "b.ts"], [
    "b.ts",
    "out.ts",
    "c.ts",
  ]];
  for (const order of orders) {
    assertEquals(await identities(CIRCLE, ...order, "in.ts"), plain, order.join(" "));
  }
  const backwards = Object.fromEntries(
    Object.entries(CIRCLE).map(([path, text]) => [path, text.split("\n").reverse().join("\n")]),
  );
  assertEquals(await identities(backwards, "in.ts"), plain, "imports in another order");
  const code = sourceCode(tree(CIRCLE));
  const [together, alone] = await Promise.all([
    code.modules(["b.ts", "in.ts"], "cpu"),
    code.modules(["in.ts"], "cpu"),
  ]);
  assertEquals(together, alone, "asked at once");
});

Deno.test("which file of a circle is imported, and by which place, makes a difference", async () => {
  const pair = {
    "in.ts": `import { f } from "./a.ts";`,
    "a.ts": `export { g } from "./b.ts";\nexport const f = 1;`,
    "b.ts": `export { f } from "./a.ts";\nexport const g = 1;`,
  };
  const first = (await identities(pair, "in.ts")).get("in.ts")!;
  const second = (await identities({ ...pair, "in.ts": `import { f } from "./b.ts";` }, "in.ts")).get(
    "in.ts",
  )!;
  assertEquals(first.own, second.own);
  assertNotEquals(first.whole, second.whole);
  const reaching = async (name: string) =>
    (await identities({ "in.ts": `new Worker(new URL("${name}", import.meta.url));` }, "in.ts")).get("in.ts")!
      .whole;
  assertNotEquals(await reaching("./in.ts"), await reaching("./data.json"), "a file that names itself");
});

Deno.test("a module of the platform and the version of a package are part of the identity", async () => {
  const of = async (text: string, version = "1") =>
    (await identities({ "deno.json": `{"imports":{"p":"npm:p@${version}"}}`, "in.ts": text }, "in.ts")).get(
      "in.ts",
    )!
      .whole;
  assertNotEquals(
    await of(`import { f } from "node:fs";`),
    await of(`import { f } from "node:fs/promises";`),
  );
  assertNotEquals(await of(`import { f } from "p";`), await of(`import { f } from "p";`, "2"));
  assertNotEquals(await of(`await import("p");`), await of(`await import("p");`, "2"));
});

/** Parsed for all tests together. */
const parse = codeReader();
const here = repository();

/** The repository with a line more in some files. */
function touched(paths: string | readonly string[], line: string) {
  const read = async (each: string) => {
    const text = await here.read(each);
    return [paths].flat().includes(each) ? `${text}\n${line}\n` : text;
  };
  return sourceCode({ read, list: here.list }, undefined, parse);
}

const BACKENDS: readonly SourceBackend[] = ["cpu", "webgpu"];

/** The parts of a cell's code that differ between the repository and a copy. */
async function changedParts(backend: SourceBackend, copy: ReturnType<typeof sourceCode>): Promise<string> {
  const [before, after] = [
    await cellSource("sudoku/mini", "bgpo", backend),
    await cellSource("sudoku/mini", "bgpo", backend, copy),
  ];
  return (["core", "task", "objective"] as const).filter((part) => before[part] !== after[part]).join(" ");
}

Deno.test("a cell depends on its own objective and task, on the core, and on its backend's kernels", async () => {
  const changes: readonly [path: string, cpu: string, webgpu: string][] = [
    ["src/objectives/bgpo.ts", "objective", "objective"],
    ["src/objectives/elbo_samples.ts", "objective", "objective"],
    ["tasks/sudoku/mini.ts", "task", "task"],
    ["src/bench/cell.ts", "core", "core"],
    ["src/train/policy.ts", "core", "core"],
    ["src/train/base.ts", "core", "core"],
    ["src/diffusion/sampler.ts", "core", "core"],
    ["kernels/philox/random.ts", "core task objective", "core task objective"],
    ["kernels/objectives/bgpo.wgsl", "", "objective"],
    ["kernels/matmul/tile.wgsl", "", "core"],
    ["kernels/webgpu.ts", "", "core"],
    ["kernels/matmul/matmul.as.ts", "core", ""],
    ["kernels/wasm/tile.as.ts", "core", ""],
    ["kernels/cpu.ts", "core", ""],
    ["src/objectives/vrpo_ol.ts", "", ""],
    ["kernels/objectives/vrpo_ol.wgsl", "", ""],
    ["src/objectives/registry.ts", "", ""],
    ["tasks/countdown/mini.ts", "", ""],
    ["tasks/registry.ts", "", ""],
    ["src/bench/runner.ts", "", ""],
    ["src/records/record.ts", "", ""],
    ["src/leaderboard/board.ts", "", ""],
    ["src/cli/bench.ts", "", ""],
  ];
  for (const [path, cpu, webgpu] of changes) {
    assert(await here.read(path) !== null, `${path} is a file`);
    const expected = { cpu, webgpu };
    const copy = touched(path, path.endsWith(".ts") ? "export const touched = 1;" : "const TOUCHED = 1;");
    for (const backend of BACKENDS) {
      assertEquals(await changedParts(backend, copy), expected[backend], `${path}, ${backend}`);
    }
  }
  const commented = touched(changes.map(([path]) => path), "// touched");
  for (const backend of BACKENDS) assertEquals(await changedParts(backend, commented), "", "comments");
});

Deno.test("a task that runs programs depends on the process that runs them, its Python and its interpreter", async () => {
  const { identity, files } = await currentCode().task("humaneval/mini", "cpu");
  for (
    const name of ["host.ts", "worker.ts", "interpreter.ts", "pipe.ts", "python/judge.py", "python/values.py"]
  ) {
    assert(files.has(`src/sandbox/${name}`), name);
  }
  const version = [...files.keys()].find((path) => /^npm:pyodide@[\d.]+$/.test(path));
  assert(version !== undefined, "the version of the interpreter");
  const of = async (copy: ReturnType<typeof sourceCode>) =>
    (await copy.task("humaneval/mini", "cpu")).identity;
  const judge = "src/sandbox/python/judge.py";
  assertNotEquals(await of(touched(judge, "TOUCHED = 1")), identity);
  assertEquals(await of(touched(judge, "# touched")), identity);
  const other = sourceCode(
    {
      read: async (path) => (await here.read(path))?.replace(version, `${version}1`) ?? null,
      list: here.list,
    },
    undefined,
    parse,
  );
  assertNotEquals(await of(other), identity);
  for (const path of (await currentCode().task("sudoku/mini", "cpu")).files.keys()) {
    assert(!path.startsWith("src/sandbox/"), path);
  }
});

Deno.test("a base model depends on its task and on base training, not on objectives or grading tables", async () => {
  const files = (await currentCode().modules(["src/train/base.ts"], "cpu")).files;
  for (const path of ["src/train/optimizer.ts", "kernels/adamw/adamw.as.ts"]) assert(files.has(path), path);
  for (const path of files.keys()) assert(!/^src\/(objectives|bench|cli)\//.test(path), path);

  const base = await baseSource("sudoku/mini", "cpu");
  const changes: readonly [path: string, changes: boolean][] = [
    ["tasks/sudoku/mini.ts", true],
    ["src/train/base.ts", true],
    ["kernels/adamw/adamw.as.ts", true],
    ["kernels/adamw/adamw.wgsl", false],
    ["tasks/countdown/mini.ts", false],
    ["src/objectives/bgpo.ts", false],
    ["src/bench/model_scores.ts", false],
  ];
  for (const [path, changed] of changes) {
    const copy = touched(path, "const TOUCHED = 1;");
    assertEquals(await baseSource("sudoku/mini", "cpu", copy) !== base, changed, path);
  }
});

Deno.test("every cell of this repository has identities, and no part reaches registries, records or tests", async () => {
  const code = currentCode();
  for (const backend of BACKENDS) {
    const parts = [await code.core(backend)];
    for (const { id } of allTasks) parts.push(await code.task(id, backend));
    for (const { id } of OBJECTIVES) parts.push(await code.objective(id, backend));
    for (const { identity } of parts) assertMatch(identity, IDENTITY);
    for (const path of parts.flatMap(({ files }) => [...files.keys()])) {
      const foreign =
        /registry\.ts$|_test\.ts$|_full\.ts$|_bench\.ts$|testing\.ts$|record\.ts$|runner\.ts$|src\/(cli|records\/(?!score\.ts$|item_bits\.ts$))/;
      assert(!foreign.test(path), path);
    }
    const tasks = new Set(await Promise.all(allTasks.map(({ id }) => baseSource(id, backend))));
    for (const { id } of allTasks) tasks.add(await gradingSource(id, backend));
    for (const identity of tasks) assertMatch(identity, IDENTITY);
    assertEquals(
      tasks.size,
      2 * new Set(parts.slice(1, 1 + allTasks.length).map(({ identity }) => identity)).size,
    );
  }
  assertNotEquals((await code.core("webgpu")).identity, (await code.core("cpu")).identity);
});

Deno.test("the module of a generated task is its own, whatever the registry holds beside it", async () => {
  for (const { id } of allTasks) assertEquals(await exporterOf("task", id), `tasks/${id}.ts`);
  // Real tasks that no generated one is graded by are no part of it.
  const { files } = await currentCode().task("sudoku/mini", "cpu");
  const folders = [...files.keys()].map((path) => /^tasks\/([^/]+)\//.exec(path)?.[1]);
  for (const { id } of realTasks) assertEquals(folders.includes(id), id === "sudoku", id);
});

Deno.test("names that no registry knows are errors", async () => {
  const none: readonly [asked: () => Promise<unknown>, registry: string][] = [
    [() => cellSource("sudoku/mini", "none", "cpu"), "src/objectives/registry.ts"],
    [() => cellSource("none", "bgpo", "cpu"), "tasks/registry.ts"],
    [() => baseSource("none", "cpu"), "tasks/registry.ts"],
    [() => measurementSource("cpu", "none"), "src/claims/measurements/list.ts"],
  ];
  for (const [asked, registry] of none) {
    await assertRejects(asked, Error, `no module that ${registry} imports exports "none"`);
  }
});
