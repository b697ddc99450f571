/** Scores of base models: graded once for all cells that start from them, kept beside them. */

import type { Backend } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import { createSampler, freeSampler } from "../diffusion/sampler.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { identityOf } from "../files/identity.ts";
import { allocateParameters, freeParameters, layoutParameters, loadParameters } from "../model/parameters.ts";
import { createTransformer, freeTransformer } from "../model/transformer.ts";
import type { BaseModel } from "./base_models.ts";
import { evaluateAll, samplerLimits } from "./model_scores.ts";
import type { Decoding } from "../suite/names.ts";
import type { RecordedScore } from "../records/record.ts";
import { recordedScore } from "../records/score.ts";
import { gradingSource } from "../records/source_identity.ts";
import type { Suite } from "../suite/suite.ts";
import { modelConfig } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";

/** Score of a base model on one test set, decoded one way. */
export interface BaseScore {
  readonly set: string;
  readonly decoding: Decoding;
  readonly score: RecordedScore;
}

/** A base model, and what it is graded on. */
export interface GradedBase {
  readonly suite: Suite;
  readonly task: Task;
  readonly base: BaseModel;
  readonly sets: readonly TestSet[];
}

/** The scores of a base model on test sets: from its folder in the cache, or graded and then kept there. */
export async function baseScores(
  backend: Backend,
  graded: GradedBase,
  cache: string,
): Promise<readonly BaseScore[]> {
  const { suite, task, base, sets } = graded;
  const { evaluation: { final, seed }, tasks, rl } = suite;
  const key = identityOf({
    sets: sets.map(({ id, file, examples }) => ({ id, n: examples.length, file: file ?? null })),
    decodings: final.decodings,
    decoding: tasks[task.id]!.decoding,
    temperature: rl.temperature,
    seed,
    source: await gradingSource(task.id, backend.description.backend),
  });
  const path = `${cache}/${base.identity}/scores-${key}.json`;
  const kept = await readKept(path);
  if (kept) return kept;
  const scores = await gradeBase(backend, graded);
  await replaceFile(path, canonicalJson({ checksum: identityOf(scores), scores }));
  return scores;
}

/** What was kept, or null where there is nothing or it is not as it was written. */
async function readKept(path: string): Promise<readonly BaseScore[] | null> {
  try {
    const { checksum, scores } = JSON.parse(await Deno.readTextFile(path));
    return identityOf(scores) === checksum ? scores : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function gradeBase(
  backend: Backend,
  { suite, task, base, sets }: GradedBase,
): Promise<BaseScore[]> {
  const config = modelConfig(suite, task.vocabulary);
  const layout = layoutParameters(config, backend.traits.maxBufferElements);
  const parameters = allocateParameters(backend, layout, "base model");
  loadParameters(backend, parameters, base.tensors);
  const model = createTransformer(backend, config);
  const sampler = createSampler(model, samplerLimits(suite, task, sets));
  try {
    const { decodings } = suite.evaluation.final;
    const scores = await evaluateAll(sampler, parameters.views, { suite, task, sets, decodings });
    return scores.map(({ set, decoding, score }) => ({ set, decoding, score: recordedScore(score) }));
  } finally {
    freeSampler(sampler);
    freeTransformer(model);
    freeParameters(backend, parameters);
  }
}
