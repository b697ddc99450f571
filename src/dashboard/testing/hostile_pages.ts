/** Pages made of results whose texts an attacker chose, as lists of tags. Used by tests. */

import { assert, assertEquals } from "@std/assert";
import { type MadeUp, madeUpApp, SMALL, tagsOf, writeMadeUpCells, writeMadeUpClaim } from "./testing.ts";

/** One cell that says little. */
export const ONE: MadeUp = {
  ...SMALL,
  tasks: ["sudoku/mini"],
  objectives: ["bgpo"],
  seeds: [1],
  items: 8,
  rollouts: 6,
  samples: 1,
};

/** Pages that show what was logged. */
const SHOWING = [
  "/cells/mini.sudoku.mini.bgpo.1.cpu.html",
  "/cells/mini.sudoku.mini.bgpo.1.cpu/generated.sampled.html",
  "/cells.html",
  "/claims.html",
  "/claims/made-up.html",
];

/** Characters that no page may hold: they act on a terminal or reorder a line. */
// deno-lint-ignore no-control-regex
const ACTING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Tags of every showing page when all logged texts are `text`. */
export async function tagsWith(folder: string, text: (field: string) => string): Promise<string[][]> {
  await writeMadeUpCells(folder, { ...ONE, text });
  await writeMadeUpClaim(folder, text);
  const app = madeUpApp(folder);
  const pages: string[][] = [];
  for (const path of SHOWING) {
    const response = await app.request(path);
    assertEquals(response.status, 200, `${path} ${JSON.stringify(text("").slice(0, 80))}`);
    const html = await response.text();
    assert(html.length < 400_000, `${path}: ${html.length} characters`);
    assert(!ACTING.test(html), path);
    pages.push(tagsOf(html));
  }
  return pages;
}

/** Tags of the first page when a written leaderboard of cells without a record has `text` in all its fields. */
export async function leaderboardTagsWith(folder: string, text: () => string): Promise<string[]> {
  const board = JSON.parse(await Deno.readTextFile(`${folder}/leaderboard.json`));
  for (const section of board.sections) {
    section.suite.id = text();
    section.classes = [[text()]];
    for (const result of section.results) {
      result.task = text();
      for (const row of result.rows) row.objective = text();
    }
  }
  await Deno.writeTextFile(`${folder}/leaderboard.json`, JSON.stringify(board));
  const page = await (await madeUpApp(folder).request("/")).text();
  assert(page.includes("leaderboard.json"));
  return tagsOf(page);
}
