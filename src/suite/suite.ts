/**
 * Suites: frozen, versioned descriptions of a benchmark. Everything that decides a result stands in one file,
 * checked strictly: an unknown key, a wrong type or a value out of range is an error that names its place.
 */

import { parse } from "@std/yaml";
import { z } from "zod";
import { identityOf } from "../files/identity.ts";
import { outOfRange } from "../objectives/setting_ranges.ts";
import miniText from "./suites/mini.yaml" with { type: "text" };
import smokeText from "./suites/smoke.yaml" with { type: "text" };
import standardText from "./suites/standard.yaml" with { type: "text" };
import { ID, SETTINGS, SuiteError, TASK_ID } from "./names.ts";

const id = z.string().regex(ID, "expected lower-case letters, digits and hyphens");
const taskId = z.string().regex(
  TASK_ID,
  "expected lower-case letters, digits, hyphens and one slash at most",
);
const count = z.int().min(1);
const share = z.number().min(0).max(1);
const seed = z.int().min(0).max(0xffffffff);

/** Settings of an objective: all that a suite may choose for it. */
const objective = z.strictObject({
  /** After the warm-up, constant: a curve read at some budget is what a shorter run would have given. */
  learningRate: z.number().positive(),
  /** Passes over a rollout, and the updates that each pass is cut into, by prompts. */
  updates: z.strictObject({ inner: count, miniBatches: count }),
  /** Where the objective's own settings differ from its defaults. */
  settings: z.record(z.string(), z.number()),
});

const schedule = z.strictObject({
  /** Largest learning rate. */
  peak: z.number().positive(),
  /** Updates of linear warm-up. */
  warmup: z.int().min(0),
  decay: z.enum(["constant", "linear", "cosine"]),
  /** Last learning rate as a share of the peak. */
  final: share,
});

const decodings = z.array(z.enum(["greedy", "sampled"])).min(1).refine(isSet, "expected no value twice");

const task = z.strictObject({
  setting: z.enum(SETTINGS),
  decoding: z.strictObject({ steps: count, blockLength: count }),
  /** Phases of base training, in order. `flaw`: probability of the task's systematic mistake. */
  base: z.array(z.strictObject({ steps: count, batch: count, schedule, flaw: share })).min(1),
});

const suiteSchema = z.strictObject({
  id,
  version: count,
  title: z.string().min(1),
  model: z.strictObject({
    vocab: count,
    dim: count,
    layers: count,
    heads: count,
    kvHeads: count,
    hidden: count,
    position: z.enum(["learned", "rope"]),
    /** Only with `position: rope`. */
    ropeTheta: z.number().positive().optional(),
    maxSequence: count,
    normEpsilon: z.number().positive(),
  }),
  initialisation: z.strictObject({ embeddingStd: z.number().positive(), linearGain: z.number().positive() }),
  optimizer: z.strictObject({
    beta1: share.refine((beta) => beta < 1, "expected less than 1"),
    beta2: share.refine((beta) => beta < 1, "expected less than 1"),
    epsilon: z.number().positive(),
    weightDecay: z.number().min(0),
    decay1d: z.boolean(),
    /** 0 for no clipping. */
    maxGradNorm: z.number().min(0),
  }),
  tasks: z.record(taskId, task).refine(isFilled, "expected at least one task"),
  rl: z.strictObject({
    /**
     * What a cell may cost, rollouts and training together, evaluation not included: floating-point operations,
     * which every objective turns into as many rollouts as they pay for, or rollouts.
     */
    budget: z.union(
      [z.strictObject({ flops: count }), z.strictObject({ rollouts: count })],
      "expected { flops: N } or { rollouts: N }",
    ),
    /** Of a rollout. */
    prompts: count,
    /** Responses per prompt. */
    group: z.int().min(2),
    /** States per micro-batch: part of a result's identity, since sums over rows depend on it. */
    microBatch: count,
    /** Of rollouts and of sampled evaluation. */
    temperature: z.number().positive(),
    /** Rollouts over which the learning rate rises. */
    warmup: z.int().min(0),
  }),
  objectives: z.record(id, objective).refine(isFilled, "expected at least one objective"),
  /** Each has a base model of its own. */
  seeds: z.array(seed).min(1).refine(isSet, "expected no seed twice"),
  /** Learning rates are chosen on these alone; they are never reported. */
  tuningSeeds: z.array(seed).min(1).refine(isSet, "expected no seed twice"),
  evaluation: z.strictObject({
    /** Of held-out prompts and of sampling, the same for every model. */
    seed,
    /** The learning curve: whenever so many updates are done, on generated puzzles. */
    during: z.strictObject({ everyUpdates: count, prompts: count, decodings }),
    /** The scores: on generated puzzles, and on this many rows of each real test set. */
    final: z.strictObject({
      prompts: count,
      decodings,
      realPrompts: z.union(
        [z.literal("all"), z.int().min(0)],
        `expected "all" or a number of rows, 0 for none`,
      ),
    }),
  }),
}).superRefine((suite, context) => {
  const issue = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const { model, rl, seeds, tuningSeeds } = suite;
  if (model.dim % model.heads !== 0) issue(["model", "heads"], `expected a divisor of dim = ${model.dim}`);
  if (model.heads % model.kvHeads !== 0) {
    issue(["model", "kvHeads"], `expected a divisor of heads = ${model.heads}`);
  }
  if ((model.position === "rope") !== (model.ropeTheta !== undefined)) {
    issue(["model", "ropeTheta"], "expected with position: rope, and only there");
  }
  if (tuningSeeds.some((seed) => seeds.includes(seed))) {
    issue(["tuningSeeds"], "expected seeds that are not among those reported");
  }
  for (const [name, { updates }] of Object.entries(suite.objectives)) {
    if (rl.prompts % updates.miniBatches !== 0) {
      issue(["objectives", name, "updates", "miniBatches"], `expected a divisor of prompts = ${rl.prompts}`);
    }
  }
  for (const [name, { base, setting }] of Object.entries(suite.tasks)) {
    if (base.some(({ flaw }) => flaw > 0) !== (setting === "staged")) {
      issue(["tasks", name, "setting"], "expected staged where a phase of the base has a flaw, else natural");
    }
    base.forEach(({ schedule, steps }, i) => {
      if (schedule.warmup > steps) {
        issue(["tasks", name, "base", i, "schedule", "warmup"], `expected at most steps = ${steps}`);
      }
    });
  }
});

export type Suite = z.infer<typeof suiteSchema>;

function isSet(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

function isFilled(value: object): boolean {
  return Object.keys(value).length > 0;
}

const BUILT_IN: Readonly<Record<string, string>> = {
  mini: miniText,
  smoke: smokeText,
  standard: standardText,
};

/** Ids of the suites that come with the benchmark. */
export const SUITE_IDS: readonly string[] = Object.keys(BUILT_IN);

/**
 * A built-in suite by id, or a file by a path that ends in `.yaml`.
 * @throws SuiteError listing the known ids, or every fault of the file with its place
 */
export async function loadSuite(idOrPath: string): Promise<Suite> {
  if (idOrPath.endsWith(".yaml")) {
    let text: string;
    try {
      text = await Deno.readTextFile(idOrPath);
    } catch (error) {
      throw new SuiteError(`cannot read the suite ${idOrPath}: ${(error as Error).message}`);
    }
    return parseSuite(text, idOrPath);
  }
  if (Object.hasOwn(BUILT_IN, idOrPath)) return parseSuite(BUILT_IN[idOrPath]!, `${idOrPath}.yaml`);
  throw new SuiteError(
    `unknown suite "${idOrPath}"; known suites: ${SUITE_IDS.join(", ")}, or the path of a .yaml file`,
  );
}

/**
 * Reads the text of a suite file.
 * @param name what messages call the file
 * @throws SuiteError with every fault and its place
 */
export function parseSuite(text: string, name: string): Suite {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new SuiteError(`${name} is not YAML: ${(error as Error).message}`);
  }
  const result = suiteSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => {
    const place = issue.path.join(".");
    if (issue.code === "invalid_key") return [`${place}: ${issue.issues[0]?.message ?? issue.message}`];
    if (issue.code !== "unrecognized_keys") return [`${place || "the file"}: ${issue.message}`];
    const known = knownKeys(issue.path).join(", ");
    return issue.keys.map((key) =>
      `${place ? `${place}.` : ""}${key}: unknown key; known keys here: ${known}`
    );
  });
  throw new SuiteError(`${name}:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
}

/** Keys of the object that a path of the schema leads to. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodType = suiteSchema;
  for (const key of path) {
    if (schema instanceof z.ZodObject) schema = schema.shape[String(key)]!;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else if (schema instanceof z.ZodArray) schema = schema.element;
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The identity of a suite: equal contents, whatever their order and comments. */
export function suiteIdentity(suite: Suite): string {
  return identityOf(suite);
}

/**
 * The identity of what a suite says about all of its cells alike. Tasks, objectives and seeds are not part of it: a
 * cell names what they say about it, so that a new or changed one leaves the others as they are.
 */
export function commonIdentity({ id, model, initialisation, optimizer, rl, evaluation }: Suite): string {
  return identityOf({ id, model, initialisation, optimizer, rl, evaluation });
}

/** What `checkSuite` needs to know about an objective. */
export interface KnownObjective {
  readonly id: string;
  readonly defaults: Readonly<Record<string, number>>;
}

/** What `checkSuite` needs to know about a task. */
export interface KnownTask {
  readonly id: string;
  readonly promptLength: number;
  readonly responseLength: number;
  readonly vocabulary: { readonly size: number };
  readonly flawDescription: string | null;
}

/**
 * Checks the names and sizes in a suite against what exists.
 * @throws SuiteError for an unknown objective, setting or task (listing the known ones), a setting out of its range, a
 *   response that the decoding schedule cannot divide, a task that does not fit the model, or a flaw that a task does
 *   not have
 */
export function checkSuite(
  suite: Suite,
  known: { objectives: readonly KnownObjective[]; tasks: readonly KnownTask[] },
): void {
  for (const name of Object.keys(suite.objectives)) {
    const { defaults } = find(known.objectives, "objective", name);
    for (const [setting, value] of Object.entries(suite.objectives[name]!.settings)) {
      const place = `suite ${suite.id}: objectives.${name}.settings.${setting}`;
      if (!Object.hasOwn(defaults, setting)) {
        const known = Object.keys(defaults).join(", ") || "none";
        throw new SuiteError(`${place}: unknown setting; known settings: ${known}`);
      }
      const expected = outOfRange(setting, value);
      if (expected !== null) throw new SuiteError(`${place}: expected ${expected}, found ${value}`);
    }
  }
  for (const [name, { decoding, base }] of Object.entries(suite.tasks)) {
    const { promptLength, responseLength, vocabulary, flawDescription } = find(known.tasks, "task", name);
    const { vocab, maxSequence } = suite.model;
    const fail = (place: string, expected: string, found: number) => {
      throw new SuiteError(`suite ${suite.id}: ${place}: expected ${expected}, found ${found}`);
    };
    if (promptLength + responseLength > maxSequence) {
      fail("model.maxSequence", `at least ${promptLength + responseLength} for ${name}`, maxSequence);
    }
    if (vocab !== vocabulary.size) {
      fail("model.vocab", `${vocabulary.size}, the vocabulary of ${name}`, vocab);
    }
    base.forEach(({ flaw }, phase) => {
      if (flaw === 0 || flawDescription !== null) return;
      fail(`tasks.${name}.base.${phase}.flaw`, "0, as its demonstrations make no systematic mistake", flaw);
    });
    const { steps, blockLength } = decoding;
    if (responseLength % blockLength !== 0) {
      fail(
        `tasks.${name}.decoding.blockLength`,
        `a divisor of ${responseLength} response tokens`,
        blockLength,
      );
    }
    const blocks = responseLength / blockLength;
    if (steps % blocks !== 0 || steps > responseLength) {
      fail(
        `tasks.${name}.decoding.steps`,
        `a multiple of ${blocks} blocks, at most ${responseLength}`,
        steps,
      );
    }
  }
}

function find<T extends { id: string }>(known: readonly T[], kind: string, name: string): T {
  const found = known.find((item) => item.id === name);
  if (found) return found;
  throw new SuiteError(
    `unknown ${kind} "${name}"; known ${kind}s: ${known.map((item) => item.id).join(", ")}`,
  );
}
