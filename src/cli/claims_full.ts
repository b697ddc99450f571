/** `claims` from the command line, stopped and continued. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { filesBelow } from "../bench/testing.ts";
import { claimReportSchema } from "../claims/report.ts";
import { withFolder } from "../files/testing.ts";
import { exists, jsonLines, runCommand, startCommand, succeed } from "./testing.ts";

const args = (out: string, workers = 1) => [
  "--only",
  "gradients",
  "--scale",
  "tiny",
  "--workers",
  `${workers}`,
  "--out",
  out,
];

/** Every file of a run, what it keeps to continue left out. */
async function reportsIn(folder: string): Promise<Record<string, string>> {
  const reports: Record<string, string> = {};
  for (const path of filesBelow(folder)) {
    if (!path.includes("/.work/")) reports[path.slice(folder.length)] = await Deno.readTextFile(path);
  }
  return reports;
}

Deno.test("claims --only gradients: the reports have the same bytes for any number of workers, interrupted or not", () =>
  withFolder(async (root) => {
    const { stdout } = await succeed("claims", args(`${root}/alone`));
    assertEquals(stdout.trimEnd().split("\n").map((line) => line.split(":")[0]), [
      "gradients-direction",
      "gradients-noise",
    ]);
    const expected = await reportsIn(`${root}/alone`);
    for (const id of ["gradients-direction", "gradients-noise"]) {
      const report = claimReportSchema.parse(JSON.parse(await Deno.readTextFile(`${root}/alone/${id}.json`)));
      assertStringIncludes(stdout, `${id}: ${report.verdict}`);
      for (const { file } of report.figures) assert(exists(`${root}/alone/${file}`), file);
    }

    // A run of another group leaves these reports and their lines where they are.
    const { stdout: other } = await succeed("claims", ["--only", "bgpo", ...args(`${root}/alone`).slice(2)]);
    const index = await Deno.readTextFile(`${root}/alone/CLAIMS.md`);
    for (
      const line of (stdout + other).trimEnd().split("\n").filter((line) => !line.startsWith("bgpo-time"))
    ) {
      assertStringIncludes(index, line.slice(line.indexOf(": ") + 2));
    }

    await succeed("claims", args(`${root}/two`, 2));
    assertEquals(await reportsIn(`${root}/two`), expected);

    const stopped = args(`${root}/stopped`);
    const run = startCommand("claims", [...stopped, "--json"]);
    await run.until(() =>
      exists(`${root}/stopped/.work`) && [...Deno.readDirSync(`${root}/stopped/.work`)].length > 0
    );
    const { code, stderr } = await run.end("SIGINT");
    assertEquals(code, 130, stderr);
    assert(!exists(`${root}/stopped/CLAIMS.md`));
    const lines = jsonLines((await succeed("claims", [...stopped, "--json"])).stdout);
    assertEquals(lines.filter(({ event }) => event === "claim").length, 2);
    assertEquals(await reportsIn(`${root}/stopped`), expected);
  }));

Deno.test("an unknown group is refused with the known ones", async () => {
  const { code, stderr } = await runCommand("claims", ["--only", "bgpp"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "bgpo");
});
