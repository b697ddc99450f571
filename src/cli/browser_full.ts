/** The pages in a real browser: nothing goes wrong in them, they do what they should, and everyone can use them. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Browser, Page } from "puppeteer-core";
import { startCommand } from "./testing.ts";
import { withFolder } from "../files/testing.ts";
import { createApp } from "../dashboard/server/app.ts";
import { exportSite } from "../dashboard/server/export.ts";
import { watchedPage, withBrowser } from "../dashboard/testing/browser.ts";
import { PAYLOADS } from "../dashboard/testing/hostile.ts";
import { hostNames } from "../dashboard/server/security.ts";
import { openLive, STORE_FILE } from "../dashboard/store/live.ts";
import { openResults } from "../dashboard/store/results.ts";
import { SMALL, writeMadeUp, writeMadeUpClaim } from "../dashboard/testing/testing.ts";

const CELL = "cells/mini.sudoku.mini.bgpo.1.cpu";

/** One page of every kind. */
const PAGES = [
  "index.html",
  "sections/mini.1.staged.cpu.html",
  "sections/mini.1.staged.cpu~updates.greedy.strict.html",
  "tasks.html",
  "tasks/sudoku.mini.html",
  "objectives.html",
  "objectives/bgpo.html",
  "compare.html",
  "compare/mini.1.staged.cpu.html",
  "claims.html",
  "claims/made-up.html",
  "cells.html",
  `${CELL}.html`,
  `${CELL}/generated.sampled.html`,
  "live.html",
  "no-such-page.html",
];

/** Serves a folder and opens a browser on it. */
async function withSite(
  fn: (site: { folder: string; address: string; browser: Browser }) => Promise<void>,
  fill = async (results: string) => {
    await writeMadeUp(results, SMALL);
    await writeMadeUpClaim(results);
  },
): Promise<void> {
  await withFolder(async (folder) => {
    const results = `${folder}/results`;
    await fill(results);
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => app.fetch(request),
    );
    const app = createApp({
      results: openResults(results),
      live: openLive(`${results}/${STORE_FILE}`),
      hosts: hostNames("127.0.0.1", server.addr.port),
      onError: (error) => {
        throw error;
      },
    });
    try {
      await withBrowser(
        folder,
        (browser) => fn({ folder: results, address: `http://127.0.0.1:${server.addr.port}/`, browser }),
      );
    } finally {
      await server.shutdown();
    }
  });
}

const browserTest = (name: string, ...[fn, fill]: Parameters<typeof withSite>) =>
  // What the browser's connection leaves open is the library's.
  Deno.test({ name, fn: () => withSite(fn, fill), sanitizeOps: false, sanitizeResources: false });

/** Opens an address and loads every image of the page. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto(address, { waitUntil: "load" });
  await page.evaluate(`Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode();
  }))`);
}

/** Whether a page says by itself that an address does not exist. */
const expected404 = (fault: string) => /no-such-page|status of 404/.test(fault);

browserTest(
  "every page renders without an error, a violation of its policy or a request elsewhere",
  async ({ address, browser }) => {
    for (const scheme of ["light", "dark"]) {
      for (const width of [1280, 390]) {
        const { page, faults } = await watchedPage(browser, address);
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        for (const path of PAGES) {
          await open(page, address + path);
          const overflow = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
          assert(overflow <= 0, `${path} is ${overflow} pixels wider than ${width}`);
          assertEquals(
            faults.filter((fault) => path !== "no-such-page.html" || !expected404(fault)),
            [],
            `${path}, ${scheme}`,
          );
          faults.length = 0;
        }
        await page.close();
      }
    }
  },
);

const RUN_AXE = `axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(({ violations, passes }) => ({
  passes: passes.length,
  violations: violations.map(({ id, nodes }) => id + ": " + nodes[0].html + " " + nodes[0].failureSummary),
}))`;

browserTest(
  "axe-core finds nothing on any page, light or dark, wide or narrow",
  async ({ address, browser }) => {
    let rules = 0;
    for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 390]] as const) {
      const page = await browser.newPage();
      // The policy would refuse a script that is not the site's.
      await page.setBypassCSP(true);
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      for (const path of PAGES) {
        await open(page, address + path);
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate(RUN_AXE) as {
          violations: string[];
          passes: number;
        };
        assertEquals(violations, [], `${path}, ${scheme}, ${width}`);
        rules += passes;
      }
      await page.close();
    }
    assert(rules > 500, `${rules} rules passed`);
  },
);

/** Texts of the first column of a table. */
function firstColumn(page: Page, table: string): Promise<string[]> {
  return page.$$eval(
    `[id="${table}"] tbody th`,
    (cells) => cells.map((cell) => cell.querySelector("a")?.textContent ?? cell.textContent!),
  );
}

browserTest(
  "a click on a head sorts in place as the server would, and the keyboard does the same",
  async ({ address, browser }) => {
    const { page, faults } = await watchedPage(browser, address);
    const table = "mini.1.staged.cpu.generated.sampled";
    await page.goto(`${address}tasks/sudoku.mini.html`);
    const before = await firstColumn(page, table);
    const sort = (column: string) => `[id="${table}"] thead th a[href*="${column}"]`;
    await page.click(sort("objective"));
    assertEquals(await firstColumn(page, table), before.toSorted());
    assertMatch(page.url(), /sudoku\.mini\.html$/, "the page was not left");
    assertEquals(
      await page.$eval(`[id="${table}"] thead th`, (head) => head.getAttribute("aria-sort")),
      "ascending",
    );
    await page.focus(sort("objective"));
    await page.keyboard.press("Enter");
    assertEquals(await firstColumn(page, table), before.toSorted().toReversed());
    await page.click(sort("score"));
    const inPlace = await firstColumn(page, table);
    await page.goto(`${address}tasks/sudoku.mini.html?sort=${table}.score.desc`);
    assertEquals(await firstColumn(page, table), inPlace);
    assertEquals(faults, []);
  },
);

browserTest("filters narrow the pages, and their addresses can be shared", async ({ address, browser }) => {
  const { page, faults } = await watchedPage(browser, address);
  await page.goto(`${address}cells.html`);
  await page.select("#filter-task", "sudoku/mini");
  await page.select("#filter-objective", "bgpo");
  await Promise.all([page.waitForNavigation(), page.click("form.filters button")]);
  assertEquals(await firstColumn(page, "cells"), ["bgpo", "bgpo", "bgpo"]);
  assertMatch(page.url(), /task=sudoku%2Fmini&objective=bgpo/);
  await page.goto(address);
  await Promise.all([page.waitForNavigation(), page.click('.choices a[href$="compute.greedy.strict.html"]')]);
  assertMatch(await page.$eval("#ranking caption", (caption) => caption.textContent!), /greedy/);
  await page.goto(`${address}compare.html`);
  await page.select("#filter-a", "bgpo");
  await page.select("#filter-b", "vrpo-ol", "reinforce-elbo");
  await Promise.all([page.waitForNavigation(), page.click("form.filters button")]);
  assertEquals((await page.$$("main section")).length, 2);
  assertEquals(faults, []);
});

browserTest("the replay shows at each step what was revealed by then", async ({ address, browser }) => {
  const { page, faults } = await watchedPage(browser, address);
  await page.goto(`${address}${CELL}/generated.sampled.html#item-1`);
  const row = (number: number) =>
    page.$$eval(
      `#item-1 [data-replay] tr:nth-child(${number}) td`,
      (cells) => cells.map((cell) => cell.textContent!),
    );
  const steps = (await row(2)).map(Number);
  assertEquals(steps.length, 8);
  await page.focus("#item-1 input");
  await page.keyboard.press("Home");
  for (let step = 0; step <= Math.max(...steps); step++) {
    const masked = await page.$$eval(
      "#item-1 [data-replay] tr:first-child td",
      (tokens) => tokens.map((token) => token.classList.contains("masked")),
    );
    assertEquals(masked, steps.map((revealed) => revealed > step), `step ${step}`);
    assertMatch(
      await page.$eval("#item-1 output", (output) => output.textContent!),
      new RegExp(
        `^Step ${step} of 3, ${
          masked.filter(Boolean).length
        } of 8 masked\\. Revealed: .*confidence 0\\.\\d+, entropy`,
      ),
    );
    await page.keyboard.press("ArrowRight");
  }
  await page.keyboard.press("Home");
  await page.click("#item-1 button");
  const played = async () =>
    await page.$eval("#item-1 button", (button) => button.textContent) === "Play" &&
    await page.evaluate('document.querySelector("#item-1 input").value') === "3";
  while (!await played()) await new Promise((resolve) => setTimeout(resolve, 100));
  // The other generations of the page stand still.
  assertEquals(await page.$$eval("#item-0 .masked", (tokens) => tokens.length), 0);
  assertEquals(faults, []);
});

browserTest(
  "without JavaScript every page shows the same, and sorting and filters work",
  async ({ address, browser }) => {
    const { page, faults } = await watchedPage(browser, address);
    await page.setJavaScriptEnabled(false);
    for (const path of PAGES.slice(0, -1)) {
      const response = await page.goto(address + path, { waitUntil: "load" });
      assertEquals(response!.status(), 200, path);
    }
    await page.goto(`${address}tasks/sudoku.mini.html`);
    const table = "mini.1.staged.cpu.generated.sampled";
    await Promise.all([
      page.waitForNavigation(),
      page.click(`[id="${table}"] thead th a[href*="objective"]`),
    ]);
    assertMatch(page.url(), /sort=/);
    const names = await page.$$(`[id="${table}"] tbody th`);
    assertEquals(names.length, 3);
    await page.goto(`${address}cells.html`);
    await Promise.all([page.waitForNavigation(), page.click("form.filters button")]);
    assertMatch(page.url(), /cells\.html\?/);
    await page.goto(`${address}${CELL}/generated.sampled.html`);
    assertEquals((await page.$$("#item-0 [data-replay] tr:first-child td")).length, 8);
    assertEquals(faults, []);
  },
);

/** Serves the files of a folder and nothing else, as a static host does. */
function serveFiles(folder: string) {
  const types = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" } as const;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const path = new URL(url).pathname.slice(1), type = path.slice(path.lastIndexOf(".") + 1);
    try {
      return new Response(await Deno.readFile(`${folder}/${path}`), {
        headers: { "Content-Type": types[type as keyof typeof types] ?? "application/octet-stream" },
      });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
}

browserTest(
  "exported files need no server: every kind of page opens without an error, tables sort, links lead on",
  async ({ folder, browser }) => {
    const out = `${folder}/../export`;
    await exportSite(openResults(folder)(), out);
    const server = serveFiles(out), address = `http://127.0.0.1:${server.addr.port}/`;
    const { page, faults } = await watchedPage(browser, address);
    try {
      const kinds = [
        ...PAGES.filter((path) => path !== "no-such-page.html"),
        "compare/mini.1.staged.cpu.html",
      ];
      for (const path of kinds) {
        await open(page, address + path);
        assertEquals(faults, [], path);
        assertEquals(await page.$$("form"), [], path);
      }
      await page.goto(`${address}tasks/sudoku.mini.html`);
      const table = "mini.1.staged.cpu.generated.sampled";
      const head = `[id="${table}"] thead th:first-child button`;
      const before = await firstColumn(page, table);
      await page.click(head);
      assertEquals(await firstColumn(page, table), before.toSorted());
      await page.focus(head);
      await page.keyboard.press("Enter");
      assertEquals(await firstColumn(page, table), before.toSorted().toReversed());
      // From a number of the leaderboard to a generation.
      await page.goto(`${address}index.html`);
      const links = ["#ranking td.share a[href$='#cells']", "#cells tbody th a", "#scores td a"];
      for (const link of links) await Promise.all([page.waitForNavigation(), page.click(link)]);
      await page.click("nav[aria-label='Generations of this page'] li:nth-child(2) a");
      assertMatch(page.url(), /cells\/mini\.[^/]*\/generated\.sampled\.html#item-1$/);
      assertEquals(faults, []);
    } finally {
      await page.close();
      await server.shutdown();
    }
  },
);

browserTest("hostile texts do nothing in a browser", async ({ folder, address, browser }) => {
  const { page, faults } = await watchedPage(browser, address);
  let time = Date.now();
  const made = { ...SMALL, tasks: ["sudoku/mini"], objectives: ["bgpo"], seeds: [1], items: 8, samples: 1 };
  const show = async (text: string) => {
    await writeMadeUp(folder, { ...made, text: () => text });
    await writeMadeUpClaim(folder, () => text);
    // The server looks once a second, and time stamps of files may be coarse.
    await Deno.utime(`${folder}/mini/sudoku/mini/bgpo`, new Date(), new Date(time += 2000));
    await new Promise((resolve) => setTimeout(resolve, 1100));
  };
  const payloads = PAYLOADS.filter((text) => text.includes("<") && text.length < 1000);
  assert(payloads.length > 80, `${payloads.length} payloads`);
  // All of them in one text each, and a few alone.
  for (
    const text of [payloads.slice(0, 50).join(" "), payloads.slice(50).join(" "), ...payloads.slice(0, 6)]
  ) {
    await show(text);
    for (
      const path of [`${CELL}.html`, `${CELL}/generated.sampled.html`, "cells.html", "claims/made-up.html"]
    ) {
      await open(page, address + path);
      const strange = await page.$$eval("main *", (elements) =>
        elements.filter((element) =>
          element.matches(
            "script, style, iframe, object, embed, base, link, meta, template, dialog, video, math, foreignObject",
          ) ||
          [...element.attributes].some(({ name, value }) =>
            /^on|^style$/.test(name) || /^\s*javascript:/i.test(value)
          )
        ).map((element) => element.outerHTML));
      assertEquals(strange, [], path);
      assertEquals(faults, [], path);
    }
  }
});

/** Long enough to be watched, stopped and started. */
async function slowSuite(folder: string): Promise<string> {
  const suite = `${folder}/../watched.yaml`;
  const text = await Deno.readTextFile("src/suite/suites/smoke.yaml");
  const slow = text.replace("budget: { rollouts: 4 }", "budget: { rollouts: 600 }").replace(
    "id: smoke",
    "id: watched",
  );
  assert(slow !== text && slow.includes("600"));
  await Deno.writeTextFile(suite, slow);
  return suite;
}

browserTest(
  "the live page follows a bench that runs, stops and starts, without a reload",
  async ({ folder, address, browser }) => {
    const { page, faults } = await watchedPage(browser, address);
    let navigations = 0;
    page.on("framenavigated", () => navigations++);
    await page.goto(`${address}live.html`, { waitUntil: "load" });
    const says = async (pattern: RegExp) => {
      for (let tries = 0; tries < 1200; tries++) {
        const text = await page.$eval("main", (main) => main.textContent!);
        if (pattern.test(text)) return text;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(
        `the page never said ${pattern}: ${await page.$eval("main", (main) => main.textContent)}`,
      );
    };
    await says(/No bench has run here yet/);
    const args = [
      "--suite",
      await slowSuite(folder),
      "--task",
      "sudoku/mini",
      "--objective",
      "bgpo,vrpo-ol",
      "--seeds",
      "1",
    ];
    const start = () =>
      startCommand("bench", [...args, "--backend", "cpu", "--workers", "1", "--out", folder]);
    const first = await start();
    try {
      await says(/The bench is running\./);
      const seen = new Set<string>();
      while (seen.size < 4) {
        seen.add(
          /(\d+) of 600/.exec(await says(/watched\/sudoku\/mini\/\S+seed-1.*\d+ of 600/))![1]!,
        );
      }
      assert((await page.$$("[data-live] svg.curve")).length > 0, "the curve of the rewards");
    } finally {
      await first.end("SIGINT");
    }
    await says(/The bench is stopped/);
    const second = await start();
    try {
      await says(/The bench is running\./);
    } finally {
      // It is let run to its end.
      const { code, stderr } = await second.end();
      assertEquals(code, 0, stderr);
    }
    await says(/The bench is done\. 3 of 3 cells are done/);
    assertEquals([navigations, faults], [1, []]);
    await page.goto(address);
    assertMatch(await page.$eval("main", (main) => main.textContent!), /Ahead is (bgpo|vrpo-ol)/);
  },
  async (results) => {
    await Deno.mkdir(results);
  },
);
