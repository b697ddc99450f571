import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "./errors.ts";
import { nearestName, resolveNames } from "./names.ts";

const TASKS = ["sudoku", "countdown", "gsm8k", "math500"];

Deno.test("resolveNames keeps the order, drops repetitions, and takes all when none is requested", () => {
  assertEquals(resolveNames("task", ["math500", "sudoku", "math500"], TASKS), ["math500", "sudoku"]);
  assertEquals(resolveNames("task", [], TASKS), TASKS);
});

Deno.test("resolveNames lists the known names and the nearest one", () => {
  assertThrows(
    () => resolveNames("task", ["sudoku", "sudko"], TASKS),
    UsageError,
    'unknown task "sudko" (did you mean "sudoku"?); known tasks: sudoku, countdown, gsm8k, math500',
  );
  assertThrows(
    () => resolveNames("task", ["chess"], TASKS),
    UsageError,
    'unknown task "chess"; known tasks:',
  );
});

Deno.test("nearestName forgives case, single errors and missing ends, and nothing else", () => {
  const cases = {
    Sudoku: "sudoku",
    gsm8: "gsm8k",
    "math-500": "math500",
    count: "countdown",
    zzz: null,
    s: "sudoku",
  };
  for (const [name, expected] of Object.entries(cases)) {
    assertEquals(nearestName(name, TASKS), expected, name);
  }
  const minis = ["countdown/mini", "sudoku/mini"];
  assertEquals(["sudoku", "sodoku/mini", "cuntdown"].map((name) => nearestName(name, minis)), [
    "sudoku/mini",
    "sudoku/mini",
    "countdown/mini",
  ]);
});
