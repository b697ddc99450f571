/** Runs the cells of a suite one after another, seed by seed, so that a table of one seed appears first. */

import type { Backend } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import type { Objective } from "../objectives/objective.ts";
import type { MemoryMode } from "../train/update.ts";
import { baseForwards, type BaseModel, baseModel, baseSteps } from "./base_models.ts";
import { cellForwards, cellOf, gradeBase, runCell } from "./cell.ts";
import type { TestScore } from "./evaluation.ts";
import { type BenchRecord, cellIdentity, readRecords, recordPath, writeRecord } from "./record.ts";
import type { Suite } from "./suite.ts";
import { loadTestSets, type TestSet } from "./test_sets.ts";

/** What is happening, for whoever shows it. `done` and `total` count forward passes of training. */
export interface RunnerEvents {
  progress(done: number, total: number, note: string): void;
  /** One line that should stay on the screen. */
  say(line: string): void;
  /** A cell is finished, or was before. */
  finished(record: BenchRecord, reused: boolean): void;
  /** All cells of a seed are finished, and others follow. */
  seedFinished(seed: number): Promise<void>;
}

export interface RunnerOptions {
  readonly backend: Backend;
  readonly suite: Suite;
  readonly tasks: readonly Task[];
  readonly objectives: readonly Objective[];
  readonly seeds: readonly number[];
  /** Records go to `<out>/<suite>/<task>/<objective>/seed-<n>.json`. */
  readonly out: string;
  /** Checkpoints and models of cells. */
  readonly work: string;
  /** Base models. */
  readonly cache: string;
  readonly mode: MemoryMode;
  readonly signal: AbortSignal;
}

interface Prepared {
  readonly base: BaseModel;
  readonly sets: readonly TestSet[];
  readonly before: readonly TestScore[];
}

/**
 * Trains and grades every cell that has no record yet, and returns the records of all cells asked for.
 * @throws the reason of the signal when it was aborted; the next run continues where this one stopped
 */
export async function runSuite(options: RunnerOptions, events: RunnerEvents): Promise<BenchRecord[]> {
  const { backend, suite, tasks, objectives, seeds, out, work, mode, signal } = options;
  const existing = new Map((await readRecords(out)).map((record) => [recordPath(record.cell), record]));
  const cells = seeds.flatMap((seed) =>
    tasks.flatMap((task) => objectives.map((objective) => ({ suite, task, objective, seed })))
  );
  let total = tasks.reduce((sum, task) => sum + baseForwards(suite, task), 0) +
    cells.reduce((sum, spec) => sum + cellForwards(spec, mode), 0);
  let done = 0;
  const prepared = new Map<string, Prepared>();
  const records: BenchRecord[] = [];
  for (const [index, spec] of cells.entries()) {
    signal.throwIfAborted();
    const { task, objective, seed } = spec;
    const previous = cells[index - 1]?.seed ?? seed;
    if (previous !== seed) await events.seedFinished(previous);
    let ready = prepared.get(task.id);
    if (!ready) {
      const start = done, forwards = baseForwards(suite, task), steps = baseSteps(suite, task);
      ready = await prepare(options, task, events, (step, loss) => {
        done = start + Math.round(forwards * step / steps);
        events.progress(
          done,
          total,
          `base model of ${task.id}, step ${step}/${steps}, loss ${loss.toFixed(3)}`,
        );
      });
      if (done === start) total -= forwards;
      prepared.set(task.id, ready);
    }
    const cell = await cellOf(spec, backend, ready.base);
    const path = recordPath(cell), identity = cellIdentity(cell);
    const before = existing.get(path);
    if (before && cellIdentity(before.cell) === identity) {
      total -= cellForwards(spec, mode);
      records.push(before);
      events.finished(before, true);
      continue;
    }
    if (before) {
      events.say(`${path}: ${whatChanged(before.cell, cell)} changed since its record; it runs again`);
    }
    const start = done, forwards = cellForwards(spec, mode);
    const label = `${task.id} ${objective.id} seed ${seed}`;
    const record = await runCell({
      spec,
      cell,
      identity,
      backend,
      ...ready,
      folder: `${work}/${path.replace(/\.json$/, "")}`,
      mode,
      signal,
      warn: events.say,
      onStep: ({ step, steps, log }) => {
        done = start + Math.round(forwards * step / steps);
        events.progress(done, total, `${label}, step ${step}/${steps}, reward ${log.reward.toFixed(3)}`);
      },
    });
    done = start + forwards;
    await writeRecord(out, record);
    records.push(record);
    events.finished(record, false);
  }
  return records;
}

async function prepare(
  { backend, suite, cache }: RunnerOptions,
  task: Task,
  events: RunnerEvents,
  onBase: (step: number, loss: number) => void,
): Promise<Prepared> {
  const base = await baseModel(backend, suite, task, cache, ({ step, loss }) => onBase(step, loss));
  const sets = await loadTestSets(suite, task, events.say);
  const before = await gradeBase(backend, suite, task, base, sets);
  return { base, sets, before };
}

function whatChanged(before: BenchRecord["cell"], now: BenchRecord["cell"]): string {
  const changed = Object.keys(now).filter((key) => {
    const name = key as keyof BenchRecord["cell"];
    return JSON.stringify(before[name]) !== JSON.stringify(now[name]);
  });
  return changed.join(", ");
}
