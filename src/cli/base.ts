/** `deno task base`: a small model of bytes, trained on the training texts of real tasks. */

import { DataUnavailableError } from "../../tasks/data/open.ts";
import { realTaskById, realTasks } from "../../tasks/registry.ts";
import { type Demonstration, demonstrations, hasTraining } from "../../tasks/demonstrations.ts";
import { replaceFile } from "../files/durable.ts";
import { identityOf } from "../files/identity.ts";
import { lockFolder } from "../files/lock.ts";
import { saveModelFolder } from "../model/checkpoint_files.ts";
import { byteTokenizer } from "../model/tokenizers/byte.ts";
import { saveTokenizer } from "../model/tokenizers/files.ts";
import {
  HEAD_DIM,
  PROTOCOL,
  textModelPlan,
  type TextModelSettings,
  trainTextModel,
} from "../train/text_model.ts";
import { openBackend } from "./backend.ts";
import { UsageError } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { resolveNames } from "./names.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("base", args);
  const { out, seed, steps, dim, layers } = options;
  if (dim % HEAD_DIM !== 0) {
    throw new UsageError(`--dim: expected a multiple of ${HEAD_DIM}, found ${dim}`);
  }
  const known = realTasks.filter(hasTraining).map(({ id }) => id);
  const { names, texts } = await loadTexts(
    resolveNames("task", options.task, known),
    options.task.length > 0,
  );
  const settings: TextModelSettings = { tasks: names, seed, steps, dim, layers };
  const plan = textModelPlan(settings);
  using _lock = await interruptible((signal) => lockFolder(out, { onWait: console.error, signal }));
  if (await isDone(out, plan)) {
    console.error(`${out} holds this model already`);
    return 0;
  }
  const opened = await openBackend(options);
  using backend = opened.backend;
  const progress = openProgress({ label: "base", unit: "steps", json: options.json });
  if (!options.json) console.error(`backend ${opened.reason}`);
  // Other settings, or another device, begin anew.
  const training = `${out}/training-${
    identityOf({ plan, device: backend.description.backend }).slice(0, 12)
  }`;
  let summary: string | undefined;
  try {
    const tensors = await interruptible((signal) =>
      trainTextModel(
        backend,
        { texts, settings },
        {
          shares: (shares) => {
            for (const { task, used, total } of shares) {
              progress.line(`${task}: ${used} of ${total} texts have at most ${plan.sequence} tokens`);
            }
          },
          report: ({ step, steps, loss }) => progress.update(step, steps, `loss ${loss.toFixed(3)}`),
        },
        { folder: training, warn: progress.line, signal },
      )
    );
    await saveModelFolder(out, plan.config, tensors);
    await saveTokenizer(out, byteTokenizer);
    // Last: where it stands, the model is whole.
    await replaceFile(doneFile(out), JSON.stringify(plan, null, 2) + "\n");
    await Deno.remove(training, { recursive: true }).catch((error) => {
      // A short training leaves no checkpoint.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    summary = `the model is in ${out}`;
    return 0;
  } finally {
    progress.done(summary);
  }
}

/** Demonstrations of tasks. Of those that nobody named, tasks whose data cannot be had are reported and left out. */
async function loadTexts(ids: readonly string[], named: boolean) {
  const names: string[] = [], texts: Demonstration[][] = [];
  for (const id of ids) {
    try {
      texts.push(await demonstrations(realTaskById(id), PROTOCOL));
      names.push(id);
    } catch (error) {
      if (named || !(error instanceof DataUnavailableError)) throw error;
      console.error(`not trained on ${id}: ${error.file.name} is not on this machine and ${error.reason}`);
    }
  }
  return { names, texts };
}

const doneFile = (out: string) => `${out}/training.json`;

/** @throws UsageError when the folder holds a model of other settings */
async function isDone(out: string, plan: ReturnType<typeof textModelPlan>): Promise<boolean> {
  let text: string;
  try {
    text = await Deno.readTextFile(doneFile(out));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  if (identityOf(JSON.parse(text)) === identityOf(plan)) return true;
  throw new UsageError(`${out} holds a model that was trained with other settings; choose another --out`);
}
