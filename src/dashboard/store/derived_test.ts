import { assertEquals } from "@std/assert";
import type { BenchRecord } from "../../bench/record.ts";
import { exampleRecord } from "../../bench/testing.ts";
import { openDeriver } from "./derived.ts";

Deno.test("a growing folder costs a twentieth of the time, and no row outlives its record", () => {
  let now = 0;
  // Deriving looks at the clock before and after: it takes 10 ms here.
  const deriver = openDeriver(() => now += 10);
  const record = (seed: number) => exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed });
  const derive = (seeds: readonly number[], version = "") => {
    const records = new Map<string, BenchRecord>(seeds.map((seed) => [`${seed}${version}`, record(seed)]));
    const { board, from } = deriver.derive(records);
    const shown = board.sections.flatMap(({ seeds }) => seeds);
    assertEquals(from.size, shown.length);
    return shown;
  };
  assertEquals(derive([1, 2]), [1, 2]);
  assertEquals(derive([1, 2]), [1, 2]);
  assertEquals(deriver.isDue(), false);
  // Newer records wait, and the table is due once 20 times of what it took has passed.
  assertEquals(derive([1, 2, 3]), [1, 2]);
  assertEquals(deriver.isDue(), false);
  now += 200;
  assertEquals(deriver.isDue(), true);
  assertEquals(derive([1, 2, 3]), [1, 2, 3]);
  assertEquals(deriver.isDue(), false);
  // What is gone or replaced does not wait.
  assertEquals(derive([2, 3]), [2, 3]);
  assertEquals(derive([2, 3], " replaced"), [2, 3]);
  assertEquals(derive([]), []);
});
