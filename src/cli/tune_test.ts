import { assertEquals } from "@std/assert";
import { loadSuite, parseSuite, SUITE_IDS } from "../suite/suite.ts";
import { suiteFile } from "./tune.ts";

Deno.test("the chosen rates go to the file that a suite is read from", async () => {
  for (const id of SUITE_IDS) {
    assertEquals(parseSuite(await Deno.readTextFile(suiteFile(id)), id), await loadSuite(id));
  }
  assertEquals(suiteFile("runs/mine.yaml"), "runs/mine.yaml");
});
