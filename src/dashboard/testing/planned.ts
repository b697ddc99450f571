/**
 * The results folder that is planned, made up: every objective of the code and ten more, on the tasks of the suite
 * mini, with eight seeds, and as much again in a second suite. Records, samples and step logs are written by the code
 * that writes real ones, with as many tests, puzzles, rollouts and digits; what they say is drawn. Used by tests of size.
 */

import { gzipSync } from "node:zlib";
import { exp, log } from "../../../kernels/math/elementary.ts";
import { type RandomSequence, randomSequence } from "../../../kernels/philox/random.ts";
import { taskById } from "../../../tasks/registry.ts";
import type { Example, Task } from "../../../tasks/task.ts";
import { canonicalJson } from "../../files/canonical_json.ts";
import { sha256 } from "../../files/identity.ts";
import type { Objective } from "../../objectives/objective.ts";
import { OBJECTIVES } from "../../objectives/registry.ts";
import { type GradedResponse, heldOutExamples, type Score } from "../../train/grade_model.ts";
import type { StepLog } from "../../train/policy.ts";
import { cellOf } from "../../bench/cell_spec.ts";
import type { FinishedCell } from "../../bench/executor.ts";
import { type BenchRecord, type Cell, SCHEMA, validateRecord } from "../../records/record.ts";
import { recordedScore } from "../../records/score.ts";
import { recordPath } from "../../records/folder.ts";
import { GENERATED } from "../../suite/names.ts";
import { KEPT, sampleLines, stepLines } from "../../bench/samples.ts";
import { loadSuite, type Suite } from "../../suite/suite.ts";
import { decodingFor, policySettings, taskForwardFlops } from "../../suite/settings.ts";
import type { TestSet } from "../../bench/test_sets.ts";

/** What is planned: objectives that do not exist yet have the recipe of one that does. */
export interface Plan {
  readonly suites: readonly Suite[];
  readonly tasks: readonly Task[];
  readonly objectives: readonly { readonly id: string; readonly like: Objective }[];
  readonly seeds: readonly number[];
}

const ADAPTER = "WASM SIMD, portable";
/** Objectives that are to come. */
const NEW_OBJECTIVES = 10;

/** 2 suites x 6 tasks x 34 objectives x 8 seeds. The second suite grades twice as many puzzles, as standard does. */
export async function plannedCells(): Promise<Plan> {
  const mini = await loadSuite("mini"), { evaluation } = await loadSuite("standard");
  const standard = {
    ...mini,
    id: "standard",
    evaluation: { ...mini.evaluation, final: evaluation.final },
  };
  return {
    suites: [mini, standard],
    tasks: Object.keys(mini.tasks).map(taskById),
    objectives: [
      ...OBJECTIVES.map((like) => ({ id: like.id, like })),
      ...OBJECTIVES.slice(0, NEW_OBJECTIVES).map((like, i) => ({ id: `planned-method-${i + 1}`, like })),
    ],
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
  };
}

/** Random numbers that a name determines. */
function sequenceOf(name: string): RandomSequence {
  return randomSequence({ seed: Number.parseInt(sha256(name).slice(0, 8), 16), stream: 77 });
}

/** Writes every cell of a plan into a results folder, its leaderboard aside. @returns the records */
export async function writePlanned(folder: string, plan: Plan): Promise<BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (const suite of plan.suites) {
    for (const task of plan.tasks) {
      const sets = testSets(suite, task);
      for (const { id, like } of plan.objectives) {
        const [first] = plan.seeds;
        const asked = await cellOf(
          { suite, task, objective: like, seed: first! },
          { description: { backend: "cpu", adapter: ADAPTER, features: [] } },
          "two-pass",
          sets,
        );
        const { steps } = policySettings(suite, task, like, "two-pass");
        for (const seed of plan.seeds) {
          const cell = {
            ...asked,
            objective: id,
            seed,
            baseSeed: seed,
            base: sha256(`base ${suite.id} ${task.id} ${seed}`),
            source: { ...asked.source, objective: sha256(`source ${id}`) },
          };
          const finished = finishedCell({
            suite,
            task,
            sets,
            cell,
            rollouts: steps,
            anchored: like.anchor !== "none",
          });
          await writeCell(folder, finished, seed === first);
          records.push(finished.record);
        }
      }
    }
  }
  return records;
}

/** What `writeFinishedCell` writes, without waiting for the disk. */
async function writeCell(folder: string, { record, samples, steps }: FinishedCell, texts: boolean) {
  const path = `${folder}/${recordPath(record.cell).replace(/\.json$/, "")}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(`${path}.json`, canonicalJson(validateRecord(record)));
  if (!texts) return;
  for (const [name, text] of [["samples", samples], ["steps", steps]] as const) {
    await Deno.writeFile(`${path}.${name}.jsonl.gz`, gzipSync(text, { level: 9 }));
  }
}

/** The test sets of a task without their data: prompts of the real ones are generated. */
function testSets(suite: Suite, task: Task): TestSet[] {
  const { seed, final: { prompts } } = suite.evaluation, { responseLength } = task;
  return [
    { id: GENERATED, examples: heldOutExamples(task, seed, prompts), responseLength },
    ...task.testSets.map((set) => ({
      id: set.id,
      examples: heldOutExamples(task, seed, set.file.rows),
      responseLength: set.responseLength ?? responseLength,
      file: { name: set.file.name, sha256: set.file.sha256 },
    })),
  ];
}

/** What the record of a cell is made of. */
interface Asked {
  readonly suite: Suite;
  readonly task: Task;
  readonly sets: readonly TestSet[];
  readonly cell: Cell;
  readonly rollouts: number;
  /** Whether the objective has a policy to measure KL and ratios against. */
  readonly anchored: boolean;
}

function finishedCell(asked: Asked): FinishedCell {
  const { suite, task, sets, cell, rollouts } = asked;
  const name = `${suite.id} ${task.id} ${cell.objective} ${cell.seed}`, random = sequenceOf(name);
  const base = sequenceOf(`base ${suite.id} ${task.id} ${cell.seed}`);
  const skill = 0.3 + 0.5 * sequenceOf(`skill ${task.id} ${cell.objective}`).uniform();
  const graded = sets.flatMap((set) =>
    suite.evaluation.final.decodings.map((decoding) => ({
      set,
      decoding,
      steps: decodingFor(suite, task, set.responseLength, decoding).steps,
    }))
  );
  const log = stepLog(asked, random), { prompts, group } = suite.rl;
  const { forwards, rolloutForwards, rewardCalls } = log.at(-1)!;
  const samples = sampleLines(
    graded.map(({ set, decoding, steps }) => ({
      set: set.id,
      decoding,
      graded: set.examples.slice(0, KEPT).map((example, i) =>
        responseTo(task, set, { example, index: i, steps }, random)
      ),
    })),
    task.vocabulary,
  );
  const steps = stepLines(log);
  const record: BenchRecord = {
    schema: SCHEMA,
    cell,
    outcome: {
      status: "complete",
      model: sha256(`model ${name}`),
      budget: {
        steps: rollouts,
        updates: rollouts * log[0]!.value.length,
        responses: rollouts * prompts * group,
        tokens: rollouts * prompts * group * task.responseLength,
        forwards,
        rolloutForwards,
        flops: forwards * taskForwardFlops(suite, task),
        rewardCalls,
      },
      tests: graded.map(({ set, decoding, steps }) => ({
        set: set.id,
        decoding,
        before: recordedScore(scoreOf(task, set, { steps, ability: 0.2 }, base)),
        after: recordedScore(scoreOf(task, set, { steps, ability: skill }, random)),
      })),
      validation: [],
      curve: curveOf(suite, log, skill, random),
      diagnostics: {
        reward: log.map(({ reward }) => reward),
        entropy: log.map(({ entropy }) => entropy),
        deadGroups: log.map(({ deadGroups }) => deadGroups),
        gradNorm: log.map(({ gradNorm }) => Math.max(...gradNorm as number[])),
        kl: log.map(({ kl }) => asked.anchored ? mean(kl as number[]) : null),
        maskShare: log.map(({ maskShare }) => mean(maskShare)),
        skippedUpdates: 0,
      },
      events: [],
      texts: { samples: sha256(samples), steps: sha256(steps) },
    },
    cost: { peakDeviceBytes: 20_000_000 + random.below(10_000_000) },
    run: {
      seconds: {
        base: 60 * random.uniform(),
        rollout: 10 * random.uniform(),
        update: 10 * random.uniform(),
        evaluation: 10 * random.uniform(),
        total: 30 * random.uniform(),
      },
      startedAt: "2026-01-02T03:04:05.678Z",
      cpu: "a processor, 2 threads",
      adapter: ADAPTER,
      driver: "none",
      deno: "2.9.6",
      commit: sha256("commit").slice(0, 40),
      dirty: false,
      workers: 2,
    },
  };
  return { record, samples, steps };
}

/** A score of which an `ability` is correct. */
function scoreOf(
  task: Task,
  { examples, responseLength }: TestSet,
  { steps, ability }: { readonly steps: number; readonly ability: number },
  random: RandomSequence,
): Score {
  const items = examples.map(() => {
    const strict = random.uniform() < ability;
    return { strict, d1: strict || random.uniform() < 0.1 };
  });
  const [problem] = task.id.split("/"), n = examples.length;
  const measure = problem === "sudoku"
    ? "cells"
    : problem === "humaneval" || problem === "mbpp"
    ? "tests"
    : null;
  const tags: Record<string, { n: number; strict: number; d1: number }> = {};
  for (const [i, { strict, d1 }] of items.entries()) {
    for (const name of examples[i]!.tags) {
      const tag = tags[name] ??= { n: 0, strict: 0, d1: 0 };
      tag.n++;
      tag.strict += Number(strict);
      tag.d1 += Number(d1);
    }
  }
  return {
    items,
    measures: measure ? { [measure]: { count: 5 * n + random.below(3 * n), total: 8 * n } } : {},
    tags,
    tokens: n * responseLength,
    forwards: n * steps,
  };
}

/** A worked response of which some tokens are others, with the numbers of its denoising. */
function responseTo(
  task: Task,
  { responseLength }: TestSet,
  { example, index, steps }: {
    readonly example: Example;
    readonly index: number;
    readonly steps: number;
  },
  random: RandomSequence,
): GradedResponse {
  const { vocabulary } = task;
  const tokens = vocabulary.encodePadded(task.demonstrate(example, 0, 1, index), responseLength);
  for (let i = 0; i < tokens.length; i++) {
    if (random.uniform() < 0.05) tokens[i] = 2 + random.below(10);
  }
  const revealStep = random.shuffle(
    Uint32Array.from(tokens, (_, i) => Math.floor(i * steps / tokens.length)),
  );
  // Of the tokens of a trained model most are as certain as can be, and few are not.
  const entropy = Float32Array.from(
    tokens,
    () => random.uniform() < 0.75 ? 5e-4 + 5e-5 * random.uniform() : exp(-6 * random.uniform()),
  );
  const logp = entropy.map((nats) => log(1 - nats * (0.1 + nats * random.uniform() / 4)));
  const response = vocabulary.decode(tokens), correct = random.uniform() < 0.6;
  const reason = correct ? "solved" : `value ${random.below(100)}, target ${random.below(100)}`;
  const verdict = { correct, answer: response, reason, measures: {} };
  return {
    example,
    trajectory: { prompt: vocabulary.encode(example.prompt), tokens, revealStep, logp, entropy },
    response,
    grades: { strict: verdict, d1: { ...verdict, reason: correct ? "equal strings" : "different strings" } },
  };
}

/** Numbers of 16 or 17 digits, as sums of many f32 have, or as an f32 has that is written as a double. */
function stepLog({ suite, cell, rollouts, anchored }: Asked, random: RandomSequence) {
  const { updates, learningRate } = cell;
  const perUpdate = <Value>(value: (update: number) => Value) =>
    Array.from({ length: updates.inner * updates.miniBatches }, (_, i) => value(i));
  const { prompts, group } = suite.rl, responses = prompts * group;
  const forwards = 3 * responses + random.below(9) * responses, clips = random.uniform() < 0.5;
  return Array.from({ length: rollouts }, (_, i): StepLog => ({
    step: i + 1,
    reward: 0.2 + 0.7 * random.uniform() ** 2 / 3,
    correct: random.below(responses + 1) / responses,
    deadGroups: random.below(prompts + 1) / prompts,
    entropy: exp(-3 * random.uniform()) / 3,
    value: perUpdate((i) => Math.min(i, 1) * (random.uniform() - 0.5) / 300),
    gradNorm: perUpdate(() => Math.fround(3 * random.uniform())),
    nonFinite: perUpdate(() => 0),
    maskShare: perUpdate((i) => clips ? Math.min(i, 1) * random.uniform() / 30 : 0),
    // The first update of a rollout starts from the anchor itself.
    kl: perUpdate((i) => anchored ? Math.min(i, 1) * random.uniform() ** 3 / 300 : null),
    maxRatio: perUpdate((i) => anchored ? 1 + Math.min(i, 1) * random.uniform() / 3 : null),
    learningRate,
    forwards: forwards * (i + 1),
    rolloutForwards: responses * (i + 1),
    rewardCalls: responses * (i + 1),
  }));
}

function curveOf(
  { evaluation }: Suite,
  log: readonly StepLog[],
  skill: number,
  random: RandomSequence,
): BenchRecord["outcome"]["curve"] {
  const { everyUpdates, prompts, decodings } = evaluation.during, each = log[0]!.value.length;
  const due = log.filter(({ step }) =>
    Math.floor(step * each / everyUpdates) > Math.floor((step - 1) * each / everyUpdates) ||
    step === log.length
  );
  return [{ step: 0, forwards: 0 }, ...due].flatMap(({ step, forwards }) =>
    decodings.map((decoding) => ({
      puzzles: "test" as const,
      step,
      updates: step * each,
      forwards,
      decoding,
      n: prompts,
      correct: Math.floor(prompts * (skill * step / log.length + 0.2 * random.uniform())),
    }))
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
