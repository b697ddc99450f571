/** Runs the cells of a suite one after another, seed by seed, so that a table of one seed appears first. */

import type { Backend } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import { identityOf } from "../files/identity.ts";
import type { Objective } from "../objectives/objective.ts";
import type { MemoryMode } from "../train/update.ts";
import { baseForwards, baseIdentity, type BaseModel, baseModel, baseSteps } from "./base_models.ts";
import { cellForwards, cellOf, type CellSpec, gradeBase, runCell } from "./cell.ts";
import type { TestScore } from "./evaluation.ts";
import { type BenchRecord, type Cell, cellIdentity, readRecords, recordPath, writeRecord } from "./record.ts";
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

/** A cell to run or to reuse. */
interface Entry {
  readonly spec: CellSpec;
  readonly cell: Cell;
  readonly sets: readonly TestSet[];
  /** The record in the results folder, if there is one. */
  readonly existing: BenchRecord | null;
  /** Why a cell that has a record runs again; null when it does not. */
  readonly again: string | null;
}

interface Prepared {
  readonly base: BaseModel;
  readonly before: readonly TestScore[];
}

/**
 * Trains and grades every cell that has no record yet, and returns the records of all cells asked for. A record is
 * replaced when its cell is no longer what is asked for, or when test sets can be had that it was not graded on.
 * @throws the reason of the signal when it was aborted; the next run continues where this one stopped
 */
export async function runSuite(options: RunnerOptions, events: RunnerEvents): Promise<BenchRecord[]> {
  const { backend, suite, out, work, mode, signal } = options;
  const entries = await plan(options, events);
  const pending = entries.filter(({ existing, again }) => existing === null || again !== null);
  let total = options.tasks.filter(({ id }) => pending.some(({ spec }) => spec.task.id === id))
    .reduce((sum, task) => sum + baseForwards(suite, task), 0) +
    pending.reduce((sum, { spec }) => sum + cellForwards(spec, mode), 0);
  let done = 0;
  const prepared = new Map<string, Prepared>();
  const records: BenchRecord[] = [];
  for (const [index, { spec, cell, sets, existing, again }] of entries.entries()) {
    signal.throwIfAborted();
    const { task, objective, seed } = spec;
    const previous = entries[index - 1]?.spec.seed ?? seed;
    if (previous !== seed) await events.seedFinished(previous);
    if (existing && again === null) {
      records.push(existing);
      events.finished(existing, true);
      continue;
    }
    const path = recordPath(cell);
    if (again) events.say(`${path}: ${again}; it runs again`);
    let ready = prepared.get(task.id);
    if (!ready) {
      const start = done, forwards = baseForwards(suite, task), steps = baseSteps(suite, task);
      ready = await prepare(options, task, sets, events, (step, loss) => {
        done = start + Math.round(forwards * step / steps);
        events.progress(
          done,
          total,
          `loss ${loss.toFixed(3)}, base model of ${task.id}, step ${step}/${steps}`,
        );
      });
      if (done === start) total -= forwards;
      prepared.set(task.id, ready);
    }
    const start = done, forwards = cellForwards(spec, mode);
    const label = `${task.id} ${objective.id} seed ${seed}`;
    const record = await runCell({
      spec,
      cell,
      identity: cellIdentity(cell),
      backend,
      sets,
      ...ready,
      folder: `${work}/${path.replace(/\.json$/, "")}`,
      mode,
      signal,
      warn: events.say,
      onStep: ({ step, steps, log }) => {
        done = start + Math.round(forwards * step / steps);
        events.progress(done, total, `reward ${log.reward.toFixed(3)}, ${label}, step ${step}/${steps}`);
      },
    });
    done = start + forwards;
    await writeRecord(out, record);
    records.push(record);
    events.finished(record, false);
  }
  return records;
}

/** The cells asked for, in the order in which they run: seed by seed. */
async function plan(
  { backend, suite, tasks, objectives, seeds, out }: RunnerOptions,
  events: RunnerEvents,
): Promise<Entry[]> {
  const records = new Map((await readRecords(out)).map((record) => [recordPath(record.cell), record]));
  const sets = await loadTestSets(suite, tasks, events.say);
  const bases = new Map(
    await Promise.all(
      tasks.map(async (task) => [task.id, await baseIdentity(backend, suite, task)] as const),
    ),
  );
  const specs = seeds.flatMap((seed) =>
    tasks.flatMap((task) => objectives.map((objective) => ({ suite, task, objective, seed })))
  );
  return await Promise.all(specs.map(async (spec) => {
    const cell = await cellOf(spec, backend, bases.get(spec.task.id)!);
    const existing = records.get(recordPath(cell)) ?? null;
    const own = sets.get(spec.task.id)!;
    return { spec, cell, sets: own, existing, again: existing && whyAgain(existing, cell, own) };
  }));
}

async function prepare(
  { backend, suite, cache, signal }: RunnerOptions,
  task: Task,
  sets: readonly TestSet[],
  events: RunnerEvents,
  onBase: (step: number, loss: number) => void,
): Promise<Prepared> {
  const base = await baseModel(backend, suite, task, cache, {
    report: ({ step, loss }) => onBase(step, loss),
    warn: events.say,
    signal,
  });
  return { base, before: await gradeBase(backend, suite, task, base, sets) };
}

/** Why a cell with a record has to run; null when the record is what it would give. */
function whyAgain(
  { cell: before, outcome }: BenchRecord,
  now: Cell,
  sets: readonly TestSet[],
): string | null {
  const changed = (Object.keys(now) as (keyof Cell)[]).filter((key) =>
    identityOf(before[key]) !== identityOf(now[key])
  );
  if (changed.length > 0) return `${changed.join(", ")} changed since its record`;
  const ungraded = sets.filter(({ id }) => !outcome.tests.some(({ set }) => set === id));
  return ungraded.length > 0 ? `it was not graded on ${ungraded.map(({ id }) => id).join(", ")}` : null;
}
