/** Records, suites and runs for tests. */

import { gunzipSync } from "node:zlib";
import type { Backend } from "../../kernels/backend.ts";
import { DATA_VARIABLE } from "../../tasks/data/open.ts";
import { taskById } from "../../tasks/registry.ts";
import type { Task } from "../../tasks/task.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { sha256 } from "../files/identity.ts";
import { objectiveById } from "../objectives/registry.ts";
import type { Score } from "../train/grade_model.ts";
import { type BenchRecord, type RecordedScore, SCHEMA, validateRecord } from "../records/record.ts";
import { GENERATED } from "../suite/names.ts";
import { RECORD_FILE } from "../records/folder.ts";
import { recordedScore } from "../records/score.ts";
import { inlineExecutor } from "./executor.ts";
import { runSuite } from "./runner.ts";
import { loadSuite, type Suite } from "../suite/suite.ts";

/** A score of `n` items of which the first `correct` are, strictly; one more is in mode d1 where there is one. */
export function exampleScore(
  n: number,
  correct: number,
  { measures = {}, tags = {} }: Partial<Pick<Score, "measures" | "tags">> = {},
): RecordedScore {
  const items = Array.from({ length: n }, (_, i) => ({ strict: i < correct, d1: i <= correct }));
  return recordedScore({ items, measures, tags, tokens: n * 16, forwards: n * 4 });
}

const decoding = (temperature: number) => ({
  steps: 4,
  blockLength: 16,
  remasking: "low-confidence" as const,
  temperature,
  topK: null,
  topP: null,
  threshold: null,
  endRule: "plain" as const,
  orderTemperature: null,
});

/** A valid record of a short run. `correct` of 128 generated puzzles are solved after training, 32 before. */
export function exampleRecord(
  { task, objective, seed, correct = 64, version = 1, backend = "webgpu", base = "b".repeat(64) }: {
    task: string;
    objective: string;
    seed: number;
    correct?: number;
    version?: number;
    backend?: BenchRecord["cell"]["backend"];
    base?: string;
  },
): BenchRecord {
  const problem = task.split("/")[0]!;
  const score = (solved: number) =>
    exampleScore(128, solved, {
      measures: problem === "sudoku" ? { cells: { count: solved * 8, total: 1024 } } : {},
    });
  const real = (solved: number) =>
    exampleScore(100, solved, {
      tags: { clean: { n: 10, strict: solved > 10 ? 5 : 1, d1: solved > 10 ? 6 : 1 } },
    });
  return {
    schema: SCHEMA,
    cell: {
      suite: { id: "mini", version, identity: String(version % 10).repeat(64) },
      task,
      objective,
      settings: { samples: 2, normalize: 1 },
      learningRate: 0.0005,
      updates: { inner: 2, miniBatches: 1 },
      decoding: {
        rollout: decoding(1),
        evaluation: { sampled: { ...decoding(1), samples: 1 }, greedy: { ...decoding(0), samples: 1 } },
      },
      memory: "two-pass",
      setting: "staged",
      seed,
      baseSeed: seed,
      backend,
      base,
      source: { core: "c".repeat(64), task: sha256(task), objective: sha256(objective) },
      data: { [`${problem}/d1.csv`]: "e".repeat(64) },
    },
    outcome: {
      status: "complete",
      model: sha256(`${task} ${objective} ${seed} ${correct}`),
      budget: {
        steps: 3,
        updates: 6,
        responses: 24,
        tokens: 384,
        forwards: 1200,
        rolloutForwards: 96,
        flops: 2_280_000_000,
        rewardCalls: 24,
      },
      tests: [
        { set: GENERATED, decoding: "sampled", before: score(32), after: score(correct) },
        { set: GENERATED, decoding: "greedy", before: score(40), after: score(correct) },
        { set: `${problem}-d1`, decoding: "greedy", before: real(10), after: real(20) },
      ],
      validation: [],
      curve: [
        { puzzles: "test", step: 0, updates: 0, forwards: 0, decoding: "greedy", n: 32, correct: 10 },
        { puzzles: "test", step: 3, updates: 6, forwards: 1200, decoding: "greedy", n: 32, correct: 12 },
      ],
      diagnostics: {
        reward: [0.25, 0.5, 0.5],
        entropy: [0.5, 0.4, 0.3],
        deadGroups: [0, 0.5, 0.25],
        gradNorm: [1.5, null, 0.75],
        kl: [0, 0.001, 0.002],
        maskShare: [0, 0.125, null],
        skippedUpdates: 1,
      },
      events: [{ step: 2, kind: "skipped-update", detail: "7 non-finite gradients" }],
      texts: { samples: sha256("samples"), steps: sha256("steps") },
    },
    cost: { peakDeviceBytes: 3 * 2 ** 20 },
    run: {
      seconds: { base: 12, rollout: 0.5, update: 0.75, evaluation: 0.25, total: 1.5 },
      startedAt: "2026-01-02T03:04:05.000Z",
      cpu: "a processor, 8 threads",
      adapter: "an adapter",
      driver: "unknown",
      deno: "2.9.6",
      commit: "0123456789abcdef0123456789abcdef01234567",
      dirty: false,
      workers: 1,
    },
  };
}

/** A suite of which everything is small: a cell takes a fraction of a second. No real test sets. */
export async function smallSuite(change: (suite: Suite) => void = () => {}): Promise<Suite> {
  const suite = structuredClone(await loadSuite("smoke"));
  suite.id = "small";
  // Enough to answer with digits, so that rewards differ and there is something to learn from.
  const schedule = { peak: 0.02, warmup: 2, decay: "linear", final: 0.1 } as const;
  for (const task of Object.values(suite.tasks)) {
    task.setting = "natural";
    task.base = [{ steps: 20, batch: 8, schedule, flaw: 0 }];
  }
  suite.evaluation = {
    seed: 1,
    during: { everyUpdates: 4, prompts: 4, decodings: ["greedy"] },
    final: { prompts: 8, decodings: ["greedy", "sampled"], realPrompts: 0 },
  };
  change(suite);
  return suite;
}

export interface SmallRun {
  readonly suite: Suite;
  /** Holds the results and, below `.work` and `.cache`, everything else. */
  readonly folder: string;
  readonly tasks?: readonly Task[];
  readonly objectives?: readonly string[];
  readonly seeds?: readonly number[];
  /** Interrupt the run once it has shown so many steps. */
  readonly interruptAfter?: number;
}

/** Runs cells in this process and returns everything that the runner reported. */
export async function smallRun(backend: Backend, run: SmallRun) {
  const { suite, folder, tasks = [taskById("sudoku/mini")], objectives = ["bgpo"], seeds = [1] } = run;
  const controller = new AbortController();
  const interruption = new Error("interrupted");
  const said: string[] = [], steps: string[] = [], finished: [BenchRecord, boolean][] = [];
  const seedsFinished: number[] = [], shares: [number, number][] = [];
  let records: BenchRecord[] | null = null;
  try {
    records = await runSuite({
      executor: inlineExecutor(backend),
      suite,
      tasks,
      objectives: objectives.map(objectiveById),
      seeds,
      out: folder,
      work: `${folder}/.work`,
      cache: `${folder}/.cache`,
      mode: "two-pass",
      signal: controller.signal,
    }, {
      progress(done, total, note) {
        shares.push([done, total]);
        steps.push(note);
        if (steps.length === run.interruptAfter) controller.abort(interruption);
      },
      say: (line) => said.push(line),
      finished: (record, reused) => finished.push([record, reused]),
      seedFinished: (seed) => Promise.resolve(void seedsFinished.push(seed)),
    });
  } catch (error) {
    if (error !== interruption) throw error;
  }
  return { records, said, steps, shares, finished, seedsFinished, interrupted: records === null };
}

/**
 * What must be equal for equal runs, by path: `cell` and `outcome` of every record, the text of every samples file
 * and step log, every byte of the leaderboard, the hash of every model file.
 */
export async function outputsOf(folder: string): Promise<Record<string, string>> {
  const outputs: Record<string, string> = {};
  for (const path of filesBelow(folder)) {
    const name = path.slice(folder.length + 1);
    if (RECORD_FILE.test(name.replace(/.*\//, ""))) {
      const { cell, outcome } = validateRecord(JSON.parse(await Deno.readTextFile(path)), path);
      outputs[name] = canonicalJson({ cell, outcome });
    } else if (name.endsWith(".jsonl.gz")) outputs[name] = gunzipSync(await Deno.readFile(path)).toString();
    else if (name.includes("/model/")) outputs[name] = sha256(await Deno.readFile(path));
    else if (/^leaderboard(_details)?\.(json|md)$/i.test(name)) outputs[name] = await Deno.readTextFile(path);
  }
  return outputs;
}

/** Every file below a folder, in a fixed order. */
export function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  ).sort();
}

/** Changes one byte in the middle of a file. */
export async function damage(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await Deno.writeFile(path, bytes);
}

/** Runs `fn` while DLLM_BENCH_DATA names a folder. */
export async function withDataFolder(folder: string, fn: () => Promise<void>): Promise<void> {
  const before = Deno.env.get(DATA_VARIABLE);
  Deno.env.set(DATA_VARIABLE, folder);
  try {
    await fn();
  } finally {
    if (before === undefined) Deno.env.delete(DATA_VARIABLE);
    else Deno.env.set(DATA_VARIABLE, before);
  }
}

/** A task with one real test set, of so many rows, and the bytes of its file. */
export function taskWithTestSet(rows: number): { task: Task; name: string; bytes: Uint8Array<ArrayBuffer> } {
  const sudoku = taskById("sudoku/mini");
  const examples = Array.from({ length: rows }, (_, index) => sudoku.generate("test", 9, index));
  const bytes = new TextEncoder().encode(JSON.stringify(examples));
  const name = "made-up/puzzles.json";
  const set = {
    id: "made-up",
    title: "Puzzles of this test",
    file: {
      name,
      // Tests may not connect to it.
      urls: ["https://raw.githubusercontent.com/made-up/puzzles.json"],
      sha256: sha256(bytes),
      bytes: bytes.length,
      rows,
      licence: "MIT",
    },
    load: (data: Uint8Array) => JSON.parse(new TextDecoder().decode(data)),
  };
  return { task: { ...sudoku, testSets: [set] }, name, bytes };
}
