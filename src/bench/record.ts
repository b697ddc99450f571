/**
 * One record per cell: task x objective x seed. `cell` says what was asked, `outcome` what came out, `run` where
 * and how long. `cell` and `outcome` are equal byte for byte wherever results are reproducible exactly; `run` may
 * differ between machines and repetitions, so nothing is derived from it.
 */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { IDENTITY, identityOf } from "../files/identity.ts";
import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import { ID } from "./suite.ts";

/** A record, or a folder of records, that is not valid. */
export class RecordError extends Error {
  override name = "RecordError";
}

const id = z.string().regex(ID, "expected lower-case letters, digits and hyphens");
const identity = z.string().regex(IDENTITY, "expected 64 hexadecimal digits");
const whole = z.int().min(0);
const seed = z.int().min(0).max(0xffffffff);
const share = z.number().min(0).max(1);
const amount = z.number().min(0);

const tally = z.strictObject({ n: z.int().min(1), correct: whole })
  .refine(({ n, correct }) => correct <= n, "expected correct <= n");

const score = z.strictObject({
  n: z.int().min(1),
  correct: whole,
  /** Wilson, 95 %, of correct / n. */
  interval: z.tuple([share, share]),
  /** Shares of something counted, pooled over examples. */
  measures: z.record(
    z.string(),
    z.strictObject({ count: whole, total: whole })
      .refine(({ count, total }) => count <= total, "expected count <= total"),
  ),
  /** The same score over the examples that carry a tag, such as those no training set shares a solution with. */
  tags: z.record(z.string(), tally),
}).refine(({ n, correct }) => correct <= n, "expected correct <= n")
  .refine(
    ({ n, correct, interval }) => correct > n || sameInterval(interval, wilsonInterval(correct, n)),
    "interval: expected the Wilson interval of correct and n",
  )
  .refine(
    ({ n, correct, tags }) => Object.values(tags).every((tag) => tag.n <= n && tag.correct <= correct),
    "tags: expected subsets of the score",
  );

const cellSchema = z.strictObject({
  suite: z.strictObject({ id, version: z.int().min(1), identity }),
  task: id,
  objective: id,
  /** All settings of the objective, defaults included. */
  settings: z.record(z.string(), z.number()),
  seed,
  backend: z.enum(["webgpu", "cpu", "cpu-fast"]),
  /** Identity of the base model: of everything that determines its parameters. */
  base: identity,
  /** Identity of the code: of every source file that can change a result. */
  source: identity,
});

const recordSchema = z.strictObject({
  schema: z.literal(1),
  cell: cellSchema,
  outcome: z.strictObject({
    /** "diverged": stopped after repeated non-finite gradients; scored as it was then, never without this flag. */
    status: z.enum(["complete", "diverged"]),
    budget: z.strictObject({
      /** Rollouts, each of prompts x group responses. */
      steps: whole,
      /** Optimiser steps attempted. */
      updates: whole,
      responses: whole,
      /** Response tokens generated. */
      tokens: whole,
      /** Sequence forward passes of the policy, a backward pass counted as two. */
      forwards: whole,
    }),
    /** One entry per test set and decoding. */
    tests: z.array(z.strictObject({
      set: id,
      decoding: z.enum(["greedy", "sampled"]),
      before: score,
      after: score,
    })).min(1).refine(
      (tests) => new Set(tests.map(({ set, decoding }) => `${set} ${decoding}`)).size === tests.length,
      "expected one entry per test set and decoding",
    ),
    /** Evaluations on generated puzzles while training; step 0 is the base model. */
    curve: z.array(
      z.strictObject({
        step: whole,
        decoding: z.enum(["greedy", "sampled"]),
        n: z.int().min(1),
        correct: whole,
      })
        .refine(({ n, correct }) => correct <= n, "expected correct <= n"),
    ),
    /** Per rollout. */
    diagnostics: z.strictObject({
      /** Mean training reward. */
      reward: z.array(share),
      /** Mean entropy in nats of the distributions tokens were revealed from; null where it was not finite. */
      entropy: z.array(amount.nullable()),
      /** Share of prompts whose responses all earned the same reward. */
      deadGroups: z.array(share),
      /** Largest gradient norm before clipping over the updates of a rollout; null where it was not finite. */
      gradNorm: z.array(amount.nullable()),
      /** Updates not applied because of non-finite gradients. */
      skippedUpdates: whole,
    }).refine(
      ({ reward, entropy, deadGroups, gradNorm }) =>
        [entropy, deadGroups, gradNorm].every(({ length }) => length === reward.length),
      "expected lists of equal length",
    ),
    /** Largest sum of device buffers while training. */
    peakDeviceBytes: whole,
    events: z.array(z.strictObject({ step: whole, kind: id, detail: z.string() })),
  }),
  run: z.strictObject({
    /** Wall-clock seconds by part of the run. */
    seconds: z.record(z.string(), amount),
    /** ISO 8601. */
    startedAt: z.string().optional(),
    cpu: z.string(),
    adapter: z.string(),
    deno: z.string(),
  }),
});

export type BenchRecord = z.infer<typeof recordSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type RecordedScore = z.infer<typeof score>;

/** The set id of the generated puzzles of a task's test split. */
export const GENERATED = "generated";

function sameInterval(found: readonly number[], expected: Interval): boolean {
  return found.every((bound, i) => Math.abs(bound - expected[i]!) < 1e-9);
}

/** A score with its interval. */
export function recordedScore(
  { n, correct, measures, tags }: Pick<RecordedScore, "n" | "correct"> & {
    readonly measures: Readonly<Record<string, { readonly count: number; readonly total: number }>>;
    readonly tags: Readonly<Record<string, { readonly n: number; readonly correct: number }>>;
  },
): RecordedScore {
  const [low, high] = wilsonInterval(correct, n);
  return { n, correct, interval: [low, high], measures: { ...measures }, tags: { ...tags } };
}

/** The identity of a cell: equal for runs that must give equal outcomes on the same backend. */
export function cellIdentity(cell: Cell): string {
  return identityOf(cell);
}

/**
 * Returns the value if it is a record of schema 1.
 * @param name what messages call it
 * @throws RecordError with every fault and its place
 */
export function validateRecord(value: unknown, name = "record"): BenchRecord {
  const result = recordSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    `  ${path.join(".") || "the record"}: ${message}`
  );
  throw new RecordError(`${name} is not a record of schema 1:\n${faults.join("\n")}`);
}

/** Path of the record of a cell inside a results folder. @throws RecordError for an id that is not a file name */
export function recordPath({ suite, task, objective, seed }: Cell): string {
  for (const part of [suite.id, task, objective]) {
    if (!ID.test(part)) {
      throw new RecordError(`expected lower-case letters, digits and hyphens, found "${part}"`);
    }
  }
  return `${suite.id}/${task}/${objective}/seed-${seed}.json`;
}

/** Writes a record into a results folder, whole or not at all. @throws RecordError if it is not valid */
export async function writeRecord(folder: string, record: BenchRecord): Promise<void> {
  const valid = validateRecord(record);
  await replaceFile(`${folder}/${recordPath(valid.cell)}`, canonicalJson(valid));
}

const RECORD_FILE = /^seed-(0|[1-9]\d{0,9})\.json$/;

/**
 * Every record of a results folder, ordered by suite, task, objective and seed. Files beside the suites' folders
 * and entries that start with a dot are not records; a folder that does not exist holds none.
 * @throws RecordError naming the file, when one is not valid or lies in the wrong place
 */
export async function readRecords(folder: string): Promise<BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (const suite of await foldersIn(folder, true)) {
    for (const task of await foldersIn(`${folder}/${suite}`)) {
      for (const objective of await foldersIn(`${folder}/${suite}/${task}`)) {
        const path = `${suite}/${task}/${objective}`;
        for (const file of await seedFilesIn(`${folder}/${path}`)) {
          records.push(await readRecord(folder, `${path}/${file}`));
        }
      }
    }
  }
  return records;
}

async function readRecord(folder: string, path: string): Promise<BenchRecord> {
  const name = `${folder}/${path}`;
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(name));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RecordError(`${name} is not JSON: ${error.message}`);
  }
  const record = validateRecord(value, name);
  if (recordPath(record.cell) !== path) {
    throw new RecordError(
      `${name} holds the record of ${recordPath(record.cell)}; move it there or delete it`,
    );
  }
  return record;
}

/** Names of subfolders, ascending. Anything else is an error, except files at the top of a results folder. */
async function foldersIn(path: string, top = false): Promise<string[]> {
  const names: string[] = [];
  for (const { name, isDirectory } of await entriesIn(path, top)) {
    if (isDirectory && ID.test(name)) names.push(name);
    else if (isDirectory || !top) {
      throw new RecordError(`${path}/${name} does not belong in a results folder`);
    }
  }
  return names.sort();
}

async function seedFilesIn(path: string): Promise<string[]> {
  const files = new Map<number, string>();
  for (const { name, isFile } of await entriesIn(path)) {
    // Left by a crash while the record was written: the record itself is whole or absent.
    if (isFile && name.endsWith(".tmp")) continue;
    const match = RECORD_FILE.exec(name);
    if (!match || !isFile) throw new RecordError(`${path}/${name}: expected a record named seed-<n>.json`);
    files.set(Number(match[1]), name);
  }
  return [...files].sort(([a], [b]) => a - b).map(([, name]) => name);
}

async function entriesIn(path: string, mayBeAbsent = false): Promise<Deno.DirEntry[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (mayBeAbsent && error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
