/**
 * One record per cell: task x objective x seed. `cell` says what was asked and of which code, `outcome` what came out,
 * `cost` what it took on a device, `run` where and how long. `outcome` is equal byte for byte wherever results are
 * reproducible exactly. `cost` is equal for equal code, which may become leaner without learning otherwise; `run` may
 * differ between machines and repetitions, so nothing is derived from it. results/README.md explains the fields.
 */

import { z } from "zod";
import { IDENTITY, identityOf } from "../files/identity.ts";
import { countBits } from "./item_bits.ts";
import { BACKENDS, DECODINGS, ID, SETTINGS, TASK_ID } from "../suite/names.ts";
import { MODES } from "../../tasks/verdict.ts";

/** A record, or a folder of records, that is not valid. */
export class RecordError extends Error {
  override name = "RecordError";
}

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

/** Orders in which masked tokens are revealed. */
const REMASKING = [
  "low-confidence",
  "random",
  "margin",
  "entropy",
  "left-to-right",
  "plackett-luce",
] as const;
/** What becomes of tokens that end a text: drawn as any other, never before the last, last of all, or not at all. */
const END_RULES = ["plain", "suppress", "last-resort", "forbid"] as const;

/** How responses are decoded. Null: no such rule. */
const decoding = {
  /** Most denoising steps of a response. */
  steps: z.int().min(1),
  blockLength: z.int().min(1),
  remasking: z.enum(REMASKING),
  temperature: amount,
  topK: z.int().min(1).nullable(),
  topP: share.nullable(),
  /** Every masked token of a block above this probability is revealed, at least one. */
  threshold: share.nullable(),
  endRule: z.enum(END_RULES),
  /** Of the draw of the order, where it is one. */
  orderTemperature: amount.nullable(),
};
const rolloutDecoding = z.strictObject(decoding);
/** `samples`: responses per prompt. */
const evaluationDecoding = z.strictObject({ ...decoding, samples: z.int().min(1) });

/** Correct responses of one grading mode. */
const correctness = z.strictObject({ correct: whole });
const bits = z.string().regex(/^([0-9a-f]{2})+$/, "expected hexadecimal digits, two per byte");

const score = z.strictObject({
  /** Graded responses. */
  n: z.int().min(1),
  /** Responses to each prompt: response j to prompt i is item i * samples + j. */
  samples: z.int().min(1),
  /** Response tokens decoded, and forward passes of single responses that it took. */
  tokens: whole,
  forwards: whole,
  strict: correctness,
  /** Like everything of that grader, absent where the d1 papers never had the task. */
  d1: correctness.optional(),
  /** Which items are correct: item i is bit i, most significant first, zeros at the end; for paired tests. */
  items: z.strictObject({ strict: bits, d1: bits.optional() }),
  /** Shares of something counted by the strict grader, pooled over examples. */
  measures: z.record(
    z.string(),
    z.strictObject({ count: whole, total: whole })
      .refine(({ count, total }) => count <= total, "expected count <= total"),
  ),
  /** Correct responses among the examples that carry a tag, such as those whose solution no training set has. */
  tags: z.record(z.string(), z.strictObject({ n: z.int().min(1), strict: whole, d1: whole.optional() })),
}).superRefine((score, context) => {
  const { n, samples, items, tags } = score;
  const issue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  if (n % samples !== 0) issue(["samples"], "expected a divisor of n");
  for (const mode of MODES) {
    const correct = score[mode]?.correct, ofItems = items[mode], subsets = Object.values(tags);
    if (
      [ofItems, ...subsets.map((tag) => tag[mode])].some((each) =>
        (each === undefined) !== (correct === undefined)
      )
    ) {
      issue([mode], "expected it beside its items and tags, or none of them");
      continue;
    }
    if (correct === undefined || ofItems === undefined) continue;
    if (correct > n) {
      issue([mode], "expected correct <= n");
      continue;
    }
    if (ofItems.length !== 2 * Math.ceil(n / 8) || countBits(ofItems, n) !== correct) {
      issue(["items", mode], "expected n bits, one for every correct item");
    }
    if (subsets.some((tag) => tag.n > n || tag[mode]! > Math.min(tag.n, correct))) {
      issue(["tags"], "expected subsets of the score");
    }
  }
});

/** A test set decoded one way, before and after training. */
const test = z.strictObject({ set: id, decoding: z.enum(DECODINGS), before: score, after: score });
const isTestOnce = (tests: readonly z.infer<typeof test>[]) =>
  new Set(tests.map(({ set, decoding }) => `${set} ${decoding}`)).size === tests.length;
const TEST_ONCE = "expected one entry per test set and decoding";

const cellSchema = z.strictObject({
  suite: z.strictObject({ id, version: z.int().min(1), identity }),
  task: taskId,
  objective: id,
  /** All settings of the objective, defaults included. */
  settings: z.record(z.string(), z.number()),
  learningRate: amount,
  /** Passes over a rollout, and the updates that each pass is cut into. */
  updates: z.strictObject({ inner: z.int().min(1), miniBatches: z.int().min(1) }),
  /** Of rollouts, and of each kind of evaluation on responses of the same length. */
  decoding: z.strictObject({
    rollout: rolloutDecoding,
    evaluation: z.strictObject({
      sampled: evaluationDecoding.optional(),
      greedy: evaluationDecoding.optional(),
    }),
  }),
  /** Graphs of all states of a response at once, or one after the other: the same gradients in other memory. */
  memory: z.enum(["two-pass", "retain"]),
  /** How the base model came to leave room for improvement; see the suites. */
  setting: z.enum(SETTINGS),
  /** Of everything random in training. */
  seed,
  /** Of the base model. */
  baseSeed: seed,
  backend: z.enum(BACKENDS),
  /** Identity of the base model: of everything that determines its parameters, the code aside. */
  base: identity,
  /** The code on this backend: what every cell runs, base training included, what the task is, and the objective. */
  source: z.strictObject({ core: identity, task: identity, objective: identity }),
  /** SHA-256 of the data files that were used, by name. */
  data: z.record(z.string(), identity),
});

/** Version of the form of records. */
export const SCHEMA = 3;

const recordSchema = z.strictObject({
  schema: z.literal(SCHEMA),
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
      /** Those of rollouts alone. */
      rolloutForwards: whole,
      /** Twice the multiply-adds of those passes: rollouts and training, evaluation not included. */
      flops: whole,
      /** Texts that were rewarded: responses, and completions where an objective asks for them. */
      rewardCalls: whole,
    }),
    /** One entry per test set and decoding. */
    tests: z.array(test).min(1).refine(isTestOnce, TEST_ONCE),
    /** The same on puzzles that are neither trained nor tested on, where the suite has them. */
    validation: z.array(test).refine(isTestOnce, TEST_ONCE),
    /** Evaluations on generated puzzles while training, graded strictly; step 0 is the base model. */
    curve: z.array(
      z.strictObject({
        /** Which puzzles: the first of those tested at the end, or validation. */
        puzzles: z.enum(["test", "validation"]),
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
    events: z.array(z.strictObject({ step: whole, kind: id, detail: z.string() })),
    /** SHA-256 of the texts of samples and step log, of which those of the first seed lie beside its record. */
    texts: z.strictObject({ samples: identity, steps: identity }),
  }),
  cost: z.strictObject({
    /** Largest sum of device buffers while training. */
    peakDeviceBytes: whole,
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
    /** Kernels that ran, by name: which variants were chosen for the adapter and the shapes. */
    kernels: z.array(z.string()).optional(),
  }),
});

export type BenchRecord = z.infer<typeof recordSchema>;
export type Cell = z.infer<typeof cellSchema>;
export type RecordedScore = z.infer<typeof score>;
export type EvaluationDecoding = z.infer<typeof evaluationDecoding>;

/** The identity of a cell: equal for runs that must give equal outcomes on the same backend. */
export function cellIdentity(cell: Cell): string {
  return identityOf(cell);
}

/** The identity of a cell's training: of all but the data that it is graded on. Equal ones share checkpoints. */
export function trainingIdentity({ data: _, ...cell }: Cell): string {
  return identityOf(cell);
}

/**
 * Returns the value if it is a record of schema 3.
 * @param name what messages call it
 * @throws RecordError with every fault and its place
 */
export function validateRecord(value: unknown, name = "record"): BenchRecord {
  const result = recordSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    `  ${path.join(".") || "the record"}: ${message}`
  );
  throw new RecordError(`${name} is not a record of schema ${SCHEMA}:\n${faults.join("\n")}`);
}
