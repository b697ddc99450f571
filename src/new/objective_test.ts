import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { loadSuite, parseSuite } from "../suite/suite.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { newObjective, objectiveNames, REGISTRY } from "./objective.ts";

Deno.test("an id names files and constant; what is no id is refused", () => {
  assertEquals(objectiveNames("my-own-2"), { id: "my-own-2", file: "my_own_2", constant: "myOwn2" });
  for (const id of ["", "Mine", "my_own", "-mine", "mine-", "2-mine", "../mine", "mine.ts", "my own"]) {
    assertThrows(() => objectiveNames(id), Error, "is no id of an objective");
  }
});

Deno.test("every known objective is refused as a new one", async () => {
  const suite = await loadSuite("smoke");
  for (const { id } of OBJECTIVES) {
    const error = await newObjective(id, suite).then(() => "", (error: Error) => error.message);
    assertEquals(error, `the objective ${id} exists`);
  }
});

Deno.test("the files of a new objective name it and nothing of the one it was copied from", async () => {
  const files = await newObjective("my-own", await loadSuite("smoke"));
  assertEquals([...files.keys()], [
    "src/objectives/my_own.ts",
    "kernels/objectives/my_own.wgsl",
    "runs/my-own.yaml",
    REGISTRY,
  ]);
  const [code, wgsl, suiteText] = [...files.values()];
  assertStringIncludes(code!, 'export const myOwn: Objective = {\n  id: "my-own",');
  assertStringIncludes(code!, 'from "../../kernels/objectives/my_own.wgsl"');
  assert(!/reinforce/i.test(code! + wgsl), code);
  assert(code!.split("\n").length < 45, "an objective is about 40 lines");
  const suite = parseSuite(suiteText!, "runs/my-own.yaml");
  assertEquals(Object.keys(suite.objectives), ["reinforce-elbo", "my-own"]);
});
