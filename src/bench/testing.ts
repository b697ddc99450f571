/** Records for tests. */

import { type BenchRecord, GENERATED, recordedScore } from "./record.ts";

/** A valid record of a short run. `correct` of 128 generated puzzles are solved after training, 32 before. */
export function exampleRecord(
  { task, objective, seed, correct = 64, version = 1, backend = "webgpu", base = "b".repeat(64) }: {
    task: string;
    objective: string;
    seed: number;
    correct?: number;
    version?: number;
    backend?: "webgpu" | "cpu";
    base?: string;
  },
): BenchRecord {
  const score = (solved: number) =>
    recordedScore({
      n: 128,
      correct: solved,
      measures: task === "sudoku" ? { cells: { count: solved * 8, total: 1024 } } : {},
      tags: {},
    });
  const real = (solved: number) =>
    recordedScore({
      n: 100,
      correct: solved,
      measures: {},
      tags: { clean: { n: 10, correct: solved > 10 ? 5 : 1 } },
    });
  return {
    schema: 1,
    cell: {
      suite: { id: "mini", version, identity: String(version % 10).repeat(64) },
      task,
      objective,
      settings: { samples: 2, normalize: 1 },
      seed,
      backend,
      base,
      source: "c".repeat(64),
    },
    outcome: {
      status: "complete",
      budget: { steps: 3, updates: 6, responses: 24, tokens: 384, forwards: 1200 },
      tests: [
        { set: GENERATED, decoding: "sampled", before: score(32), after: score(correct) },
        { set: GENERATED, decoding: "greedy", before: score(40), after: score(correct) },
        { set: `${task}-d1`, decoding: "greedy", before: real(10), after: real(20) },
      ],
      curve: [
        { step: 0, decoding: "greedy", n: 32, correct: 10 },
        { step: 3, decoding: "greedy", n: 32, correct: 12 },
      ],
      diagnostics: {
        reward: [0.25, 0.5, 0.5],
        entropy: [0.5, 0.4, 0.3],
        deadGroups: [0, 0.5, 0.25],
        gradNorm: [1.5, null, 0.75],
        skippedUpdates: 1,
      },
      peakDeviceBytes: 3 * 2 ** 20,
      events: [{ step: 2, kind: "skipped-update", detail: "7 non-finite gradients" }],
    },
    run: {
      seconds: { train: 1.5 },
      cpu: "8 cores",
      adapter: "an adapter",
      deno: "2.9.6",
    },
  };
}
