/** `deno task train`: one cell of a suite, by the code of `deno task bench`. */

import { baseForwards, baseModel } from "../bench/base_models.ts";
import { cellOf, gradeBase, runCell } from "../bench/cell.ts";
import { trainingIdentity, writeRecord } from "../bench/record.ts";
import { cellForwards } from "../bench/suite_settings.ts";
import { loadTestSets } from "../bench/test_sets.ts";
import { openBackend } from "./backend.ts";
import { interruptible } from "./interrupt.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";
import { selectSuite } from "./suite.ts";

const MODE = "two-pass";

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
      let start = 0;
      const base = await baseModel(backend, suite, task, seed, ".cache/base", {
        report({ step, steps, loss }) {
          start = Math.round(forwards.base * step / steps);
          const note = `loss ${loss.toFixed(3)}, base model, step ${step}/${steps}`;
          progress.update(start, forwards.base + forwards.cell, note);
        },
        warn: progress.line,
        signal,
      });
      const before = await gradeBase(backend, suite, task, base, sets);
      const cell = await cellOf(spec, backend, base.identity, sets);
      return await runCell({
        spec,
        cell,
        identity: trainingIdentity(cell),
        backend,
        base,
        before,
        sets,
        folder: out,
        mode: MODE,
        workers: 1,
        signal,
        warn: progress.line,
        onStep({ step, steps, log }) {
          const note = `reward ${log.reward.toFixed(3)}, step ${step}/${steps}`;
          progress.update(start + Math.round(forwards.cell * step / steps), start + forwards.cell, note);
        },
      });
    });
    await writeRecord(`${out}/records`, record);
    for (const { set, decoding, before, after } of record.outcome.tests) {
      progress.line(
        `${set}, ${decoding}: ${before.strict.correct}/${before.n} -> ${after.strict.correct}/${after.n} correct`,
      );
    }
    summary = `the model is in ${out}/model, its record in ${out}/records`;
    return 0;
  } finally {
    progress.done(summary);
  }
}
