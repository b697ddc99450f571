/** The command on real cells: slow, as it trains. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { runCommand, succeed } from "./testing.ts";

const CELL = ["--suite", "smoke", "--backend", "cpu", "--task", "sudoku/mini", "--objective", "bgpo"];
const PATH = "smoke/sudoku/mini/bgpo/seed-1.cpu.json";

Deno.test("a retrained cell is equal byte for byte, and a tampered score is found", () =>
  withFolder(async (folder) => {
    await succeed("bench", [...CELL, "--out", folder]);
    const verify = () => runCommand("verify", ["--out", folder, "--cells", "1", "--pick", "a"]);
    const good = await verify();
    assertEquals(good.code, 0, good.stdout + good.stderr);
    assertStringIncludes(good.stdout, `A  passed  ${PATH}: sha256 `);
    assertMatch(good.stdout, /verify: \d+ passed, 0 failed\n$/);
    const text = await Deno.readTextFile(`${folder}/${PATH}`);
    const tampered = text.replace(/"reward": \[[^,]*,/, '"reward": [0.123,');
    assert(tampered !== text);
    await Deno.writeTextFile(`${folder}/${PATH}`, tampered);
    const bad = await verify();
    assertEquals(bad.code, 1);
    assertStringIncludes(
      bad.stdout,
      `A  FAILED  ${PATH}: differs at outcome.diagnostics.reward.0 (0.123 and `,
    );
    // The leaderboard does not show single rewards: it still follows from the records.
    assertStringIncludes(bad.stdout, "C  passed  leaderboard.json");
  }));
