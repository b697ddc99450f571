import { assertAlmostEquals, assertEquals } from "@std/assert";
import { exampleRecord } from "../../bench/testing.ts";
import { tInterval, wilsonInterval } from "../../statistics/intervals.ts";
import { curveDecodings, diagnosticCurve, learningCurve } from "./curves.ts";

const record = (seed: number, correct: readonly number[], entropy: readonly (number | null)[]) => {
  const example = exampleRecord({ task: "sudoku/mini", objective: "bgpo", seed });
  example.outcome.curve = correct.map((correct, i) => ({
    puzzles: "test" as const,
    step: i,
    updates: 2 * i,
    forwards: 100 * i * seed,
    decoding: "greedy" as const,
    n: 32,
    correct,
  }));
  example.outcome.diagnostics.entropy = [...entropy];
  return example;
};

Deno.test("a learning curve is the mean over seeds at each evaluation, with its t interval, as far as all seeds reach", () => {
  const points = learningCurve([record(1, [8, 16, 24], []), record(2, [8, 24], [])], "greedy", "forwards");
  assertEquals(points.map(({ x, y }) => [x, y]), [[0, 25], [150, 62.5]]);
  assertEquals(points[0]!.interval, [25, 25]);
  const [low, high] = tInterval([50, 75])!;
  assertEquals(points[1]!.interval, [Math.max(0, low), Math.min(100, high)]);
  assertEquals(learningCurve([record(1, [8], [])], "sampled", "updates"), []);
});

Deno.test("one seed has the Wilson interval over its examples", () => {
  const [point] = learningCurve([record(1, [8], [])], "greedy", "updates");
  const [low, high] = wilsonInterval(8, 32);
  assertAlmostEquals(point!.interval![0], 100 * low, 1e-12);
  assertAlmostEquals(point!.interval![1], 100 * high, 1e-12);
});

Deno.test("a diagnostic is the mean of the seeds that have a value, and a rollout without any is left out", () => {
  const records = [record(1, [], [1, null, null]), record(2, [], [2, 4, null])];
  assertEquals(diagnosticCurve(records, "entropy").map(({ x, y }) => [x, y]), [[1, 1.5], [2, 4]]);
  assertEquals(curveDecodings([record(1, [1], [])]), ["greedy"]);
});
