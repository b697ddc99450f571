import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { writeRecord } from "../records/folder.ts";
import { exampleRecord } from "../bench/testing.ts";
import { run as leaderboard } from "./leaderboard.ts";
import { UsageError } from "./errors.ts";
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

Deno.test("what makes no sense is refused before anything is verified", () =>
  withFolder(async (folder) => {
    // No leaderboard: what is verified would be printed as failed.
    await writeRecord(folder, exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed: 1 }));
    const cases: [args: string[], message: string][] = [
      ...["0", "-1", "1.5", "two"].map((cells): [string[], string] => [
        ["--cells", cells],
        `--cells: expected a positive whole number, found "${cells}"`,
      ]),
      [["--suite", "smok"], 'unknown suite "smok" (did you mean "smoke"?)'],
      [["--workers", "0"], '--workers: expected a whole number from 1 to 1024, found "0"'],
      [["--backend", "webgpu", "--workers", "2"], "--workers 2: a GPU runs one cell at a time"],
    ];
    for (const [args, message] of cases) {
      const [, text] = await printed(async () => {
        await assertRejects(() => run(["--out", folder, ...args]), UsageError, message);
        return 2;
      });
      assertEquals(text, "");
    }
  }));
