/** Which files changed between parts of the code, from what a results folder knows about the earlier one. */

import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { canonicalJson } from "../files/canonical_json.ts";
import { withFolder } from "../files/testing.ts";
import { changedFiles, noteSourceFiles, readSourceFiles } from "./source_files.ts";
import { sourceCode, type SourcePart } from "./source_identity.ts";

type Files = Readonly<Record<string, string>>;

const BEFORE: Files = {
  "deno.json": `{ "imports": { "sum": "npm:sum@1" } }`,
  "src/root.ts": `import { one } from "./one.ts";
import { two } from "./two.ts";
import { sum } from "sum";
export const root = sum(one, two);
`,
  "src/one.ts": `import { deep } from "./deep.ts";\nexport const one = deep + 1;\n`,
  "src/two.ts": "export const two = 2;\n",
  "src/deep.ts": "export const deep = 0;\n",
  "src/other.ts": `import { deep } from "./deep.ts";\nexport const other = deep;\n`,
};
const ALL = ["npm:sum@1", "src/deep.ts", "src/one.ts", "src/root.ts", "src/two.ts"];

/** What a module of a made-up repository reaches. */
async function partOf(files: Files, root = "src/root.ts"): Promise<SourcePart> {
  const code = sourceCode({
    read: (path) => Promise.resolve(files[path] ?? null),
    list: () => Promise.resolve([]),
  });
  return await code.modules([root], "webgpu");
}

/** The files before with some others, or without some. */
function changedTo(changes: Readonly<Record<string, string | null>>): Files {
  const files = Object.entries({ ...BEFORE, ...changes });
  return Object.fromEntries(files.filter((entry): entry is [string, string] => entry[1] !== null));
}

const before = await partOf(BEFORE);

const CHANGES: [name: string, files: Files, changed: readonly string[]][] = [
  ["one file changed", changedTo({ "src/deep.ts": "export const deep = 3;\n" }), ["src/deep.ts"]],
  [
    "two files changed",
    changedTo({ "src/deep.ts": "export const deep = 3;\n", "src/two.ts": "export const two = 3;\n" }),
    ["src/deep.ts", "src/two.ts"],
  ],
  [
    "a file was added, and the one that imports it changed",
    changedTo({
      "src/two.ts": `import { three } from "./three.ts";\nexport const two = three;\n`,
      "src/three.ts": "export const three = 2;\n",
    }),
    ["src/three.ts", "src/two.ts"],
  ],
  [
    "a file was taken away: the one that imported it changed",
    changedTo({ "src/one.ts": "export const one = 1;\n", "src/deep.ts": null }),
    ["src/one.ts"],
  ],
  [
    "a file was moved, and another changed",
    changedTo({
      "src/one.ts": `import { deep } from "./deeper/still.ts";\nexport const one = deep + 1;\n`,
      "src/deep.ts": null,
      "src/deeper/still.ts": BEFORE["src/deep.ts"]!,
      "src/two.ts": "export const two = 3;\n",
    }),
    ["src/two.ts"],
  ],
  [
    "only where imports lead was exchanged: any file may give something else",
    changedTo({
      "src/root.ts": `import { one } from "./two.ts";
import { two } from "./one.ts";
import { sum } from "sum";
export const root = sum(one, two);
`,
    }),
    ALL,
  ],
  [
    "another version of a package",
    changedTo({ "deno.json": `{ "imports": { "sum": "npm:sum@2" } }` }),
    ["npm:sum@2"],
  ],
];

for (const [name, files, changed] of CHANGES) {
  Deno.test(`changed files: ${name}`, () =>
    withFolder(async (results) => {
      await noteSourceFiles(results, [before]);
      const now = await partOf(files);
      assertNotEquals(now.identity, before.identity);
      assertEquals(changedFiles(now, before.identity, await readSourceFiles(results)), changed);
    }));
}

Deno.test("a file that was moved and nothing else is the same code", async () => {
  const moved = changedTo({
    "src/one.ts": `import { deep } from "./below/deeper.ts";\nexport const one = deep + 1;\n`,
    "src/deep.ts": null,
    "src/below/deeper.ts": BEFORE["src/deep.ts"]!,
  });
  assertEquals((await partOf(moved)).identity, before.identity);
});

Deno.test("all files count as changed where those of the earlier code are not known", () =>
  withFolder(async (results) => {
    const now = await partOf(changedTo({ "src/deep.ts": "export const deep = 3;\n" }));
    assertEquals(changedFiles(now, before.identity, await readSourceFiles(results)), ALL);
    // Another part's files say nothing about it.
    await noteSourceFiles(results, [now]);
    assertEquals(changedFiles(now, before.identity, await readSourceFiles(results)), ALL);
  }));

Deno.test("files are noted once per part, and forgotten with parts that newer ones stand for", () =>
  withFolder(async (folder) => {
    // The folder is made with the first of them.
    const results = `${folder}/results`, file = `${results}/sources.json`;
    const other = await partOf(BEFORE, "src/other.ts");
    const now = await partOf(changedTo({ "src/deep.ts": "export const deep = 3;\n" }));
    const known = async () => [...(await readSourceFiles(results)).keys()].sort();
    await noteSourceFiles(results, [before, other, before]);
    assertEquals(await known(), [before.identity, other.identity].sort());
    const text = await Deno.readTextFile(file);
    const { sources } = JSON.parse(text) as { sources: Record<string, string[]> };
    assertEquals(
      sources[before.identity],
      [...before.files.values()].map(({ own }) => own.slice(0, 16)).sort(),
    );
    assertEquals(text, canonicalJson(JSON.parse(text)));

    // What is known is not written again.
    const { ino } = await Deno.stat(file);
    await noteSourceFiles(results, [other, before]);
    assertEquals([await Deno.readTextFile(file), (await Deno.stat(file)).ino], [text, ino]);

    await noteSourceFiles(results, [now], new Set([before.identity]));
    assertEquals(await known(), [now.identity, other.identity].sort());
    // Code that came back is noted again.
    await noteSourceFiles(results, [before]);
    assertEquals(await known(), [before.identity, now.identity, other.identity].sort());
  }));

Deno.test("a damaged file counts as none, and is replaced", async (test) => {
  const part = before.identity;
  const DAMAGED: readonly [name: string, text: string][] = [
    ["not JSON", `{"schema":1,`],
    ["empty", ""],
    ["another version of the form", `{"schema":2,"sources":{}}`],
    ["no sources", `{"schema":1}`],
    ["a part that is no identity", `{"schema":1,"sources":{"x":[]}}`],
    ["a file that is no beginning of an identity", `{"schema":1,"sources":{"${part}":["${part}"]}}`],
    ["something more", `{"schema":1,"sources":{},"more":1}`],
    ["another value", `["${part}"]`],
  ];
  for (const [name, text] of DAMAGED) {
    await test.step(name, () =>
      withFolder(async (results) => {
        await Deno.writeTextFile(`${results}/sources.json`, text);
        assertEquals([...await readSourceFiles(results)], []);
        await noteSourceFiles(results, [before]);
        assertEquals([...(await readSourceFiles(results)).keys()], [part]);
      }));
  }
});

Deno.test("a file that may not be read is no missing one", () =>
  withFolder(async (results) => {
    await Deno.mkdir(`${results}/sources.json`);
    await assertRejects(() => readSourceFiles(results), Error);
  }));
