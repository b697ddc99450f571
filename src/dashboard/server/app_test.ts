import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { writeLeaderboard } from "../../leaderboard/files.ts";
import { writeRecord } from "../../records/folder.ts";
import { withFolder } from "../../files/testing.ts";
import { createApp } from "./app.ts";
import { DATA_POLICY, hostNames, PAGE_POLICY } from "./security.ts";
import { cellPath, objectivePath } from "../pages/addresses.ts";
import { pagePaths } from "../site.ts";
import { openLive } from "../store/live.ts";
import { openResults } from "../store/results.ts";
import { madeUpApp, SMALL, tagsOf, writeMadeUp, writeMadeUpClaim } from "../testing/testing.ts";

const CELL = "cells/mini.sudoku.mini.bgpo.1.cpu";

async function withApp(
  fn: (app: ReturnType<typeof madeUpApp>, folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await writeMadeUp(folder, SMALL);
    await writeMadeUpClaim(folder);
    await fn(madeUpApp(folder), folder);
  });
}

/** Asks for some pages and everything that they lead to. @returns all addresses */
async function followed(app: ReturnType<typeof madeUpApp>, pages: Iterable<string>): Promise<Set<string>> {
  const wanted = new Map<string, string>(Array.from(pages, (path) => [`/${path}`, "the list of pages"]));
  const seen = new Set<string>();
  for (const [address, from] of wanted) {
    // A page sorted otherwise is the same page.
    if (seen.has(address)) continue;
    seen.add(address);
    const response = await app.request(address);
    assertEquals(response.status, 200, `${address}, linked from ${from}`);
    if (!response.headers.get("Content-Type")!.startsWith("text/html")) {
      await response.body?.cancel();
      continue;
    }
    const text = await response.text();
    tagsOf(text);
    for (const [, link] of text.matchAll(/(?:href|src)="([^"]*)"/g)) {
      const target = new URL(link!.replaceAll("&amp;", "&"), `http://x${address}`);
      if (!link!.startsWith("#") && !target.searchParams.has("sort")) {
        wanted.set(target.pathname + target.search, address);
      }
    }
  }
  return seen;
}

Deno.test("every page answers, and every link, image and file of a page leads to something", () =>
  withApp(async (app, folder) => {
    const results = openResults(folder)(), exported = [...pagePaths({ results, live: null })];
    const pages = new Set([...exported, ...results.cells.map(({ id }) => cellPath(id))]);
    assert(exported.length > 70 && pages.size > 80, `${exported.length} and ${pages.size} pages`);
    const seen = await followed(app, pages);
    assert(seen.size > 300, `${seen.size} addresses`);
  }));

Deno.test("a page gives each figure the size of its file, so that nothing moves when it arrives", () =>
  withApp(async (app, folder) => {
    const high = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 1338"/>`;
    await Deno.writeTextFile(`${folder}/claims/made-up-memory.svg`, high);
    const sizes = new Set<string>();
    const pages = [
      "index.html",
      "tasks/sudoku.mini.html",
      "objectives/bgpo.html",
      `${CELL}.html`,
      "compare/mini.1.staged.cpu~bgpo~vrpo-ol.html",
      "claims/made-up.html",
    ];
    for (const page of pages) {
      const text = await (await app.request(`/${page}`)).text();
      const images = [...text.matchAll(/<img src="([^"]*)" [^>]*width="(\d+)" height="(\d+)"/g)];
      assert(images.length > 0, page);
      for (const [, link, width, height] of images) {
        const svg = await (await app.request(new URL(link!, `http://x/${page}`).pathname)).text();
        assertMatch(svg, new RegExp(`^<svg [^>]*viewBox="0 0 ${width} ${height}"`), `${page}: ${link}`);
        sizes.add(`${width} ${height}`);
      }
    }
    assert(sizes.has("760 1338") && sizes.size > 3, [...sizes].join(", "));
  }));

/** Text of a page as a reader sees it. */
const textOf = (html: string) => html.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " ");

Deno.test("a cell whose texts are not kept says so, names their hashes, and leads to the generations of the first seed", () =>
  withApp(async (app, folder) => {
    const pageOf = async (app: ReturnType<typeof madeUpApp>, seed: number) =>
      await (await app.request(`/cells/mini.sudoku.mini.bgpo.${seed}.cpu.html`)).text();
    const page = (seed: number) => pageOf(app, seed);
    const html = await page(2), text = textOf(html);
    assert(
      text.includes("Generations of this seed are not kept: its record has the hash of their text."),
      text,
    );
    assert(text.includes("Those of seed 1:"), text);
    assert(text.includes("Not kept: the step log and the generations of this seed."), text);
    const first = "mini.sudoku.mini.bgpo.1.cpu";
    for (const decoding of ["sampled", "greedy"]) {
      assert(html.includes(`href="../cells/${first}/generated.${decoding}.html"`), decoding);
    }
    const [, record] = (await Deno.readTextFile(`${folder}/mini/sudoku/mini/bgpo/seed-2.cpu.json`))
      .match(/"texts": (\{[^}]*\})/)!;
    for (const hash of Object.values(JSON.parse(record!))) assert(text.includes(String(hash)));
    for (const name of ["samples", "steps"]) {
      const missing = `cells/mini.sudoku.mini.bgpo.2.cpu/${name}.jsonl.gz`;
      assert(!html.includes(missing), name);
      assertEquals((await app.request(`/${missing}`)).status, 404);
    }
    assert(!/Not kept|not kept/.test(textOf(await page(1))));

    await Deno.remove(`${folder}/mini/sudoku/mini/bgpo/seed-1.cpu.samples.jsonl.gz`);
    const later = madeUpApp(folder);
    for (const seed of [1, 2]) {
      assert(textOf(await pageOf(later, seed)).includes("None of another seed are kept either."), `${seed}`);
    }
    assert(textOf(await pageOf(later, 1)).includes("Not kept: the generations of this seed."));
  }));

Deno.test("nothing leads to a file that is not there: no texts, none that can be read, no valid first record", () =>
  withApp(async (app, folder) => {
    const stem = (objective: string, seed: number) =>
      `${folder}/mini/sudoku/mini/${objective}/seed-${seed}.cpu`;
    for (const name of ["samples", "steps"]) await Deno.remove(`${stem("bgpo", 1)}.${name}.jsonl.gz`);
    await Deno.writeTextFile(`${stem("vrpo-ol", 1)}.samples.jsonl.gz`, "not gzip");
    await Deno.writeTextFile(`${stem("reinforce-elbo", 1)}.json`, "{");
    const results = openResults(folder)();
    const pages = [...pagePaths({ results, live: null }), ...results.cells.map(({ id }) => cellPath(id))];
    const seen = await followed(app, pages);
    assert(seen.has("/cells/mini.sudoku.mini.reinforce-elbo.1.cpu/records.jsonl.gz"));
    const text = textOf(await (await app.request("/cells/mini.sudoku.mini.vrpo-ol.1.cpu.html")).text());
    assert(text.includes("The generations beside this record hold none that can be read."), text);
  }));

Deno.test("a cell from another seed's base model is a cell of its own", () =>
  withFolder(async (folder) => {
    const [record] = await writeMadeUp(folder, { ...SMALL, tasks: ["sudoku/mini"], seeds: [2] });
    await writeRecord(folder, { ...record!, cell: { ...record!.cell, baseSeed: 1 } });
    const app = madeUpApp(folder), { problems, cells } = openResults(folder)();
    assertEquals(cells.slice(0, 2).map(({ id }) => id), [
      "mini.sudoku.mini.bgpo.2.base-1.cpu",
      "mini.sudoku.mini.bgpo.2.cpu",
    ]);
    const pages = cells.map(({ id }) => cellPath(id));
    await followed(app, pages);
    const title = "bgpo on sudoku/mini, seed 2 from the base model of seed 1";
    assert((await (await app.request(`/${pages[0]}`)).text()).includes(title));
    assert(!(await (await app.request(`/${pages[1]}`)).text()).includes(title));
    assertEquals(problems, []);
  }));

Deno.test("every answer carries the security headers, errors included", () =>
  withApp(async (app) => {
    const policies: [string, number, string][] = [
      ["/", 200, PAGE_POLICY],
      ["/no-such-page.html", 404, PAGE_POLICY],
      ["/tasks/sudoku.mini.html", 200, PAGE_POLICY],
      ["/assets/style.css", 200, DATA_POLICY],
      ["/assets/none.css", 404, PAGE_POLICY],
      ["/index/ranking.csv", 200, DATA_POLICY],
      ["/index/ranking.json", 200, DATA_POLICY],
      ["/api/v1/cells", 200, DATA_POLICY],
      ["/api/v1/none", 404, DATA_POLICY],
      [`/${"a".repeat(3000)}`, 414, DATA_POLICY],
    ];
    for (const [path, status, policy] of policies) {
      const response = await app.request(path);
      assertEquals(response.status, status, path);
      assertEquals(response.headers.get("Content-Security-Policy"), policy, path);
      await response.body?.cancel();
      assertHeaders(response, path);
    }
    const figure = await app.request("/index/forest.svg");
    assertMatch(
      figure.headers.get("Content-Security-Policy")!,
      /^default-src 'none'; style-src 'sha256-[^']+';.* sandbox$/,
    );
    assertHeaders(figure, "figure");
    for (const policy of [PAGE_POLICY, figure.headers.get("Content-Security-Policy")!]) {
      assert(!/unsafe|\*|data:|https?:/.test(policy), policy);
    }
  }));

function assertHeaders({ headers }: Response, name: string): void {
  assertEquals(headers.get("X-Content-Type-Options"), "nosniff", name);
  assertEquals(headers.get("X-Frame-Options"), "DENY", name);
  assertEquals(headers.get("Referrer-Policy"), "no-referrer", name);
  assertEquals(headers.get("Cross-Origin-Resource-Policy"), "same-origin", name);
  assertEquals(headers.get("Access-Control-Allow-Origin"), null, name);
}

Deno.test("an error of the server is answered without a word about it", async () => {
  const told: Error[] = [];
  const app = createApp({
    results: () => {
      throw new Error("secret path /home/someone");
    },
    live: openLive(".cache/test/none.sqlite"),
    hosts: null,
    onError: (error) => told.push(error),
  });
  const response = await app.request("/");
  assertEquals(response.status, 500);
  assert(!(await response.text()).includes("secret"));
  assertEquals(told.length, 1);
  assertHeaders(response, "500");
});

Deno.test("only GET and HEAD are answered", () =>
  withApp(async (app) => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      for (const path of ["/", "/api/v1/cells", "/assets/style.css"]) {
        const response = await app.request(path, { method });
        assertEquals(
          [response.status, response.headers.get("Allow")],
          [405, "GET, HEAD"],
          `${method} ${path}`,
        );
        assertHeaders(response, method);
      }
    }
    const head = await app.request("/", { method: "HEAD" });
    assertEquals([head.status, await head.text()], [200, ""]);
  }));

Deno.test("foreign host names and requests from other sites are refused", () =>
  withApp(async (_, folder) => {
    const app = createApp({
      results: openResults(folder),
      live: openLive(`${folder}/none.sqlite`),
      hosts: hostNames("127.0.0.1", 8000),
    });
    const status = async (headers: Record<string, string>) => (await app.request("/", { headers })).status;
    for (const host of ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000"]) {
      assertEquals(await status({ Host: host }), 200, host);
    }
    const foreign = [
      "evil.example",
      "evil.example:8000",
      "127.0.0.1",
      "127.0.0.1:80",
      "127.0.0.1.nip.io:8000",
      "",
    ];
    for (const host of foreign) assertEquals(await status({ Host: host }), 421, host);
    assertEquals(await status({}), 421);
    const from = (site: string) => status({ Host: "localhost:8000", "Sec-Fetch-Site": site });
    assertEquals([await from("same-origin"), await from("none")], [200, 200]);
    assertEquals([await from("cross-site"), await from("same-site"), await from("?")], [403, 403, 403]);
  }));

Deno.test("an unchanged page is 304, a changed one is sent", () =>
  withApp(async (app, folder) => {
    for (
      const path of [
        "/",
        "/assets/style.css",
        "/index/ranking.csv",
        "/api/v1/leaderboard",
        "/api/v1/openapi.json",
      ]
    ) {
      const first = await app.request(path), tag = first.headers.get("ETag")!;
      assertMatch(tag, /^"[0-9a-f]{32}"$/, path);
      await first.body?.cancel();
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        const second = await app.request(path, { headers: { "If-None-Match": known } });
        assertEquals([second.status, await second.text(), second.headers.get("ETag")], [304, "", tag], path);
        assertHeaders(second, path);
      }
      const other = await app.request(path, { headers: { "If-None-Match": '"other"' } });
      assertEquals(other.status, 200);
      await other.body?.cancel();
    }
    const before = (await app.request("/")).headers.get("ETag");
    await writeMadeUp(folder, { ...SMALL, objectives: ["bgpo", "vrpo-ol"], seeds: [1, 2, 3, 4] });
    assert((await app.request("/")).headers.get("ETag") !== before);
  }));

Deno.test("filters and sorting are plain parameters, which nothing unknown passes through", () =>
  withApp(async (app) => {
    const text = async (path: string) => await (await app.request(path)).text();
    const objectives = (html: string) =>
      [...html.matchAll(/<th scope="row"[^>]*><a[^>]*>([^<]*)/g)].map(([, name]) => name);
    const ascending = objectives(
      await text("/tasks/sudoku.mini.html?sort=mini.1.staged.cpu.generated.sampled.objective"),
    );
    assertEquals(ascending.slice(0, 3), ["bgpo", "reinforce-elbo", "vrpo-ol"]);
    const descending = objectives(
      await text("/tasks/sudoku.mini.html?sort=mini.1.staged.cpu.generated.sampled.objective.desc"),
    );
    assertEquals(descending.slice(0, 3), ["vrpo-ol", "reinforce-elbo", "bgpo"]);
    assert((await text("/cells.html?task=sudoku/mini&objective=bgpo")).includes("3 of 18 are listed"));
    assert(
      (await text("/compare.html?a=bgpo&b=vrpo-ol,reinforce-elbo")).includes("<h2>bgpo against vrpo-ol"),
    );
    assert(!(await text("/?evil=%22%3E%3Cscript%3E")).includes("evil"));
    assertEquals((await text("/?section=none&sort=%22%3E")).includes('">"'), false);
  }));

Deno.test("every ranking has an address, and links lead from each to all others", () =>
  withApp(async (app) => {
    const text = async (path: string) => await (await app.request(path)).text();
    const section = "sections/mini.1.staged.cpu";
    const links = (html: string) =>
      new Set([...html.matchAll(/href="(?:\.\.\/)?(sections\/[^"]*\.html)"/g)].map(([, path]) => path!));
    const seen = links(await text("/"));
    for (const path of seen) for (const link of links(await text(`/${path}`))) seen.add(link);
    assertEquals([...seen].sort(), [
      `${section}.html`,
      `${section}~compute.greedy.d1.html`,
      `${section}~compute.greedy.strict.html`,
      `${section}~compute.sampled.d1.html`,
      `${section}~updates.greedy.strict.html`,
      `${section}~updates.sampled.strict.html`,
    ]);
    assert(
      (await text(`/${section}~compute.greedy.d1.html`)).includes("by mean score, greedy, graded as the d1"),
    );
    assert((await text(`/${section}~updates.greedy.strict.html`)).includes(", equal updates (staged). Bars"));
    assertEquals((await app.request(`/${section}~updates.greedy.d1.html`)).status, 404);
  }));

Deno.test("what lies beside a record is sent as it stands, as a file and nothing else", () =>
  withApp(async (app, folder) => {
    for (const name of ["samples", "steps"]) {
      const response = await app.request(`/${CELL}/${name}.jsonl.gz`);
      assertEquals([response.status, response.headers.get("Content-Type")], [200, "application/gzip"]);
      assertEquals(response.headers.get("Content-Security-Policy"), DATA_POLICY);
      assertEquals(
        await response.bytes(),
        await Deno.readFile(`${folder}/mini/sudoku/mini/bgpo/seed-1.cpu.${name}.jsonl.gz`),
      );
    }
    for (const name of ["record.jsonl.gz", "samples.gz", "samples.json", "steps.jsonl.csv"]) {
      const response = await app.request(`/${CELL}/${name}`);
      await response.body?.cancel();
      assertEquals(response.status, 404, name);
    }
  }));

Deno.test("a reference model is needed where the defaults of an objective give it a weight", () =>
  withApp(async (app) => {
    // Both may ask for one; beta is 0 by default in the first.
    for (const [id, needed] of [["grpo-elbo", "not needed"], ["espo", "needed"]] as const) {
      const page = await (await app.request(`/${objectivePath(id)}`)).text();
      const [, found] = /Reference model<\/dt>\s*<dd[^>]*>([^<]*)</.exec(page) ?? [];
      assertEquals(found, needed, id);
    }
  }));

Deno.test("curves of an objective are those of one section: records of another backend change nothing in them", () =>
  withFolder(async (folder) => {
    const records = await writeMadeUp(folder, SMALL);
    const curve = async (backend: string) => {
      const path = `/objectives/bgpo/mini.1.staged.${backend}.learning-greedy-forwards.svg`;
      const answer = await madeUpApp(folder).request(path);
      return answer.status === 200 ? await answer.text() : answer.status;
    };
    const before = await curve("cpu");
    assertMatch(String(before), /<svg/);
    assertEquals(await curve("webgpu"), 404);
    const others = records.map(({ cell, outcome, ...rest }) => ({
      ...rest,
      cell: { ...cell, backend: "webgpu" as const },
      outcome: { ...outcome, curve: outcome.curve.map((point) => ({ ...point, correct: 0 })) },
    }));
    for (const record of others) await writeRecord(folder, record);
    await writeLeaderboard(folder, [...records, ...others]);
    assertEquals(await curve("cpu"), before);
    assertMatch(String(await curve("webgpu")), /<svg/);
  }));

Deno.test("a record that is not valid, and files that are no records, are named and do no harm", () =>
  withApp(async (app, folder) => {
    await Deno.writeTextFile(`${folder}/mini/sudoku/mini/bgpo/seed-7.cpu.json`, "{");
    await Deno.writeTextFile(`${folder}/mini/sudoku/mini/bgpo/notes.txt`, "");
    await Deno.writeTextFile(`${folder}/mini/sudoku/mini/bgpo/seed-1.cpu.samples.jsonl.gz`, "not gzip");
    assertEquals((await app.request("/cells/mini.sudoku.mini.bgpo.7.cpu.html")).status, 200);
    const page = await (await app.request(`/${CELL}.html`)).text();
    assert(page.includes("the samples cannot be read"), page.slice(0, 2000));
    const board = await (await app.request("/")).text();
    for (const name of ["notes.txt is not a record", "seed-7.cpu.json"]) assert(board.includes(name), name);
    // Without an unreadable record in it, a page does not count that record either.
    assert(!board.includes("Not in this table yet"));
    // Written over in place, the folder keeps its time.
    const path = `${folder}/mini/sudoku/mini/vrpo-ol/seed-2.cpu.json`;
    const changed = (await Deno.stat(path.slice(0, path.lastIndexOf("/")))).mtime;
    await Deno.writeTextFile(path, "[]");
    assertEquals((await Deno.stat(path.slice(0, path.lastIndexOf("/")))).mtime, changed);
    assert((await (await app.request("/")).text()).includes("vrpo-ol/seed-2.cpu.json is not a record"));
  }));

Deno.test("rows follow from the records: those that a written leaderboard has beyond them are named, not shown", () =>
  withApp(async (app, folder) => {
    const text = async (path: string) => await (await app.request(path)).text();
    const shown = async () => {
      const { sections } = JSON.parse(await text("/api/v1/leaderboard"));
      return [
        ...new Set((await text("/index/ranking.csv")).match(/bgpo|vrpo-ol|reinforce-elbo/g)),
        ...sections[0].classes.flat(),
      ].sort();
    };
    const all = ["bgpo", "reinforce-elbo", "vrpo-ol"];
    assertEquals(await shown(), [...all, ...all].sort());
    assert(!(await text("/")).includes("Files that are not shown"));
    for (const task of SMALL.tasks) await Deno.remove(`${folder}/mini/${task}/bgpo`, { recursive: true });
    const left = ["reinforce-elbo", "vrpo-ol"];
    assertEquals(await shown(), [...left, ...left].sort());
    const page = await text("/");
    assertStringIncludes(
      page,
      "leaderboard.json has cells without a record, 6 in all: mini/countdown/mini/bgpo/",
    );
    // What the folder holds now is a leaderboard of its own.
    await Deno.remove(`${folder}/leaderboard.json`);
    assert(!(await text("/")).includes("Files that are not shown"));
    // A task that an objective has no record of at all is as missing as a seed.
    await Deno.remove(`${folder}/mini/sudoku/mini/vrpo-ol`, { recursive: true });
    assertStringIncludes(await text("/"), "sudoku/mini, vrpo-ol: no record of seed 1, 2, 3");
  }));

Deno.test("a written leaderboard that is none is named and changes nothing", () =>
  withApp(async (app, folder) => {
    const ranking = async () => await (await app.request("/index/ranking.csv")).text();
    const before = await ranking();
    for (const text of ["{", "[]", '{"sections":[{"suite":{"id":"../.."}}]}']) {
      await Deno.writeTextFile(`${folder}/leaderboard.json`, text);
      assertEquals(await ranking(), before);
      assertStringIncludes(await (await app.request("/")).text(), "leaderboard.json is not a leaderboard");
    }
  }));

Deno.test("an empty and a missing folder show pages that say so", () =>
  withFolder(async (folder) => {
    for (const results of [folder, `${folder}/none`]) {
      const app = madeUpApp(results);
      for (
        const path of [
          "/",
          "/tasks.html",
          "/objectives.html",
          "/compare.html",
          "/claims.html",
          "/cells.html",
          "/live.html",
        ]
      ) {
        assertEquals((await app.request(path)).status, 200, path);
      }
      assert((await (await app.request("/")).text()).includes("There are no results yet"));
    }
  }));
