/** Whatever a model, a machine or a file says, a page is made of its template's elements and of nothing else. */

import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { PATHS, PAYLOADS } from "./hostile.ts";
import { leaderboardTagsWith, ONE, tagsWith } from "./hostile_pages.ts";
import { madeUpApp, writeMadeUp, writeMadeUpClaim } from "./testing.ts";

/** A text that is not there has no element either. */
const SHOWN = PAYLOADS.filter((text) => text !== "");

/** Gives a payload after the other, from `start` on. */
function inTurn(start: number): () => string {
  let at = start;
  return () => SHOWN[at++ % SHOWN.length]!;
}

Deno.test("hostile texts in logged fields, another in each, add no element and no attribute", () =>
  withFolder(async (folder) => {
    assert(PAYLOADS.length >= 200, `${PAYLOADS.length} payloads`);
    await writeMadeUp(folder, ONE);
    const plain = await tagsWith(folder, () => "plain");
    // There are more fields than this, so that every payload stands in several.
    for (let start = 0; start < SHOWN.length; start += 16) {
      assertEquals(await tagsWith(folder, inTurn(start)), plain, `payloads from ${start}`);
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
    const plain = await leaderboardTagsWith(folder, () => "plain");
    for (let start = 0; start < SHOWN.length; start += 8) {
      assertEquals(await leaderboardTagsWith(folder, inTurn(start)), plain, `payloads from ${start}`);
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
