/** Every reference solution passes its own tests, as a response that a model might give. */

import { assertEquals } from "@std/assert";
import { closeCodeSandbox } from "../code/grades.ts";
import { dataFiles } from "../data/files.ts";
import type { Grades } from "../verdict.ts";
import type { RealTask } from "../real_task.ts";
import { humaneval } from "../humaneval/mod.ts";
import { mbpp } from "../mbpp/mod.ts";
import { readItems } from "../mbpp/rows.ts";
import { realFileTest } from "./testing.ts";

/** Grades of one response per item, asked for all at once. */
async function replay<Item>(
  task: RealTask<Item>,
  items: readonly Item[],
  response: (item: Item) => string | null,
): Promise<Grades[]> {
  try {
    await task.grade(items[0]!, response(items[0]!)!);
    const start = performance.now();
    const grades = await Promise.all(items.map((item) => task.grade(item, response(item)!)));
    const seconds = (performance.now() - start) / 1000;
    console.log(`${task.id}: ${items.length} responses in ${seconds.toFixed(1)} s, each by both graders`);
    return grades;
  } finally {
    await closeCodeSandbox();
  }
}

/** What does not pass, with the reason. */
function failures<Item>(task: RealTask<Item>, items: readonly Item[], grades: readonly Grades[]): string[] {
  return grades.flatMap(({ strict }, i) =>
    strict.correct ? [] : [`${task.identify(items[i]!)}: ${strict.reason}`]
  );
}

const d1Failures = <Item>(task: RealTask<Item>, items: readonly Item[], grades: readonly Grades[]) =>
  grades.flatMap(({ d1 }, i) => d1!.correct ? [] : [task.identify(items[i]!)]);

await realFileTest("humaneval: 164 of 164 reference solutions pass", dataFiles.humanEval, async (bytes) => {
  const items = humaneval.load("test", bytes).map(({ item }) => item);
  const bodies = await replay(humaneval, items, ({ solution }) => solution);
  assertEquals([bodies.length, failures(humaneval, items, bodies)], [164, []]);
  const blocks = await replay(humaneval, items, humaneval.demonstrate);
  assertEquals([blocks.length, failures(humaneval, items, blocks)], [164, []]);
  // EGSPO checks the first function of a block; in these it is another one.
  const others = [10, 32, 38, 50].map((number) => `humaneval:HumanEval/${number}`);
  assertEquals(d1Failures(humaneval, items, blocks), others);
});

await realFileTest("mbpp: 974 of 974 reference solutions pass", dataFiles.mbpp, async (bytes) => {
  const items = readItems(false, bytes);
  const grades = await replay(mbpp, items, mbpp.demonstrate);
  assertEquals([grades.length, failures(mbpp, items, grades)], [974, []]);
  assertEquals(d1Failures(mbpp, items, grades), []);
});

await realFileTest(
  "mbpp: 427 of 427 sanitized reference solutions pass",
  dataFiles.mbppSanitized,
  async (bytes) => {
    const items = readItems(true, bytes);
    const grades = await replay(mbpp, items, mbpp.demonstrate);
    assertEquals([grades.length, failures(mbpp, items, grades)], [427, []]);
    assertEquals(d1Failures(mbpp, items, grades), []);
  },
);
