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
    for (const decoding of decodings) {
      const { score, graded } = await gradeModel({
        sampler,
        weights,
        task,
        examples,
        responseLength,
        decoding: decodingFor(suite, task, responseLength, decoding),
        seed: suite.evaluation.seed,
      });
      results.push({ set: id, decoding, score, graded });
      done(examples.length);
    }
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
