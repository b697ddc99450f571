import { assertEquals, assertThrows } from "@std/assert";
import { allTasks, taskById } from "./registry.ts";

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
