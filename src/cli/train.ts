/** `deno task train`: one cell of a suite, by the code of `deno task bench`. */

import { baseModel } from "../bench/base_models.ts";
import { cellOf, gradeBase, runCell } from "../bench/cell.ts";
import { cellIdentity, writeRecord } from "../bench/record.ts";
import { loadTestSets } from "../bench/test_sets.ts";
import { openBackend } from "./backend.ts";
import { interruptible } from "./interrupt.ts";
import { parseOptions } from "./options.ts";
import { openProgress } from "./progress.ts";
import { selectSuite } from "./suite.ts";

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
  using backend = await openBackend();
  const progress = openProgress({ label: `${task.id} ${objective.id}`, unit: "steps", json: options.json });
  let summary = "stopped";
  try {
    const base = await baseModel(backend, suite, task, ".cache/base", ({ step, steps, loss }) => {
      progress.update(step, steps + suite.rl.steps, `base model, loss ${loss.toFixed(3)}`);
    });
    const sets = await loadTestSets(suite, task, progress.line);
    const before = await gradeBase(backend, suite, task, base, sets);
    const spec = { suite, task, objective, seed };
    const cell = await cellOf(spec, backend, base);
    const record = await interruptible((signal) =>
      runCell({
        spec,
        cell,
        identity: cellIdentity(cell),
        backend,
        base,
        before,
        sets,
        folder: out,
        mode: "two-pass",
        signal,
        warn: progress.line,
        onStep: ({ step, steps, log }) => progress.update(step, steps, `reward ${log.reward.toFixed(3)}`),
      })
    );
    await writeRecord(`${out}/records`, record);
    for (const { set, decoding, before, after } of record.outcome.tests) {
      progress.line(
        `${set}, ${decoding}: ${before.correct}/${before.n} -> ${after.correct}/${after.n} correct`,
      );
    }
    summary = `the model is in ${out}/model, its record in ${out}/records`;
    return 0;
  } finally {
    progress.done(summary);
  }
}
