/** Grades a model on examples: decode every response, grade it, count. */

import { Stream } from "../../kernels/philox/random.ts";
import { type Count, type Grades, type PerMode, perMode } from "../../tasks/verdict.ts";
import type { Example, Task } from "../../tasks/task.ts";
import { sample, type Sampler } from "../diffusion/sampler.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type { WeightViews } from "../model/parameters.ts";

export interface DecodingSettings {
  readonly steps: number;
  readonly blockLength: number;
  /** 0 decodes greedily. */
  readonly temperature: number;
}

/** Whether one response is correct. */
export type ItemScore = PerMode<boolean>;

/** Verdicts in the order of the examples, and what is pooled over them. */
export interface Score {
  readonly items: readonly ItemScore[];
  /** Of the strict verdicts. */
  readonly measures: Readonly<Record<string, Count>>;
  /** Correct responses among the examples that carry a tag. */
  readonly tags: Readonly<Record<string, PerMode<number> & { readonly n: number }>>;
  /** Response tokens decoded, and forward passes of single responses that it took. */
  readonly tokens: number;
  readonly forwards: number;
}

export interface GradedResponse {
  readonly example: Example;
  readonly trajectory: Trajectory;
  readonly response: string;
  readonly grades: Grades;
}

/** Generated examples that no training split holds: the same for every model. */
export function heldOutExamples(task: Task, seed: number, count: number): Example[] {
  return Array.from({ length: count }, (_, index) => task.generate("test", seed, index));
}

/** Which model answers what, and how. */
export interface GradingJob {
  readonly sampler: Sampler;
  readonly weights: WeightViews;
  readonly task: Task;
  readonly examples: readonly Example[];
  /** Tokens of a response. */
  readonly responseLength: number;
  readonly decoding: Omit<DecodingSettings, "temperature">;
  readonly temperatures: readonly number[];
  readonly seed: number;
}

/** Responses at one temperature, and their score. */
export interface GradedModel {
  readonly score: Score;
  readonly graded: readonly GradedResponse[];
}

/**
 * One response per example and temperature, graded, in the order of the temperatures. Random numbers depend on the
 * example's index alone, so a model scores the same whatever else is evaluated. Those of an example are decoded side
 * by side, and share the forward passes of the states that they share.
 */
export async function gradeModel(job: GradingJob): Promise<GradedModel[]> {
  const { sampler, weights, task, examples, responseLength, decoding, temperatures, seed } = job;
  const rows = examples.flatMap(({ prompt }, index) => {
    const ids = task.vocabulary.encode(prompt);
    return temperatures.map((temperature) => ({ ids, index, temperature }));
  });
  const trajectories = await sample(
    sampler,
    weights,
    {
      prompts: rows.map(({ ids }) => ids),
      rowKeys: rows.map(({ index }) => index),
      length: responseLength,
      random: { seed, stream: Stream.evaluationTokens },
    },
    { ...decoding, temperature: rows.map(({ temperature }) => temperature), remasking: "low-confidence" },
  );
  const results: GradedModel[] = [];
  for (let t = 0; t < temperatures.length; t++) {
    const own = trajectories.filter((_, row) => row % temperatures.length === t);
    results.push(await gradeResponses(job, own));
  }
  return results;
}

async function gradeResponses(
  { task, examples, decoding }: GradingJob,
  trajectories: readonly Trajectory[],
): Promise<GradedModel> {
  const responses = trajectories.map(({ tokens }) => task.vocabulary.decode(tokens));
  const grades = await task.grades(examples.map((example, i) => ({ example, text: responses[i]! })));
  const graded = examples.map((example, i) => ({
    example,
    trajectory: trajectories[i]!,
    response: responses[i]!,
    grades: grades[i]!,
  }));
  return { score: scoreOf(graded, decoding), graded };
}

/**
 * Sums verdicts, and what decoding cost.
 * @throws TypeError where only some of the responses have a grade of d1
 */
export function scoreOf(
  graded: readonly GradedResponse[],
  { steps }: Pick<DecodingSettings, "steps">,
): Score {
  const measures: Record<string, { count: number; total: number }> = {};
  const tags: Record<string, { n: number; strict: number; d1?: number }> = {};
  if (new Set(graded.map(({ grades: { d1 } }) => d1 === undefined)).size > 1) {
    throw new TypeError("expected a grade of d1 for every response of a task or for none, found both");
  }
  const items = graded.map(({ example, grades }) => {
    for (const [name, { count, total }] of Object.entries(grades.strict.measures)) {
      const sum = measures[name] ??= { count: 0, total: 0 };
      sum.count += count;
      sum.total += total;
    }
    for (const tag of example.tags) {
      const sum = tags[tag] ??= { n: 0, strict: 0, ...(grades.d1 && { d1: 0 }) };
      sum.n++;
      if (grades.strict.correct) sum.strict++;
      if (grades.d1?.correct) sum.d1!++;
    }
    return perMode(grades, ({ correct }) => correct);
  });
  const tokens = graded.reduce((sum, { trajectory }) => sum + trajectory.tokens.length, 0);
  return { items, measures, tags, tokens, forwards: graded.length * steps };
}

/** Responses that the strict grader calls correct. */
export function strictlyCorrect({ items }: Score): number {
  return items.filter(({ strict }) => strict).length;
}
