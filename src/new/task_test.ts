import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { OBJECTIVES } from "../objectives/registry.ts";
import { checkSuite, parseSuite } from "../suite/suite.ts";
import { reversalMini } from "./reversal/mini.ts";
import { newTask, TASK_REGISTRY } from "./task.ts";

Deno.test("what is no id, and what would lie where something lies, is refused as a new task", async () => {
  for (
    const id of [
      "",
      "Mine",
      "my_own",
      "-mine",
      "mine-",
      "2-mine",
      "../mine",
      "a/b",
      "mine.ts",
      "my own",
      "a".repeat(33),
    ]
  ) {
    await assertRejects(() => newTask(id), Error, `"${id}" is no id of a task`);
  }
  for (const id of ["gsm8k", "sudoku", "code", "data", "testing"]) {
    await assertRejects(() => newTask(id), Error, `tasks/${id} exists`);
  }
});

Deno.test("the files of a new task name it and nothing of the one they were copied from", async () => {
  const files = await newTask("my-own");
  assertEquals([...files.keys()], [
    "tasks/my-own/mini.ts",
    "tasks/my-own/mini_test.ts",
    "runs/my-own.yaml",
    TASK_REGISTRY,
  ]);
  const [code, test, suiteText, registry] = [...files.values()];
  assertStringIncludes(code!, 'export const myOwnMini: Task<MyOwnItem> = {\n  id: "my-own/mini",');
  assertStringIncludes(registry!, 'import { myOwnMini } from "./my-own/mini.ts";');
  assert(!/reversal/i.test([...files.values()].join("")), code);
  const imports = [...(code! + test!).matchAll(/ from "(\..*)";/g)].map(([, path]) => path!);
  assert(imports.length > 5);
  for (const path of imports) {
    assert(
      path.startsWith("./") || (await Deno.stat(`tasks/my-own/${path}`.replace("my-own/../", ""))).isFile,
      path,
    );
  }
  const suite = parseSuite(suiteText!, "runs/my-own.yaml");
  assertEquals([suite.id, Object.keys(suite.tasks)], ["my-own", ["my-own/mini"]]);
  checkSuite(suite, { objectives: OBJECTIVES, tasks: [{ ...reversalMini, id: "my-own/mini" }] });
});
