import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { writeLeaderboard } from "../bench/leaderboard_text.ts";
import { readRecords, writeRecord } from "../bench/record.ts";
import { exampleRecord } from "../bench/testing.ts";
import { run as leaderboard } from "./leaderboard.ts";
import { run } from "./verify.ts";

/** What a command printed, and its exit status. */
async function printed(command: () => Promise<number>): Promise<[code: number, text: string]> {
  const lines: string[] = [], log = console.log;
  console.log = (line: string) => void lines.push(line);
  try {
    return [await command(), lines.join("\n")];
  } finally {
    console.log = log;
  }
}

Deno.test("a suite without records is said to have none, and the leaderboard is verified all the same", () =>
  withFolder(async (folder) => {
    await writeRecord(folder, exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 1 }));
    const args = ["--out", folder, "--suite", "smoke", "--cells", "2", "--pick", "a"];
    const [failed, missing] = await printed(() => run(args));
    assertEquals(failed, 1);
    assertStringIncludes(missing, "C  FAILED  leaderboard.json: is missing");
    assertStringIncludes(missing, `${folder} has no records of smoke yet: no cell of it was retrained`);
    assertStringIncludes(missing, "verify: 0 passed, 3 failed");
    const [written, table] = await printed(() => leaderboard(["--out", folder]));
    assertEquals(written, 0);
    assertStringIncludes(table, "mini@1 on webgpu, staged");
    const [code, text] = await printed(() => run(args));
    assertEquals(code, 0);
    assertStringIncludes(text, "C  passed  LEADERBOARD.md: sha256 ");
    assertStringIncludes(text, "verify: 3 passed, 0 failed");
  }));

Deno.test("the numbers of cells that make no sense are refused", () =>
  withFolder(async (folder) => {
    await writeLeaderboard(folder, await readRecords(folder));
    for (const cells of ["0", "-1", "1.5", "two"]) {
      const refused = () => printed(() => run(["--out", folder, `--cells=${cells}`]));
      await assertRejects(refused, Error, "--cells: expected a whole number");
    }
  }));
