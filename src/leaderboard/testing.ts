/** Records for tests of the leaderboard. */

import { assertEquals } from "@std/assert";
import { exampleRecord } from "../bench/testing.ts";
import type { BenchRecord } from "../records/record.ts";
import { leaderboardOf, type Section } from "./board.ts";

export const TASKS = ["countdown/mini", "sudoku/mini"];

/** Two tasks, three objectives, two seeds; of 128 puzzles bgpo solves about 100, the others 96 and 60. */
export function records(seeds = [1, 2], tasks: readonly string[] = TASKS): BenchRecord[] {
  const solved = { "bgpo": 100, "vrpo-ol": 96, "reinforce-elbo": 60 };
  return tasks.flatMap((task) =>
    Object.entries(solved).flatMap(([objective, correct]) =>
      seeds.map((seed) => exampleRecord({ task, objective, seed, correct: correct + seed }))
    )
  );
}

export function onlySection(all: readonly BenchRecord[]): Section {
  const { sections } = leaderboardOf(all);
  assertEquals(sections.length, 1);
  return sections[0]!;
}

export function withOutcome(record: BenchRecord, outcome: Partial<BenchRecord["outcome"]>): BenchRecord {
  return { ...record, outcome: { ...record.outcome, ...outcome } };
}
