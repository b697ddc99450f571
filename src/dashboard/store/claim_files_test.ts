import { assertEquals } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { writeMadeUpClaim } from "../testing/testing.ts";
import { readClaims, tablesOf } from "./claim_files.ts";

Deno.test("tables of a report are read with their captions, escaped bars included", () => {
  assertEquals(tablesOf("# Title\n\nBytes by n\n\n| n | bytes |\n| --- | --- |\n| 1 | a \\| b |\n\nEnd\n"), [
    { caption: "Bytes by n", columns: ["n", "bytes"], rows: [["1", "a | b"]] },
  ]);
  assertEquals(tablesOf("no table"), []);
});

Deno.test("reports are read with their figures, and files that are none are named", () =>
  withFolder(async (folder) => {
    await writeMadeUpClaim(folder);
    await Deno.mkdir(`${folder}/claims/timed`);
    await Deno.copyFile(`${folder}/claims/made-up.json`, `${folder}/claims/timed/other.json`);
    await Deno.writeTextFile(`${folder}/claims/broken.json`, "{");
    // What was measured lies beside the reports, and is none.
    await Deno.writeTextFile(`${folder}/claims/pieces.json`, "{}");
    const { claims, problems } = readClaims(folder);
    assertEquals(claims.map(({ report, timed }) => [report.id, timed]), [["made-up", false]]);
    assertEquals(claims[0]!.figure("made-up-memory.svg")?.startsWith("<svg"), true);
    assertEquals([claims[0]!.figure("made-up.json"), claims[0]!.figure("made-up-../x.svg")], [null, null]);
    assertEquals(problems.length, 2, problems.join("\n"));
  }));
