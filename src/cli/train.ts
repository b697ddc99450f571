/** `deno task train`: one cell of a suite, by the code of `deno task bench`. */

import { baseForwards } from "../bench/base_models.ts";
import { cellOf } from "../bench/cell_spec.ts";
import { closeTasks, prepareBase, trainCell, writeFinishedCell } from "../bench/executor.ts";
import { cellForwards } from "../suite/settings.ts";
import { loadTestSets } from "../bench/test_sets.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { lockFolder } from "../files/lock.ts";
import { readTextIfThere } from "../files/text.ts";
import { openBackend } from "./backend.ts";
import { UsageError } from "./errors.ts";
import { interruptible } from "./interrupt.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";
import { selectSuite } from "./suite.ts";

const MODE = "two-pass";
const CACHE = ".cache/base";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const options = parseOptions("train", args);
  const { suite, tasks, objectives } = await selectSuite(options.suite, {
    task: [options.task],
    objective: [options.objective],
  });
  const task = tasks[0]!, objective = objectives[0]!, { seed, out } = options;
  const opened = await openBackend(options);
  using backend = opened.backend;
  const progress = openProgress({
    label: `${task.id} ${objective.id}`,
    unit: "forwards",
    json: options.json,
  });
  if (!options.json) console.error(`backend ${opened.reason}`);
  let summary: string | undefined;
  try {
    const record = await interruptible(async (signal) => {
      const sets = (await loadTestSets(suite, [task], progress.line)).get(task.id)!;
      const spec = { suite, task, objective, seed };
      const forwards = { base: baseForwards(suite, task), cell: cellForwards(suite, task, objective, MODE) };
      const cell = await cellOf(spec, backend, MODE, sets);
      using _lock = await lockFolder(out, { onWait: progress.line, signal });
      await claim(out, {
        suite: suite.id,
        task: task.id,
        objective: objective.id,
        seed,
        backend: cell.backend,
      });
      const hooks = { warn: progress.line, signal };
      let start = 0;
      await prepareBase(backend, { suite, task: task.id, seed, sets, cache: CACHE }, {
        ...hooks,
        onProgress({ step, steps, loss }) {
          start = Math.round(forwards.base * step / steps);
          const note = `loss ${loss.toFixed(3)}, base model, step ${step}/${steps}`;
          progress.update(start, forwards.base + forwards.cell, note);
        },
      });
      const finished = await trainCell(backend, {
        suite,
        cell,
        sets,
        cache: CACHE,
        folder: out,
        mode: MODE,
        workers: 1,
      }, {
        ...hooks,
        onProgress({ step, steps, log }) {
          const note = `reward ${log.reward.toFixed(3)}, step ${step}/${steps}`;
          progress.update(start + Math.round(forwards.cell * step / steps), start + forwards.cell, note);
        },
      });
      await writeFinishedCell(`${out}/records`, finished, { texts: true });
      return finished.record;
    });
    for (const { set, decoding, before, after } of record.outcome.tests) {
      progress.line(
        `${set}, ${decoding}: ${before.strict.correct}/${before.n} -> ${after.strict.correct}/${after.n} correct`,
      );
    }
    summary = `the model is in ${out}/model, its record in ${out}/records`;
    return 0;
  } finally {
    await closeTasks();
    progress.done(summary);
  }
}

/** What a folder is the training of: one cell, whatever its code and settings were at the time. */
interface Claim {
  readonly suite: string;
  readonly task: string;
  readonly objective: string;
  readonly seed: number;
  readonly backend: string;
}

/** Notes in a folder whose training it holds. @throws UsageError when it is another's */
async function claim(folder: string, cell: Claim): Promise<void> {
  const path = `${folder}/cell.json`, text = canonicalJson(cell);
  const found = await readTextIfThere(path);
  if (found === null) return await replaceFile(path, text);
  if (found === text) return;
  throw new UsageError(
    `expected --out ${folder} to be new, or to hold ${shown(cell)}, found ${
      shown(JSON.parse(found))
    }; choose ` +
      "another --out, or delete the folder",
  );
}

function shown({ suite, task, objective, seed, backend }: Claim): string {
  return `${task} ${objective} seed ${seed} of ${suite} on ${backend}`;
}
