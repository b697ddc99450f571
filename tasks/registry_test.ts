import { assert, assertEquals, assertThrows } from "@std/assert";
import { splitOf } from "./real_task.ts";
import { allTasks, realTaskById, realTasks, taskById } from "./registry.ts";
import { realFileTest } from "./testing/testing.ts";

Deno.test("registry: tasks by name, and an unknown name lists the known ones", () => {
  for (const task of allTasks) assertEquals(taskById(task.id), task);
  assertEquals(new Set(allTasks.map(({ id }) => id)).size, allTasks.length);
  assertThrows(
    () => taskById("sudoko"),
    Error,
    'unknown task "sudoko"; known tasks: sudoku/mini, countdown/mini',
  );
});

Deno.test("registry: ids of test sets are their own", () => {
  const ids = allTasks.flatMap(({ testSets }) => testSets.map(({ id }) => id));
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("real tasks: names are their own, and unknown ones are answered with the known", () => {
  const ids = realTasks.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const task of realTasks) {
    assertEquals(realTaskById(task.id), task);
    assert(
      task.itemFields.length > 0 && !task.itemFields.includes("index") && !task.itemFields.includes("text"),
    );
    assert(task.splits.test.purpose === "test");
    assertEquals(task.rewards.clean.max, 1);
    assertThrows(() => splitOf(task, "constructor"), RangeError, "known splits");
  }
  assertThrows(() => realTaskById("gsm"), Error, "known tasks: gsm8k");
});

for (const task of realTasks) {
  for (const [name, split] of Object.entries(task.splits)) {
    await realFileTest(
      `${task.id}: split ${name} has the stated rows, each with an index of its own`,
      split.file,
      (bytes) => {
        const rows = task.load(name, bytes);
        assertEquals(rows.length, split.rows);
        assertEquals(new Set(rows.map(({ index }) => index)).size, rows.length);
        assert(rows.every(({ index }) => index >= 0 && index < split.file.rows));
        assert(task.show(rows[0]!.item).length > 0);
      },
    );
  }
}
