/**
 * One record per cell: task x objective x seed. `cell` says what was asked, `outcome` what came out, `run` where
 * and how long. `cell` and `outcome` are equal byte for byte wherever results are reproducible exactly; `run` may
 * differ between machines and repetitions, so nothing is derived from it. results/README.md explains the fields.
 */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { IDENTITY, identityOf } from "../files/identity.ts";
import { type Interval, wilsonInterval } from "../statistics/intervals.ts";
import { countBits } from "./item_bits.ts";
import { GENERATED, type Mode, MODES, recordedScore } from "./score.ts";
import { ID, SETTINGS, TASK_ID } from "./suite.ts";

export { GENERATED, type Mode, MODES, recordedScore };

/** A record, or a folder of records, that is not valid. */
export class RecordError extends Error {
  override name = "RecordError";
}

/** Ways to decode, in the order of presentation: what training optimises comes first. */
export const DECODINGS = ["sampled", "greedy"] as const;
export type Decoding = (typeof DECODINGS)[number];

/** Kinds of arithmetic whose results are never mixed. */
export const BACKENDS = ["webgpu", "cpu", "cpu-fast"] as const;

const id = z.string().regex(ID, "expected lower-case letters, digits and hyphens");
const taskId = z.string().regex(
  TASK_ID,
  "expected lower-case letters, digits, hyphens and one slash at most",
);
const identity = z.string().regex(IDENTITY, "expected 64 hexadecimal digits");
const whole = z.int().min(0);
const seed = z.int().min(0).max(0xffffffff);
const share = z.number().min(0).max(1);
const amount = z.number().min(0);

/** Correct responses of one grading mode, with the Wilson interval of their share at 95 %. */
const correctness = z.strictObject({ correct: whole, interval: z.tuple([share, share]) });
const bits = z.string().regex(/^([0-9a-f]{2})+$/, "expected hexadecimal digits, two per byte");

const score = z.strictObject({
  n: z.int().min(1),
  strict: correctness,
  d1: correctness,
  /** Which items are correct: item i is bit i, most significant first, zeros at the end; for paired tests. */
  items: z.strictObject({ strict: bits, d1: bits }),
  /** Shares of something counted by the strict grader, pooled over examples. */
  measures: z.record(
    z.string(),
    z.strictObject({ count: whole, total: whole })
      .refine(({ count, total }) => count <= total, "expected count <= total"),
  ),
  /** Correct responses among the examples that carry a tag, such as those whose solution no training set has. */
  tags: z.record(z.string(), z.strictObject({ n: z.int().min(1), strict: whole, d1: whole })),
}).superRefine((score, context) => {
  const { n, items, tags } = score;
  const issue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  for (const mode of MODES) {
    const { correct, interval } = score[mode];
    if (correct > n) {
      issue([mode], "expected correct <= n");
      continue;
    }
    if (!sameInterval(interval, wilsonInterval(correct, n))) {
      issue([mode, "interval"], "expected the Wilson interval of correct and n");
    }
    if (items[mode].length !== 2 * Math.ceil(n / 8) || countBits(items[mode], n) !== correct) {
      issue(["items", mode], "expected n bits, one for every correct item");
    }
    if (Object.values(tags).some((tag) => tag.n > n || tag[mode] > Math.min(tag.n, correct))) {
      issue(["tags"], "expected subsets of the score");
    }
  }
});

const cellSchema = z.strictObject({
  suite: z.strictObject({ id, version: z.int().min(1), identity }),
  task: taskId,
  objective: id,
  /** All settings of the objective, defaults included. */
  settings: z.record(z.string(), z.number()),
  learningRate: amount,
  /** Passes over a rollout, and the updates that each pass is cut into. */
  updates: z.strictObject({ inner: z.int().min(1), miniBatches: z.int().min(1) }),
  /** Of rollouts and evaluations. */
  decoding: z.strictObject({ steps: z.int().min(1), blockLength: z.int().min(1) }),
  /** How the base model came to leave room for improvement; see the suites. */
  setting: z.enum(SETTINGS),
  seed,
  backend: z.enum(BACKENDS),
  /** Identity of the base model: of everything that determines its parameters. */
  base: identity,
  /** Identity of the code that this objective and task reach on this backend. */
  source: identity,
  /** SHA-256 of the data files that were used, by name. */
  data: z.record(z.string(), identity),
});

const recordSchema = z.strictObject({
  schema: z.literal(2),
  cell: cellSchema,
  outcome: z.strictObject({
    /** "diverged": stopped after repeated non-finite gradients; scored as it was then, never without this flag. */
    status: z.enum(["complete", "diverged"]),
    /** SHA-256 of the final parameters as model.safetensors. */
    model: identity,
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
      /** Twice the multiply-adds of those passes: rollouts and training, evaluation not included. */
      flops: whole,
    }),
    /** One entry per test set and decoding. */
    tests: z.array(z.strictObject({
      set: id,
      decoding: z.enum(DECODINGS),
      before: score,
      after: score,
    })).min(1).refine(
      (tests) => new Set(tests.map(({ set, decoding }) => `${set} ${decoding}`)).size === tests.length,
      "expected one entry per test set and decoding",
    ),
    /** Evaluations on generated puzzles while training, graded strictly; step 0 is the base model. */
    curve: z.array(
      z.strictObject({
        /** Rollouts, updates and forward passes until then, counted as in the budget. */
        step: whole,
        updates: whole,
        forwards: whole,
        decoding: z.enum(DECODINGS),
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
      /** Mean over the updates of the KL estimate between anchor and policy, nats; null without an anchor. */
      kl: z.array(amount.nullable()),
      /** Mean over the updates of the share of targets with an advantage whose weight is 0: clipped or masked. */
      maskShare: z.array(share.nullable()),
      /** Updates not applied because of non-finite gradients. */
      skippedUpdates: whole,
    }).refine(
      ({ reward, entropy, deadGroups, gradNorm, kl, maskShare }) =>
        [entropy, deadGroups, gradNorm, kl, maskShare].every(({ length }) => length === reward.length),
      "expected lists of equal length",
    ),
    /** Largest sum of device buffers while training. */
    peakDeviceBytes: whole,
    events: z.array(z.strictObject({ step: whole, kind: id, detail: z.string() })),
  }),
  run: z.strictObject({
    /**
     * Wall-clock seconds: `base` is the training of the base model, shared by all cells of its task and seed; the
     * others are those of the process that finished the cell.
     */
    seconds: z.strictObject({
      base: amount,
      rollout: amount,
      update: amount,
      evaluation: amount,
      total: amount,
    }),
    /** ISO 8601. */
    startedAt: z.string(),
    cpu: z.string(),
    adapter: z.string(),
    /** "unknown" where the system does not tell. */
    driver: z.string(),
    deno: z.string(),
    /** Commit of the code, "unknown" outside a git clone. */
    commit: z.string().regex(/^([0-9a-f]{40}|unknown)$/, `expected 40 hexadecimal digits or "unknown"`),
    /** Whether the code differed from that commit. */
    dirty: z.boolean(),
    /** Cells that ran at the same time. */
    workers: z.int().min(1),
  }),
});

export type BenchRecord = z.infer<typeof recordSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type RecordedScore = z.infer<typeof score>;

function sameInterval(found: readonly number[], expected: Interval): boolean {
  return found.every((bound, i) => Math.abs(bound - expected[i]!) < 1e-9);
}

/** The identity of a cell: equal for runs that must give equal outcomes on the same backend. */
export function cellIdentity(cell: Cell): string {
  return identityOf(cell);
}

/** The identity of a cell's training: of all but the data that it is graded on. Equal ones share checkpoints. */
export function trainingIdentity({ data: _, ...cell }: Cell): string {
  return identityOf(cell);
}

/**
 * Returns the value if it is a record of schema 2.
 * @param name what messages call it
 * @throws RecordError with every fault and its place
 */
export function validateRecord(value: unknown, name = "record"): BenchRecord {
  const result = recordSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    `  ${path.join(".") || "the record"}: ${message}`
  );
  throw new RecordError(`${name} is not a record of schema 2:\n${faults.join("\n")}`);
}

/** What a record is named after. */
export type CellName = Pick<Cell, "task" | "objective" | "seed" | "backend"> & {
  readonly suite: { readonly id: string };
};

/** Path of the record of a cell inside a results folder. @throws RecordError for an id that is not a file name */
export function recordPath({ suite, task, objective, seed, backend }: CellName): string {
  for (const [part, pattern] of [[suite.id, ID], [task, TASK_ID], [objective, ID]] as const) {
    if (!pattern.test(part)) {
      throw new RecordError(`expected lower-case letters, digits and hyphens, found "${part}"`);
    }
  }
  return `${suite.id}/${task}/${objective}/seed-${seed}.${backend}.json`;
}

/** Writes a record into a results folder, whole or not at all. @throws RecordError if it is not valid */
export async function writeRecord(folder: string, record: BenchRecord): Promise<void> {
  const valid = validateRecord(record);
  await replaceFile(`${folder}/${recordPath(valid.cell)}`, canonicalJson(valid));
}

/** Folder of the evidence for learning rates, beside the suites' folders. */
export const TUNING = "tuning";
/** Folders of a results folder that hold no records: what tuning found, and the reports of claims. */
const NOT_SUITES: readonly string[] = [TUNING, "claims"];

const STEM = `seed-(0|[1-9]\\d{0,9})\\.(${BACKENDS.join("|")})`;
/** A record; groups are seed and backend. */
export const RECORD_FILE = new RegExp(`^${STEM}\\.json$`);
/** Samples and step logs. */
export const BESIDE_RECORD = new RegExp(`^${STEM}\\.(samples|steps)\\.jsonl\\.gz$`);

/**
 * Every record of a results folder, ordered by suite, task, objective, seed and backend. Files beside the suites' folders,
 * entries that start with a dot and the folders `tuning` and `claims` are not records; a folder that does not exist holds none.
 * @throws RecordError naming the file, when one is not valid or lies in the wrong place
 */
export async function readRecords(folder: string): Promise<BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (const path of await recordFiles(folder, "")) {
    const record = await readRecord(folder, path);
    if (record) records.push(record);
  }
  const key = ({ cell: { suite, task, objective, seed, backend } }: BenchRecord) =>
    JSON.stringify([suite.id, task, objective, String(seed).padStart(10, "0"), backend]);
  return records.map((record) => [key(record), record] as const)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, record]) => record);
}

/** The record at a path of a results folder, null where there is none. @throws RecordError if it is not valid */
export async function readRecord(folder: string, path: string): Promise<BenchRecord | null> {
  const name = `${folder}/${path}`;
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
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

/** Paths of records below a folder of a results folder; anything else there is an error. */
async function recordFiles(root: string, below: string): Promise<string[]> {
  const files: string[] = [], top = below === "";
  for (const { name, isDirectory } of await entriesIn(`${root}/${below}`, top)) {
    const path = `${below}${name}`;
    if (isDirectory && ID.test(name)) {
      if (!top || !NOT_SUITES.includes(name)) files.push(...await recordFiles(root, `${path}/`));
    } else if (!isDirectory && RECORD_FILE.test(name)) files.push(path);
    // `.tmp` is left by a crash while a file was written: the file itself is whole or absent.
    else if (isDirectory || !(top || BESIDE_RECORD.test(name) || name.endsWith(".tmp"))) {
      throw new RecordError(`${root}/${path} does not belong in a results folder`);
    }
  }
  return files;
}

async function entriesIn(path: string, mayBeAbsent: boolean): Promise<Deno.DirEntry[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (mayBeAbsent && error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
