import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { canonicalJson } from "../../files/canonical_json.ts";
import { sha256 } from "../../files/identity.ts";
import { withFolder } from "../../files/testing.ts";
import { exportSite } from "./export.ts";
import { linksOf } from "../testing/links.ts";
import { openResults } from "../store/results.ts";
import { hashesOf, SMALL, writeMadeUp, writeMadeUpClaim } from "../testing/testing.ts";

Deno.test("equal results export to equal bytes, whatever was exported there before, with links that all resolve", () =>
  withFolder(async (folder) => {
    const made = {
      ...SMALL,
      tasks: ["sudoku/mini"],
      objectives: ["bgpo", "vrpo-ol"],
      seeds: [1, 2],
      samples: 2,
    };
    await writeMadeUp(`${folder}/a`, made);
    await writeMadeUpClaim(`${folder}/a`);
    await writeMadeUp(`${folder}/more`, {
      ...made,
      objectives: ["reinforce-elbo"],
      seeds: [1, 2, 3],
      samples: 1,
    });
    await writeMadeUp(`${folder}/b`, { ...made, objectives: made.objectives.toReversed(), seeds: [2, 1] });
    await writeMadeUpClaim(`${folder}/b`);
    const first = await exportSite(openResults(`${folder}/a`)(), `${folder}/out-a`);
    await exportSite(openResults(`${folder}/more`)(), `${folder}/out-b`);
    await exportSite(openResults(`${folder}/b`)(), `${folder}/out-b`);
    const files = hashesOf(`${folder}/out-a`);
    assertEquals(hashesOf(`${folder}/out-b`), files);
    assertEquals(files.size, first.files + 1);
    assert(first.pages > 25, `${first.pages} pages`);
    const { count, broken } = await linksOf(`${folder}/out-a`, files.keys());
    assertEquals(broken, []);
    assert(count > 500, `${count} links`);
  }));

Deno.test("exported pages have no forms and no links that only a server answers, and say where the rest is", () =>
  withFolder(async (folder) => {
    const results = `${folder}/results`, out = `${folder}/out`;
    await writeMadeUp(results, { ...SMALL, seeds: [1, 2], samples: 70 });
    await exportSite(openResults(results)(), out);
    const read = (path: string) => Deno.readTextFile(`${out}/${path}`);
    const kinds = [
      "index.html",
      "sections/mini.1.staged.cpu~compute.greedy.strict.html",
      "cells.html",
      "compare.html",
      "tasks/sudoku.mini.html",
      "objectives/bgpo.html",
    ];
    for (const path of kinds) {
      const text = await read(path);
      assert(!/<form|<select|[?;]sort=/.test(text), path);
      assert(text.includes('data-sort="true"'), path);
    }
    assertMatch(await read("cells.html"), /href="objectives\/bgpo\.html#cells"/);
    // From a number of the leaderboard to one generation.
    const follow = async (path: string, link: RegExp) => {
      const found = link.exec(await read(path))?.[1];
      assert(found, `${path} has no link ${link}`);
      return new URL(found, `http://site/${path}`);
    };
    const objective = await follow(
      "index.html",
      /<td class="share[^>]*>[^%]*?href="(objectives\/[^"]*#cells)"/,
    );
    const cell = await follow(objective.pathname.slice(1), /href="([^"]*cells\/mini\.[^"]*)"/);
    const group = await follow(cell.pathname.slice(1), /href="([^"]*generated\.sampled\.html)"/);
    const page = await read(group.pathname.slice(1));
    assertEquals(page.match(/<article/g)?.length, 64);
    assert(page.includes("The first 70 responses") && page.includes("64 of them are shown"));
    const one = await follow(group.pathname.slice(1), /href="(#item-63)"/);
    assert(page.includes(`id="${one.hash.slice(1)}"`));
    const file = await follow(group.pathname.slice(1), /href="([^"]*samples\.jsonl\.gz)"/);
    assertEquals(
      await Deno.readFile(`${out}/cells/mini.sudoku.mini.bgpo.1.cpu/samples.jsonl.gz`),
      await Deno.readFile(`${results}/mini/sudoku/mini/bgpo/seed-1.cpu.samples.jsonl.gz`),
    );
    assertEquals((await Deno.stat(`${out}${file.pathname}`)).isFile, true);
  }));

Deno.test("seeds without texts of their own have no pages, but a row and a record with the first one", () =>
  withFolder(async (folder) => {
    const results = `${folder}/results`, out = `${folder}/out`;
    await writeMadeUp(results, { ...SMALL, tasks: ["sudoku/mini"], objectives: ["bgpo"], seeds: [1, 2, 3] });
    const stem = (seed: number) => `${results}/mini/sudoku/mini/bgpo/seed-${seed}.cpu`;
    await exportSite(openResults(results)(), out);
    const files = hashesOf(out);
    assertEquals((await linksOf(out, files.keys())).broken, []);
    const cells = [...files.keys()].filter((path) => /^cells\/[^/]*\.html$/.test(path));
    assertEquals(cells, ["cells/mini.sudoku.mini.bgpo.1.cpu.html"]);
    const first = await Deno.readTextFile(`${out}/${cells[0]}`), texts: string[] = [];
    for (const seed of [1, 2, 3]) {
      const text = await Deno.readTextFile(`${stem(seed)}.json`);
      assert(first.includes(sha256(text)), `the hash of the record of seed ${seed}`);
      texts.push(text);
    }
    const list = await Deno.readTextFile(`${out}/cells.html`);
    assertEquals(list.match(/cells\/mini\.sudoku\.mini\.bgpo\.1\.cpu\.html#seeds/g)?.length, 2);
    const records = gunzipSync(
      await Deno.readFile(`${out}/cells/mini.sudoku.mini.bgpo.1.cpu/records.jsonl.gz`),
    );
    assertEquals(
      records.toString().trimEnd().split("\n").map((line) => canonicalJson(JSON.parse(line))),
      texts,
    );
  }));

Deno.test("a folder that holds something else is not overwritten", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/thesis.tex`, "years of work");
    await assertRejects(() => exportSite(openResults(`${folder}/none`)(), folder), Error, "no export");
    assertEquals(await Deno.readTextFile(`${folder}/thesis.tex`), "years of work");
  }));
