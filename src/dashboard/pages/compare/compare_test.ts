import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { readItemBits } from "../../../records/item_bits.ts";
import { withFolder } from "../../../files/testing.ts";
import { madeUpApp, SMALL, writeMadeUp } from "../../testing/testing.ts";

Deno.test("a comparison counts the items that one solves and the other does not, and pairs the differences by seed", () =>
  withFolder(async (folder) => {
    const records = await writeMadeUp(folder, SMALL);
    const app = madeUpApp(folder);
    const board = JSON.parse(await Deno.readTextFile(`${folder}/leaderboard.json`));
    const [a, b] = board.sections[0].rankings[0].rows.map(({ objective }: { objective: string }) =>
      objective
    );
    const page = `/compare/mini.1.staged.cpu~${a}~${b}`;
    // No name and no number of this table is quoted.
    const [header, ...lines] = (await (await app.request(`${page}/differences.${a}.${b}.csv`)).text())
      .trimEnd().split("\r\n").map((line) => line.split(","));
    const differences = lines.map((line) => Object.fromEntries(line.map((value, i) => [header![i]!, value])));
    assertEquals(differences.map(({ task, decoding }) => [task, decoding]), [
      ["countdown/mini", "sampled"],
      ["sudoku/mini", "sampled"],
      ["countdown/mini", "greedy"],
      ["sudoku/mini", "greedy"],
    ]);
    const bits = (objective: string, task: string, seed: number, decoding: unknown) => {
      const record = records.find(({ cell }) =>
        cell.objective === objective && cell.task === task && cell.seed === seed
      )!;
      const test = record.outcome.tests.find((each) => each.decoding === decoding)!;
      return readItemBits(test.after.items.strict, test.after.n);
    };
    let alone = 0;
    for (const row of differences) {
      let onlyA = 0, onlyB = 0;
      for (const seed of SMALL.seeds) {
        const [first, second] = [a, b].map((name) => bits(name, row.task!, seed, row.decoding)) as [
          boolean[],
          boolean[],
        ];
        onlyA += first.filter((solved, i) => solved && !second[i]).length;
        onlyB += first.filter((solved, i) => !solved && second[i]).length;
      }
      assertEquals([row.only_a, row.only_b], [String(onlyA), String(onlyB)]);
      assertAlmostEquals(
        Number(row.difference),
        (onlyA - onlyB) / (SMALL.seeds.length * SMALL.items),
        1e-9,
      );
      alone += onlyA + onlyB;
    }
    const html = await (await app.request(`${page}.html`)).text();
    // Few are listed, and it is said how many there are.
    assertEquals(html.match(/<th scope="row">[a-z]+\/mini \d+</g)?.length, 30);
    assert(html.includes(`30 of ${alone} are listed`), `${alone}`);
    // Those with kept generations come first and lead to them.
    const { index } = /href="\.\.\/cells\/[^"]*generated\.(?:sampled|greedy)\.html#item-(?<index>\d+)"/.exec(
      html,
    )!
      .groups!;
    assert(Number(index) < SMALL.samples);
    assertEquals((await app.request(`/compare/mini.1.staged.cpu~${a}~none.html`)).status, 404);
    assertEquals((await app.request(`/compare/mini.1.staged.cpu~${a}.html`)).status, 404);
    assertEquals((await app.request(`/compare/mini.1.staged.cpu~${a}~${b}~${b}.html`)).status, 404);
  }));

Deno.test("the tables of all pairs lead to the same pages whichever is ahead", () =>
  withFolder(async (folder) => {
    await writeMadeUp(folder, SMALL);
    const app = madeUpApp(folder);
    const html = await (await app.request("/compare/mini.1.staged.cpu.html")).text();
    const pairs = new Set(
      [...html.matchAll(/href="\.\.\/(compare\/[^"]*~[^"]*)"/g)].map(([, path]) => path!),
    );
    // Two tables of three objectives.
    assertEquals([html.match(/id="improvement\./g)?.length, pairs.size], [2, 3]);
    for (const path of pairs) assertEquals((await app.request(`/${path}`)).status, 200, path);
  }));
