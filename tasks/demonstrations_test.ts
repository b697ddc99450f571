import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { solve } from "./countdown/solve.ts";
import { strictGrade } from "./countdown/strict.ts";
import { openDataFile } from "./data/open.ts";
import { humaneval } from "./humaneval/mod.ts";
import { realTasks } from "./registry.ts";
import type { RealTask } from "./real_task.ts";
import { realFileTest } from "./testing/testing.ts";
import { demonstrations, hasTraining } from "./demonstrations.ts";

/** Of so many rows one is graded; the code tasks, whose programs run, have few. */
const EVERY: Readonly<Record<string, number>> = { gsm8k: 50, math500: 150, countdown: 20 };

for (const task of realTasks) {
  const train = Object.values(task.splits).find(({ purpose }) => purpose === "train");
  if (!train || task.close) continue;
  await realFileTest(
    `${task.id}: worked responses to training problems are right`,
    train.file,
    async (bytes) => {
      const found = await demonstrations(
        task,
        "chat",
        () => Promise.resolve(bytes as Uint8Array<ArrayBuffer>),
      );
      assert(found.length > 0.95 * train.rows, `${found.length} of ${train.rows} rows have a solution`);
      await checkResponses(task, bytes, EVERY[task.id]!);
    },
  );
}

async function checkResponses(task: RealTask, bytes: Uint8Array, every: number): Promise<void> {
  const rows = task.load("train", bytes);
  const wrong: string[] = [];
  let checked = 0;
  for (const { index, item } of rows) {
    if (index % every !== 0) continue;
    const response = task.demonstrate(item);
    if (response === null) continue;
    checked++;
    const { strict } = await task.grade(item, response);
    if (!strict.correct) wrong.push(`row ${index}: ${strict.reason}`);
  }
  assert(checked >= 40, `only ${checked} rows were checked`);
  assertEquals(wrong, []);
}

Deno.test("sudoku: worked responses to generated training puzzles are right", async () => {
  const [sudoku] = realTasks.filter(({ id }) => id === "sudoku");
  const found = await demonstrations(sudoku!, "chat", openDataFile);
  assertEquals(found.length, 7500);
  const item = { puzzle: "1234341221434320", solution: "1234341221434321" };
  assert((await sudoku!.grade(item, sudoku!.demonstrate(item)!)).strict.correct);
});

Deno.test("training: HumanEval is for evaluation only, every other task can be trained on", async () => {
  assertEquals(realTasks.filter((task) => !hasTraining(task)), [humaneval]);
  await assertRejects(
    () => demonstrations(humaneval as RealTask, "chat"),
    RangeError,
    "found humaneval, which is for evaluation only",
  );
});

Deno.test("countdown: what is solved uses every number once and equals the target", () => {
  const cases: [number[], number][] = [
    [[30, 100, 93], 23],
    [[1, 2, 3], 9],
    [[3, 8, 8], 8],
    [[7, 7, 1], 0],
    [[6, 4, 3], 8],
    [[5, 5, 5], 30],
  ];
  for (const [numbers, target] of cases) {
    const solution = solve(numbers, target);
    if (solution !== null) {
      const { correct } = strictGrade({ numbers, target, solution: null }, solution);
      assert(correct, solution);
    }
  }
  assertEquals(solve([30, 100, 93], 23), "(30-100)+93");
  assertEquals(solve([6, 4, 3], 8), "(6*4)/3");
  assertEquals(solve([1, 1, 1], 100), null);
  assertThrows(() => solve([1, 2], 3), RangeError, "expected three numbers, found 2");
});
