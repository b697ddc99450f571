/** Scores of one set of parameters on test sets, as suites ask for them. */

import type { Task } from "../../tasks/task.ts";
import type { Sampler } from "../diffusion/sampler.ts";
import type { WeightViews } from "../model/parameters.ts";
import { type GradedResponse, gradeModel, type Score } from "../train/grade_model.ts";
import type { Decoding } from "../suite/names.ts";
import type { Suite } from "../suite/suite.ts";
import { decodingFor } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";

export interface TestScore {
  readonly set: string;
  readonly decoding: Decoding;
  readonly score: Score;
  readonly graded: readonly GradedResponse[];
}

/** Grades every test set with every decoding, in order. `done` is called with the sequences decoded. */
export async function evaluateAll(
  sampler: Sampler,
  weights: WeightViews,
  { suite, task, sets, decodings }: {
    readonly suite: Suite;
    readonly task: Task;
    readonly sets: readonly TestSet[];
    readonly decodings: readonly Decoding[];
  },
  done: (responses: number) => void = () => {},
): Promise<TestScore[]> {
  const results: TestScore[] = [];
  for (const { id, examples, responseLength } of sets) {
    const settings = decodings.map((decoding) => decodingFor(suite, task, responseLength, decoding));
    if (settings.length === 0) continue;
    const scores = await gradeModel({
      sampler,
      weights,
      task,
      examples,
      responseLength,
      // They differ in their temperature alone.
      decoding: settings[0]!,
      temperatures: settings.map(({ temperature }) => temperature),
      seed: suite.evaluation.seed,
    });
    scores.forEach((score, i) => results.push({ set: id, decoding: decodings[i]!, ...score }));
    done(examples.length * decodings.length);
  }
  return results;
}

/** Limits of a sampler that every test set of a task, and its rollouts, fit into. */
export function samplerLimits(
  suite: Suite,
  task: Task,
  sets: readonly TestSet[],
): { batch: number; sequence: number; length: number } {
  const length = Math.max(task.responseLength, ...sets.map(({ responseLength }) => responseLength));
  const sequence = Math.max(
    task.promptLength + task.responseLength,
    ...sets.flatMap(({ examples, responseLength }) =>
      examples.map(({ prompt }) => task.vocabulary.encode(prompt).length + responseLength)
    ),
  );
  return { batch: suite.rl.prompts * suite.rl.group, sequence, length };
}
