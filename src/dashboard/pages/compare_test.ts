import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { readItemBits } from "../../bench/item_bits.ts";
import { withFolder } from "../../files/testing.ts";
import { madeUpApp, SMALL, writeMadeUp } from "../testing.ts";

Deno.test("a comparison counts the items that one solves and the other does not, and pairs the differences by seed", () =>
  withFolder(async (folder) => {
    const records = await writeMadeUp(folder, SMALL);
    const app = madeUpApp(folder);
    const board = JSON.parse(await Deno.readTextFile(`${folder}/leaderboard.json`));
    const [a, b] = board.sections[0].rankings[0].rows.map(({ objective }: { objective: string }) =>
      objective
    );
    const page = `/compare/mini.1.staged.cpu~${a}~${b}`;
    const rowsOf = async (table: string) =>
      (await (await app.request(`${page}/${table}.${a}.${b}.json`)).json()).rows as Record<
        string,
        { value: unknown }
      >[];
    const differences = await rowsOf("differences");
    assertEquals(differences.map(({ task }) => task!.value), ["countdown/mini", "sudoku/mini"]);
    const bits = (objective: string, task: string, seed: number) => {
      const record = records.find(({ cell }) =>
        cell.objective === objective && cell.task === task && cell.seed === seed
      )!;
      const test = record.outcome.tests.find(({ decoding }) => decoding === "sampled")!;
      return readItemBits(test.after.items.strict, test.after.n);
    };
    let alone = 0;
    for (const row of differences) {
      let onlyA = 0, onlyB = 0;
      for (const seed of SMALL.seeds) {
        const first = bits(a, row.task!.value as string, seed),
          second = bits(b, row.task!.value as string, seed);
        onlyA += first.filter((solved, i) => solved && !second[i]).length;
        onlyB += first.filter((solved, i) => !solved && second[i]).length;
      }
      assertEquals([row.only_a!.value, row.only_b!.value], [onlyA, onlyB]);
      assertAlmostEquals(
        row.difference!.value as number,
        (onlyA - onlyB) / (SMALL.seeds.length * SMALL.items),
        1e-9,
      );
      alone += onlyA + onlyB;
    }
    const items = await rowsOf("items");
    assertEquals(items.length, alone);
    // Those with kept generations come first and lead to them.
    const html = await (await app.request(`${page}.html`)).text();
    assert(
      /href="\.\.\/cells\/[^"]*generated\.sampled\.\d+\.html"/.test(html) ===
        items.some(({ a }) => a!.value === "look"),
    );
    assertEquals((await app.request(`/compare/mini.1.staged.cpu~${a}~none.html`)).status, 404);
  }));
