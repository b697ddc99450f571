/** The README's worked example of a new objective, in a copy of the repository: from nothing to the leaderboard. */

import { assert, assertEquals } from "@std/assert";
import { readRecords } from "../records/folder.ts";
import { copyRepository, withFolder } from "../files/testing.ts";
import { COPIED, runLines } from "./testing.ts";

const HEADING = "## A new objective, from nothing to the leaderboard";
const ID = "asymmetric-elbo";

/** Fenced blocks of the section, in order: their language and text. */
async function blocks(): Promise<{ language: string; text: string }[]> {
  const readme = await Deno.readTextFile("README.md");
  const section = readme.slice(readme.indexOf(HEADING) + HEADING.length).split(/\n## /)[0]!;
  return [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .map(([, language, text]) => ({ language: language!, text: text! }));
}

Deno.test("the worked example of the README goes from nothing to rows of the leaderboard", () =>
  withFolder(async (root) => {
    await copyRepository(root, COPIED);
    const [create, code, wgsl, run, ...rest] = await blocks();
    assertEquals([create, code, wgsl, run].map((block) => block?.language), ["sh", "ts", "wgsl", "sh"]);
    assertEquals(rest, []);
    await runLines(root, create!.text);
    for (const [path, { text }] of [[`src/objectives`, code!], ["kernels/objectives", wgsl!]] as const) {
      const file = `${root}/${path}/asymmetric_elbo.${path.startsWith("src") ? "ts" : "wgsl"}`;
      assert((await Deno.readTextFile(file)) !== text, "the example changes the copy");
      await Deno.writeTextFile(file, text);
    }
    const out = await runLines(root, run!.text);
    assert(
      new RegExp(`${ID}: the WGSL form equals the f64 form, random updates \\(webgpu\\)`).test(out),
      out,
    );

    const board = JSON.parse(await Deno.readTextFile(`${root}/runs/${ID}/leaderboard.json`));
    assert(JSON.stringify(board).includes(`"${ID}"`));
    const table = await Deno.readTextFile(`${root}/runs/${ID}/LEADERBOARD.md`);
    for (const objective of ["base", "reinforce-elbo", ID]) {
      const row = table.split("\n").find((line) => line.split("|")[1]?.trim().startsWith(objective));
      assert(row !== undefined && /\d/.test(row), `no row of ${objective} in\n${table}`);
    }
    const [record] = await readRecords(`${root}/runs/${ID}`);
    assertEquals(record!.cell.settings.eta, 0.5);
    assertEquals(record!.outcome.status, "complete");
  }));
