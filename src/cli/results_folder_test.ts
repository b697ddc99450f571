import { assertEquals, assertThrows } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { writeRecord } from "../records/folder.ts";
import { exampleRecord } from "../bench/testing.ts";
import { checkResultsFolder } from "./results_folder.ts";
import { run as leaderboard } from "./leaderboard.ts";
import { run as verify } from "./verify.ts";

Deno.test("a results folder has a record, claims, or a bench that has begun; anything else is a mistyped name", () =>
  withFolder(async (folder) => {
    for (const name of ["begun/.bench", "claimed/claims", "empty", "other/src/bench"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/file`, "");
    await Deno.writeTextFile(`${folder}/other/leaderboard.json`, "{}");
    await writeRecord(
      `${folder}/runs/mine`,
      exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 1 }),
    );
    for (const name of ["begun", "claimed", "runs/mine"]) checkResultsFolder(`${folder}/${name}`, "--out");
    const refused = [
      ["typo", "no such folder"],
      ["file", "a file"],
      ["empty", "an empty folder"],
      ["other", "no record in it"],
      ["runs", "no record in it"],
    ] as const;
    for (const [name, found] of refused) {
      const message =
        `--out ${folder}/${name}: expected a folder that \`deno task bench --out ${folder}/${name}\` ` +
        `has begun to write, found ${found}; correct the name, or start that bench first`;
      assertThrows(() => checkResultsFolder(`${folder}/${name}`, "--out"), Error, message);
    }
  }));

Deno.test("a leaderboard of a mistyped folder is refused and leaves no folder, and so is its verification", () =>
  withFolder(async (folder) => {
    for (const command of [leaderboard, verify]) {
      const error = await command(["--out", `${folder}/typo`]).catch((error) => error);
      assertEquals(/--out .*typo: .* found no such folder/.test(error.message), true, String(error));
      assertEquals([...Deno.readDirSync(folder)], []);
    }
  }));
