import { assertEquals } from "@std/assert";
import type { BenchRecord } from "../../records/record.ts";
import { exampleRecord } from "../../bench/testing.ts";
import { confirmationsOf, NO_CONFIRMATIONS } from "../../records/confirmations.ts";
import { openDeriver } from "./derived.ts";

Deno.test("a growing folder costs a twentieth of the time, and no row outlives its record", () => {
  let now = 0;
  // Deriving looks at the clock before and after: it takes 10 ms here.
  const deriver = openDeriver(() => now += 10);
  const record = (seed: number) => exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed });
  let confirmations = NO_CONFIRMATIONS;
  const derive = (seeds: readonly number[], version = "") => {
    const records = new Map<string, BenchRecord>(seeds.map((seed) => [`${seed}${version}`, record(seed)]));
    const { board, from } = deriver.derive(records, confirmations);
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
  // Neither does what is newly known of their code.
  now += 1000;
  const [{ source, backend }] = [record(1).cell];
  const before = deriver.derive(new Map([["1", record(1)]]), confirmations).board.sections[0]!.records;
  confirmations = confirmationsOf([{
    backend,
    commit: "unknown",
    changed: [],
    sources: { [source.core]: "d".repeat(64) },
    shown: {},
    peakDeviceBytes: {},
  }]);
  const after = deriver.derive(new Map([["1", record(1)]]), confirmations).board.sections[0]!.records;
  assertEquals([before, after], [{ made: 1, confirmed: 0 }, { made: 0, confirmed: 1 }]);
});
