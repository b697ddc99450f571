/**
 * `deno task eval`: grades a model. Where it has a tokenizer, on the real test sets (`eval_real.ts`); else on the test
 * sets of a generated task, by the code of `deno task bench`.
 */

import { dirname } from "node:path";
import type { Backend } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import { evaluateAll, samplerLimits, type TestScore } from "../bench/model_scores.ts";
import { correctInterval, recordedScore } from "../records/score.ts";
import { wilsonInterval } from "../statistics/intervals.ts";
import { GENERATED } from "../suite/names.ts";
import { perMode } from "../../tasks/verdict.ts";
import type { Suite } from "../suite/suite.ts";
import { loadTestSets, type TestSet } from "../bench/test_sets.ts";
import { createSampler, freeSampler } from "../diffusion/sampler.ts";
import { replaceFile } from "../files/durable.ts";
import { loadModelFolder, type ModelFiles } from "../model/checkpoint_files.ts";
import { allocateParameters, freeParameters, layoutParameters, loadParameters } from "../model/parameters.ts";
import { createTransformer, freeTransformer } from "../model/transformer.ts";
import { hasTokenizer } from "../model/tokenizers/files.ts";
import { openBackend } from "./backend.ts";
import { UsageError } from "./errors.ts";
import { evaluateReal } from "./eval_real.ts";
import { unknownName } from "./names.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";
import { selectSuite } from "./suite.ts";
import { counted } from "./words.ts";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("eval", args);
  const folder = await modelFolder(options.checkpoint);
  if (await hasTokenizer(folder)) return await evaluateReal(folder, options);
  const { suite, tasks } = await selectSuite(options.suite, { task: options.task });
  if (tasks.length > 1) {
    throw new UsageError(`--task: expected one generated task, found ${options.task.join(", ")}`);
  }
  const task = tasks[0]!;
  checkSplit(task, options.split);
  if (options.out !== null) await checkVerdictPath(options.out);
  const files = await loadModelFolder(folder);
  checkVocabulary(files, task);
  const progress = openProgress({ label: `eval ${task.id}`, unit: "responses", json: options.json });
  let summary: string | undefined;
  try {
    const sets = await chooseSets(suite, task, options.split, progress.line);
    using backend = (await openBackend(options)).backend;
    const total = sets.reduce((sum, { examples }) => sum + examples.length, 0) *
      suite.evaluation.final.decodings.length;
    let graded = 0;
    const scores = await grade(backend, files, { suite, task, sets }, (responses) => {
      progress.update(graded += responses, total);
    });
    if (options.out) await replaceFile(options.out, verdictLines(scores));
    summary = `${counted(graded, "response")} graded` + (options.out ? `, verdicts in ${options.out}` : "");
    if (options.json) console.log(JSON.stringify({ event: "scores", scores: scores.map(summaryOf) }));
    else for (const score of scores) console.log(scoreLine(score));
  } finally {
    progress.done(summary);
  }
  return 0;
}

/** Where the model is that `train` left in a folder; or the folder itself. */
async function modelFolder(folder: string): Promise<string> {
  for (const candidate of [`${folder}/model`, folder]) {
    if (await exists(`${candidate}/config.json`)) return candidate;
  }
  throw new Error(
    `${folder} holds no model; expected a folder in which \`train\` ended, or one with config.json and ` +
      "model.safetensors",
  );
}

/** Verdicts are written last: a path that cannot be had is refused first. */
async function checkVerdictPath(path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (await exists(path) && (await Deno.stat(path)).isDirectory) {
    throw new UsageError(`--out ${path}: expected a file for the verdicts, found a folder`);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

function checkVocabulary({ config }: ModelFiles, { id, vocabulary }: Task): void {
  const { size, maskId, eosId } = vocabulary;
  if (config.vocab === size && config.maskId === maskId && config.eosId === eosId) return;
  throw new UsageError(
    `the model has ${config.vocab} tokens with mask ${config.maskId} and end ${config.eosId}; ${id} needs ` +
      `${size} with mask ${maskId} and end ${eosId}`,
  );
}

/** @throws UsageError listing the known splits */
function checkSplit({ testSets }: Task, split: string): void {
  const known = ["test", GENERATED, ...testSets.map(({ id }) => id)];
  if (!known.includes(split)) throw unknownName("split", split, known);
}

/** "test" stands for all sets that no training example comes from; or one of them by its id. */
async function chooseSets(
  suite: Suite,
  task: Task,
  split: string,
  warn: (message: string) => void,
): Promise<readonly TestSet[]> {
  const sets = (await loadTestSets(suite, [task], warn)).get(task.id)!;
  if (split === "test") return sets;
  const found = sets.filter(({ id }) => id === split);
  if (found.length > 0) return found;
  const { realPrompts } = suite.evaluation.final;
  throw new Error(
    realPrompts === 0
      ? `suite ${suite.id} grades no rows of real test sets (evaluation.final.realPrompts is 0), so none of ${split}`
      : `${split} cannot be had on this machine; the lines above say how to provide it`,
  );
}

async function grade(
  backend: Backend,
  { config, tensors }: ModelFiles,
  { suite, task, sets }: {
    readonly suite: Suite;
    readonly task: Task;
    readonly sets: readonly TestSet[];
  },
  done: (responses: number) => void,
): Promise<TestScore[]> {
  const parameters = allocateParameters(
    backend,
    layoutParameters(config, backend.traits.maxBufferElements),
    "model",
  );
  loadParameters(backend, parameters, tensors);
  const model = createTransformer(backend, config);
  const sampler = createSampler(model, samplerLimits(suite, task, sets));
  try {
    const { decodings } = suite.evaluation.final;
    return await evaluateAll(sampler, parameters.views, { suite, task, sets, decodings }, done);
  } finally {
    freeSampler(sampler);
    freeTransformer(model);
    freeParameters(backend, parameters);
  }
}

function summaryOf({ set, decoding, score }: TestScore) {
  const recorded = recordedScore(score);
  const graded = perMode(recorded, (own) => ({ ...own, interval: wilsonInterval(own.correct, recorded.n) }));
  return { set, decoding, ...recorded, ...graded };
}

function scoreLine({ set, decoding, score }: TestScore): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  const recorded = recordedScore(score), { n, strict, d1, measures, tags } = recorded;
  const [low, high] = correctInterval(recorded, "strict");
  const parts = Object.entries(measures).map(([name, { count, total }]) =>
    `, ${name} ${percent(count / total)} % (${count}/${total})`
  );
  const subsets = Object.entries(tags).map(([tag, { n, strict }]) => `, ${tag}: ${strict}/${n}`);
  return `${set}, ${decoding}: ${percent(strict.correct / n)} % [${percent(low)}, ${percent(high)}] ` +
    `(${strict.correct}/${n}${d1 ? `; d1: ${d1.correct}/${n}` : ""})${parts.join("")}${subsets.join("")}`;
}

/** One JSON line per response. */
function verdictLines(scores: readonly TestScore[]): string {
  return scores.flatMap(({ set, decoding, graded }) =>
    graded.map(({ example, response, grades }) =>
      JSON.stringify({ set, decoding, id: example.id, prompt: example.prompt, response, ...grades }) + "\n"
    )
  ).join("");
}
