import { assert, assertEquals, assertThrows } from "@std/assert";
import { circles, deadExports, importsFromAbove } from "./findings.ts";
import { placeOf } from "./floors.ts";
import { INTENDED } from "./intended.ts";
import { readModule } from "./module.ts";
import { readTree } from "./tree.ts";

const modules = (files: Record<string, string>) =>
  Object.entries(files).map(([path, text]) => readModule(path, text));

Deno.test("imports are found wherever they stand, with their lines and names", () => {
  const text = `import { a, type B as C } from "./b.ts";
import * as all from "../d.ts";
import type { E } from "bound";
import z from "npm:z";
export { f } from "./f.ts";
export * from "./g.ts";
console.log(all.one, all.two);
const late = await import("./h.ts");
new Worker(new URL("./w.ts", import.meta.url));`;
  const { imports } = readModule("src/x/a.ts", text, { bound: "./src/std/e.ts" });
  assertEquals(imports.map(({ line, target, names }) => `${line} ${target} ${names.join(",")}`), [
    "1 src/x/b.ts a,B",
    "2 src/d.ts one,two",
    "3 src/std/e.ts E",
    "5 src/x/f.ts f",
    "6 src/x/g.ts *",
    ...["9 src/x/w.ts *", "8 src/x/h.ts *"],
  ]);
});

Deno.test("a namespace that is handed on takes everything", () => {
  const { imports } = readModule("src/a.ts", `import * as all from "./b.ts";\nuse(all);`);
  assertEquals(imports.map(({ names }) => names), [["*"]]);
});

Deno.test("circles are found, of types too, each once", () => {
  assertEquals(
    circles(modules({
      "src/a.ts": `import { b } from "./b.ts";`,
      "src/b.ts": `import { c } from "./c.ts";`,
      "src/c.ts": `\nimport type { A } from "./a.ts";`,
      "src/d.ts": `import { a } from "./a.ts";`,
    })),
    ["src/c.ts:2: imports in a circle: src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts"],
  );
});

Deno.test("imports from above and from beside are found; tests may use what tests share, and nothing else may", () => {
  const files = {
    "src/model/a.ts": `import { t } from "../train/t.ts";`,
    "src/train/t.ts": `import { a } from "../model/a.ts";\nimport { s } from "./testing.ts";`,
    "src/train/testing.ts": "",
    "src/model/a_test.ts": `import { s } from "../train/testing.ts";`,
    "src/verify/v.ts": `import { c } from "../claims/c.ts";`,
    "src/claims/c.ts": "",
    "tasks/one/mini.ts": `import { two } from "../two/mini.ts";`,
    "tasks/two/mini.ts": `import { Task } from "../task.ts";`,
    "tasks/task.ts": "",
  };
  assertEquals(importsFromAbove(modules(files)), [
    "src/model/a.ts:1: imports src/train/t.ts, which stands above it: src/train is not below src/model",
    "src/train/t.ts:2: imports src/train/testing.ts, which is there for tests",
    "src/verify/v.ts:1: imports src/claims/c.ts, which stands beside it: src/claims is not below src/verify",
    "tasks/one/mini.ts:1: imports tasks/two/mini.ts, which stands beside it: tasks/two is not below tasks/one",
  ]);
});

Deno.test("a file belongs to the longest name that fits it, a test to what it tests", () => {
  assertEquals(placeOf("src/bench/queue/queue_test.ts").room, "src/bench/queue");
  assertEquals(placeOf("tasks/registry_test.ts").room, "tasks/registry.ts");
  assertEquals(placeOf("tasks/brand-new/mini.ts").room, "tasks/brand-new");
  assertThrows(() => placeOf("src/nowhere/a.ts"), RangeError, "put it on a floor");
});

Deno.test("exports that nobody imports are found, but for those that are meant, while they are", () => {
  const files = {
    "src/a.ts": `export const used = 1, dead = 2;
export interface Needed { x: number }
export function give(): Needed { return { x: used }; }
export type Gone = string;
const renamed = 3;
export { renamed as other };`,
    "src/b.ts": `import { used, give } from "./a.ts";`,
  };
  assertEquals(deadExports(modules(files), {}), [
    "src/a.ts:1: exports dead, which no other file imports",
    "src/a.ts:4: exports Gone, which no other file imports",
    "src/a.ts:6: exports other, which no other file imports",
  ]);
  assertEquals(
    deadExports(modules(files), { "src/a.ts dead": "", "src/a.ts Gone": "", "src/a.ts other": "" }),
    [],
  );
  assertEquals(deadExports(modules({ "src/b.ts": "" }), { "src/a.ts used": "" }), [
    "src/lint/intended.ts: src/a.ts used is used or gone; take it off the list",
  ]);
});

Deno.test("the repository has none of these", async () => {
  const tree = await readTree(".");
  assert(tree.length > 700);
  assertEquals([...circles(tree), ...importsFromAbove(tree), ...deadExports(tree, INTENDED)], []);
});
