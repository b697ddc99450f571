import { assertEquals, assertRejects } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { REGISTRY } from "./objective.ts";
import { checkFree, registryWith } from "./registry.ts";
import { TASK_REGISTRY } from "./task.ts";

for (const path of [REGISTRY, TASK_REGISTRY]) {
  Deno.test(`${path} gains one import and one entry, wherever the name falls in the alphabet`, async () => {
    const registry = await Deno.readTextFile(path);
    for (
      const [file, constant] of [["a_first", "aFirst"], ["my/own", "myOwn"], ["zz_last", "zzLast"]] as const
    ) {
      const added = registryWith(registry, { id: "", file, constant }).split("\n");
      const before = registry.split("\n");
      const line = `import { ${constant} } from "./${file}.ts";`;
      assertEquals(added.filter((each) => !before.includes(each)), [line, `  ${constant},`]);
      assertEquals(added.length, before.length + 2);
      const imports = (lines: readonly string[]) => lines.filter((each) => each.startsWith("import "));
      const paths = imports(added).map((each) => /"(.*)"/.exec(each)![1]);
      assertEquals(paths, paths.toSorted(), "imports stand in the order of their paths");
      const first = added.findIndex((each) => each.startsWith("import "));
      assertEquals(added.slice(0, first), before.slice(0, first), "imports follow the header");
      const list = added.slice(0, added.indexOf("];") + 1);
      assertEquals(list.at(-2), `  ${constant},`, "the entry ends the first list");
    }
  });
}

Deno.test("nothing is written where something lies", () =>
  withFolder(async (folder) => {
    const taken = `${folder}/taken.yaml`;
    await checkFree([`${folder}/a`, taken]);
    await Deno.writeTextFile(taken, "");
    for (const path of [taken, folder]) {
      await assertRejects(() => checkFree([`${folder}/a`, path]), Error, `${path} exists: choose another id`);
    }
  }));
