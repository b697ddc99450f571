/** `deno task eval` with a model of text: the real test sets, at several lengths of the response. */

import { openDataFile } from "../../tasks/data/open.ts";
import { realTaskById, realTasks } from "../../tasks/registry.ts";
import { type RealTask, splitOf } from "../../tasks/real_task.ts";
import { evaluateRealTasks, type EvaluationPlan } from "../evaluation/real_tasks.ts";
import { type DecodingSizes, modelResponder } from "../evaluation/responder.ts";
import { workerResponder } from "../evaluation/worker_responder.ts";
import { type Evaluated, evaluationTable } from "../evaluation/table.ts";
import { identityOf } from "../files/identity.ts";
import { loadModelFolder, modelIdentity } from "../model/checkpoint_files.ts";
import { loadTokenizer } from "../model/tokenizers/files.ts";
import { checkGpuWorkers, openBackend, workersOf } from "./backend.ts";
import { UsageError } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { resolveNames } from "./names.ts";
import type { Options } from "./options.ts";
import { openProgress } from "./progress.ts";

/**
 * Evaluates a model folder that has a tokenizer. Returns the exit status: 1 when something could not be graded.
 * @throws UsageError for options that fit no task or no decoding
 */
export async function evaluateReal(folder: string, options: Options<"eval">): Promise<number> {
  const tasks = resolveNames("task", options.task, realTasks.map(({ id }) => id)).map(realTaskById);
  for (const task of tasks) checkSplit(task, options.split);
  const decodings = options.lengths.map((length) => decodingOf(length, options));
  const { config, tensors } = await loadModelFolder(folder);
  const tokenizer = await loadTokenizer(folder, config);
  const opened = await openBackend(options);
  using backend = opened.backend;
  const { adapter, backend: device } = backend.description;
  const width = responderWidth(options.workers, device);
  await using responder = width === 1
    ? modelResponder(backend, { config, tensors })
    : workerResponder(folder, width, options["fast-math"] ? "fast" : "portable");
  const loaded = { config, tokenizer, responder };
  const made = { model: modelIdentity(tensors), config, tokenizer: tokenizer.toJson(), device, adapter };
  const progress = openProgress({ label: "eval", unit: "responses", json: options.json });
  if (!options.json) console.error(`backend ${opened.reason}`);
  let summary: string | undefined;
  try {
    const results = await interruptible(async (signal) => {
      const plans = await plansOf(tasks, decodings, { made, folder }, options);
      const total = plans.reduce((sum, { rows }) => sum + rows.length, 0);
      let answered = 0;
      const results: Evaluated[] = [];
      for (const plan of plans) {
        const note = `${plan.task.id}, ${plan.decoding.length} tokens`;
        const result = await evaluateRealTasks(loaded, plan, {
          done: (responses) => {
            progress.update(answered += responses, total, note);
            signal.throwIfAborted();
          },
          problem: progress.line,
        }, signal);
        results.push(result);
      }
      return results;
    });
    const out = options.out ?? `${folder}/evaluation`;
    summary = `generations and verdicts are in ${out}`;
    if (options.json) console.log(JSON.stringify({ event: "scores", protocol: options.protocol, results }));
    else console.log(evaluationTable(results));
    return results.some(({ summary }) => summary.failed.length > 0) ? 1 : 0;
  } finally {
    progress.done(summary);
  }
}

/** A GPU answers one batch at a time. */
function responderWidth(workers: number | null, device: string): number {
  if (device === "cpu") return workersOf(workers);
  checkGpuWorkers(workers);
  return 1;
}

function checkSplit(task: RealTask, split: string): void {
  try {
    splitOf(task, split);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Blocks divide a response evenly, and steps the blocks. */
function decodingOf(length: number, options: Options<"eval">): DecodingSizes {
  const { block, "steps-per-token": share } = options;
  if (length % block !== 0) {
    throw new UsageError(`--lengths: expected multiples of --block ${block}, found ${length}`);
  }
  const steps = length * share, blocks = length / block;
  if (steps % blocks !== 0) {
    throw new UsageError(
      `--steps-per-token ${share} gives ${steps} steps for ${length} tokens in ${blocks} blocks; expected a whole ` +
        `number of steps for a block of ${block}, such as ${1 / block} or ${Math.ceil(block / 2) / block}`,
    );
  }
  return { length, steps, block };
}

/** Every task at every length; shorter lengths first. */
async function plansOf(
  tasks: readonly RealTask[],
  decodings: readonly DecodingSizes[],
  { made, folder }: { readonly made: Record<string, unknown>; readonly folder: string },
  { split, protocol, limit, out }: Options<"eval">,
): Promise<EvaluationPlan[]> {
  const plans: EvaluationPlan[] = [];
  for (const task of tasks) {
    const { file } = splitOf(task, split);
    const bytes = await openDataFile(file);
    const rows = task.load(split, bytes);
    for (const decoding of decodings) {
      const identity = { ...made, task: task.id, split, file: file.sha256, protocol, decoding };
      plans.push({
        task,
        split,
        protocol,
        decoding,
        rows: rows.slice(0, limit ?? rows.length),
        bytes,
        folder: out ?? `${folder}/evaluation`,
        madeBy: identityOf(identity).slice(0, 16),
      });
    }
  }
  return plans;
}
