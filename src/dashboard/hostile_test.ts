/** Whatever a model, a machine or a file says, a page is made of its template's elements and of nothing else. */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { PATHS, PAYLOADS } from "./hostile.ts";
import {
  type MadeUp,
  madeUpApp,
  SMALL,
  tagsOf,
  writeMadeUp,
  writeMadeUpCells,
  writeMadeUpClaim,
} from "./testing.ts";

const ONE: MadeUp = {
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
async function tagsWith(folder: string, text: (field: string) => string): Promise<string[][]> {
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

Deno.test("hostile texts in every logged field add no element and no attribute", () =>
  withFolder(async (folder) => {
    assert(PAYLOADS.length >= 200, `${PAYLOADS.length} payloads`);
    await writeMadeUp(folder, ONE);
    const plain = await tagsWith(folder, () => "plain");
    for (const payload of PAYLOADS) {
      const tags = await tagsWith(folder, () => payload);
      // A text that is not there has no element either.
      if (payload !== "") assertEquals(tags, plain, JSON.stringify(payload.slice(0, 200)));
    }
  }));

Deno.test("a prompt of one line of 5 MB is cut and adds no element", () =>
  withFolder(async (folder) => {
    await writeMadeUp(folder, ONE);
    const plain = await tagsWith(folder, (field) => field);
    const line = `${"x".repeat(5_000_000)}</pre><script>alert(1)</script>`;
    assertEquals(await tagsWith(folder, (field) => field.startsWith("Make ") ? line : field), plain);
  }));

Deno.test("hostile texts in the leaderboard's file add no element", () =>
  withFolder(async (folder) => {
    await writeMadeUp(folder, ONE);
    const board = JSON.parse(await Deno.readTextFile(`${folder}/leaderboard.json`));
    board.reported = [{ ...board.reported[0], rows: board.reported[0].rows.slice(0, 2) }];
    const tagsFor = async (note: string) => {
      for (const section of board.sections) section.notes = [note];
      for (const table of board.reported) {
        table.title = table.source = table.conditions = note;
        table.columns.fill(note);
        for (const row of table.rows) row.method = row.quoted = note;
      }
      await Deno.writeTextFile(`${folder}/leaderboard.json`, JSON.stringify(board));
      return tagsOf(await (await madeUpApp(folder).request("/")).text());
    };
    const plain = await tagsFor("plain");
    for (const payload of PAYLOADS.filter((text) => text !== "")) {
      assertEquals(await tagsFor(payload), plain, JSON.stringify(payload.slice(0, 200)));
    }
  }));

/** Paths that functions of Deno are called with while `fn` runs. */
async function readsOf(fn: () => Promise<void>): Promise<string[]> {
  const names = [
    "readTextFileSync",
    "readFileSync",
    "readDirSync",
    "statSync",
    "lstatSync",
    "openSync",
  ] as const;
  const asynchronous = ["readTextFile", "readFile", "readDir", "stat", "lstat", "open"] as const;
  const paths: string[] = [], kept = new Map<string, unknown>();
  const space = Deno as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of [...names, ...asynchronous]) {
    const original = space[name]!;
    kept.set(name, original);
    space[name] = (...args) => {
      paths.push(String(args[0]));
      return original(...args);
    };
  }
  try {
    await fn();
  } finally {
    for (const [name, original] of kept) space[name] = original as () => unknown;
  }
  return paths;
}

/** Symbolic links by path. Deno lets no process with limited permissions make one, such as that of the tests. */
async function link(targets: Readonly<Record<string, string>>): Promise<void> {
  const code = `for (const [path, target] of Object.entries(${
    JSON.stringify(targets)
  })) Deno.symlinkSync(target, path)`;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", code],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

Deno.test("hostile addresses read nothing outside the results folder, and links in it are not followed", () =>
  withFolder(async (outside) => {
    assert(PATHS.length >= 100, `${PATHS.length} addresses`);
    const folder = `${outside}/results`;
    await writeMadeUp(folder, ONE);
    await writeMadeUpClaim(folder);
    await Deno.writeTextFile(`${outside}/secret.json`, "SECRET");
    await Deno.mkdir(`${outside}/secret`);
    await Deno.writeTextFile(`${outside}/secret/seed-1.cpu.json`, "SECRET");
    // Whoever can write the results folder can put links there.
    const secret = `${await Deno.realPath(outside)}/secret`;
    await link({
      [`${folder}/linked`]: secret,
      [`${folder}/mini/sudoku/mini/linked`]: secret,
      [`${folder}/mini/sudoku/mini/bgpo/seed-9.cpu.json`]: `${secret}.json`,
      [`${folder}/claims/made-up-secret.svg`]: `${secret}.json`,
    });
    let answered = 0;
    const paths = await readsOf(async () => {
      const app = madeUpApp(folder);
      for (const path of [...PATHS, "/cells/mini.sudoku.mini.bgpo.9.cpu.html"]) {
        for (
          const query of [
            "",
            `?section=${encodeURIComponent(path)}&a=${encodeURIComponent(path)}&sort=${path}`,
          ]
        ) {
          const response = await app.request(new Request(`http://127.0.0.1${path}${query}`));
          const text = await response.text();
          assert(!text.includes("SECRET") && !text.includes("root:"), path);
          assert([200, 404, 414].includes(response.status), `${path}: ${response.status}`);
          answered++;
        }
      }
      await (await app.request("/")).body?.cancel();
    });
    assert(answered > 2 * PATHS.length);
    assert(paths.length > 0);
    const real = `${folder}/`;
    const away = paths.filter((path) => !(path === folder || path.startsWith(real)) || path.includes(".."));
    assertEquals(away.filter((path) => path !== ".cache/test/no-such-store.sqlite"), []);
  }));
