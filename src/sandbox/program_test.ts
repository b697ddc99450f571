import { assertEquals, assertStringIncludes } from "@std/assert";
import type { CloseReason } from "./pipe.ts";
import { exitOf, type Outcome, verdictOf } from "./program.ts";
import type { Worked } from "./worker.ts";

function worked(
  role: "judge" | "candidate",
  changes: Partial<Worked> = {},
  usage: Partial<Worked["usage"]> = {},
) {
  const all = { steps: 5, output: 0, memoryRefused: false, exit: null, ...usage };
  return { role, result: null, stop: null, detail: "", reusable: true, ...changes, usage: all };
}

function outcome(
  report: unknown,
  closed: CloseReason | null = null,
  tried: Worked = worked("candidate"),
): Outcome {
  return { judged: worked("judge", { result: JSON.stringify(report) }), tried, closed };
}

Deno.test("verdicts: passed only if every test is reported and passed", () => {
  const cases: [unknown, string][] = [
    [{ results: [null, null] }, "passed"],
    [{ results: [null] }, "failed"],
    [{ results: [] }, "failed"],
    [{ results: [null, "no"] }, "failed"],
    [{ results: [null, "no"], memory: true }, "memory"],
    [{ load: "no" }, "failed"],
    [{ load: "no", memory: true }, "memory"],
    [{}, "failed"],
    [{ bad_test: "no" }, "infra_error"],
    [{ gone: true, results: [null, null] }, "failed"],
  ];
  for (const [report, status] of cases) {
    assertEquals(verdictOf(outcome(report), 2).status, status, JSON.stringify(report));
  }
});

Deno.test("verdicts: how an interpreter ended", () => {
  const cases: [CloseReason, Partial<Worked["usage"]>, string, boolean][] = [
    ["clock", {}, "timeout", false],
    ["steps", {}, "timeout", true],
    ["output", {}, "failed", true],
    ["forbidden", {}, "failed", true],
    ["exit", { exit: 0 }, "failed", true],
    ["crash", {}, "failed", false],
    ["crash", { memoryRefused: true }, "memory", true],
  ];
  for (const [closed, usage, status, reproducible] of cases) {
    const verdict = verdictOf(
      outcome({ gone: true, results: [null] }, closed, worked("candidate", {}, usage)),
      3,
    );
    assertEquals([verdict.status, verdict.reproducible], [status, reproducible], closed);
    assertEquals([verdict.passed, verdict.total], [1, 3], "what passed before counts");
  }
});

Deno.test("verdicts: a judge that does not report", () => {
  const lost = (stop: CloseReason | null, result: string | null = null) =>
    verdictOf({ judged: worked("judge", { stop, result }), tried: worked("candidate"), closed: null }, 1);
  assertEquals(lost("crash").status, "infra_error");
  assertEquals(lost(null).status, "infra_error");
  assertEquals(lost(null, "{").status, "infra_error");
  assertEquals([lost("clock").status, lost("clock").reproducible], ["timeout", false]);
  assertEquals([lost("steps").status, lost("steps").reproducible], ["timeout", true]);
});

Deno.test("exits: the code of a script, whoever reports it", () => {
  assertEquals(exitOf(outcome({ exit: 3, detail: "" })).code, 3);
  assertEquals(exitOf(outcome({ exit: "x" })).code, 1);
  assertEquals(exitOf(outcome({ gone: true }, "exit", worked("candidate", {}, { exit: 260 }))).code, 4);
  assertEquals(exitOf(outcome({ gone: true }, "crash")).code, 1);
  assertEquals(exitOf(outcome({ gone: true }, "steps")).status, "timeout");
  const crashed = exitOf({
    judged: worked("judge", { stop: "crash", detail: "why" }),
    tried: worked("candidate"),
    closed: null,
  });
  assertEquals(crashed.status, "infra_error");
  assertStringIncludes(crashed.reason, "why");
});
