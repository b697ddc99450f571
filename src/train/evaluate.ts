/** Grades a model on examples: decode every response, grade it, count. */

import { Stream } from "../../kernels/philox/random.ts";
import type { Count, Example, Task, Verdict } from "../../tasks/task.ts";
import { sample, type Sampler } from "../diffusion/sampler.ts";
import type { WeightViews } from "../model/parameters.ts";

export interface DecodingSettings {
  readonly steps: number;
  readonly blockLength: number;
  readonly temperature: number;
}

/** Pooled verdicts. */
export interface Score {
  readonly n: number;
  readonly correct: number;
  readonly measures: Readonly<Record<string, Count>>;
  /** The same for the examples that carry a tag. */
  readonly tags: Readonly<Record<string, { readonly n: number; readonly correct: number }>>;
}

export interface GradedResponse {
  readonly example: Example;
  readonly response: string;
  readonly verdict: Verdict;
}

/**
 * One response per example, graded. Random numbers depend on the example's index alone, so a model scores the
 * same whatever else is evaluated.
 */
export async function evaluate(
  sampler: Sampler,
  weights: WeightViews,
  task: Task,
  examples: readonly Example[],
  responseLength: number,
  decoding: DecodingSettings,
  seed: number,
): Promise<{ score: Score; graded: GradedResponse[] }> {
  const trajectories = await sample(
    sampler,
    weights,
    examples.map(({ prompt }) => task.vocabulary.encode(prompt)),
    examples.map((_, index) => index),
    responseLength,
    { ...decoding, remasking: "low-confidence" },
    { seed, stream: Stream.evaluationTokens },
  );
  const graded = examples.map((example, i) => {
    const response = task.vocabulary.decode(trajectories[i]!.tokens);
    return { example, response, verdict: task.grade(example, response) };
  });
  return { score: scoreOf(graded), graded };
}

/** Sums verdicts. */
export function scoreOf(graded: readonly GradedResponse[]): Score {
  const measures: Record<string, { count: number; total: number }> = {};
  const tags: Record<string, { n: number; correct: number }> = {};
  let correct = 0;
  for (const { example, verdict } of graded) {
    if (verdict.correct) correct++;
    for (const [name, { count, total }] of Object.entries(verdict.measures)) {
      const sum = measures[name] ??= { count: 0, total: 0 };
      sum.count += count;
      sum.total += total;
    }
    for (const tag of example.tags) {
      const sum = tags[tag] ??= { n: 0, correct: 0 };
      sum.n++;
      if (verdict.correct) sum.correct++;
    }
  }
  return { n: graded.length, correct, measures, tags };
}
