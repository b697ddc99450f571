/** Runs the cells of a suite, seed by seed, so that a table of one seed appears first. */

import type { Task } from "../../tasks/task.ts";
import { identityOf } from "../files/identity.ts";
import type { Objective } from "../objectives/objective.ts";
import type { MemoryMode } from "../train/update.ts";
import { baseForwards, baseIdentity, baseSteps } from "./base_models.ts";
import { cellOf, type CellSpec } from "./cell.ts";
import type { Executor, Prepared } from "./executor.ts";
import { type BenchRecord, type Cell, readRecords, recordPath, writeRecord } from "./record.ts";
import type { Suite } from "./suite.ts";
import { cellForwards } from "./suite_settings.ts";
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
  readonly executor: Executor;
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

/**
 * Trains and grades every cell that has no record yet, and returns the records of all cells asked for. A record is
 * replaced when its cell is no longer what is asked for, or when test sets can be had that it was not graded on.
 * @throws the reason of the signal when it was aborted; the next run continues where this one stopped
 */
export async function runSuite(options: RunnerOptions, events: RunnerEvents): Promise<BenchRecord[]> {
  const { executor, seeds } = options;
  const entries = await plan(options, events);
  const pending = entries.filter(({ existing, again }) => existing === null || again !== null);
  const progress = progressOf(options, pending, events);
  const records: BenchRecord[] = new Array(entries.length);
  const left = new Map(seeds.map((seed) => [seed, entries.filter(({ spec }) => spec.seed === seed).length]));

  async function finish(index: number, record: BenchRecord, reused: boolean): Promise<void> {
    records[index] = record;
    events.finished(record, reused);
    const { seed } = entries[index]!.spec;
    left.set(seed, left.get(seed)! - 1);
    const others = [...left.values()].some((count) => count > 0);
    if (left.get(seed) === 0 && others) await events.seedFinished(seed);
  }

  // A failure in one lane stops the others after the step in progress.
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const prepared = new Map<string, Promise<Prepared>>();
  const prepare = ({ task, seed }: Base): Promise<Prepared> => {
    const name = baseJob(task, seed);
    let ready = prepared.get(name);
    if (!ready) {
      prepared.set(name, ready = prepareBase(options, { task, seed }, entries, events, progress, signal));
    }
    return ready;
  };

  const jobs: (() => Promise<void>)[] = [];
  const announced = new Set<string>();
  entries.forEach((entry, index) => {
    const { spec, cell, existing, again } = entry;
    // The base models of a seed come before its cells, so that no worker waits for another one's.
    for (const other of executor.width > 1 && !announced.has(String(spec.seed)) ? pending : []) {
      const name = baseJob(other.spec.task, other.spec.seed);
      if (other.spec.seed !== spec.seed || announced.has(name)) continue;
      announced.add(name);
      jobs.push(async () => void await prepare(other.spec));
    }
    announced.add(String(spec.seed));
    jobs.push(async () => {
      if (existing && again === null) return await finish(index, existing, true);
      if (again) events.say(`${recordPath(cell)}: ${again}; it runs again`);
      const record = await trainEntry(options, entry, await prepare(spec), events, progress, signal);
      await writeRecord(options.out, record);
      await finish(index, record, false);
    });
  });

  async function lane(): Promise<void> {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      signal.throwIfAborted();
      await job();
    }
  }
  const lanes = Array.from({ length: executor.width }, () =>
    lane().catch((error) => {
      failed.abort(error);
      throw error;
    }));
  const outcomes = await Promise.allSettled(lanes);
  const broken = outcomes.find((outcome) => outcome.status === "rejected");
  if (broken) throw failed.signal.aborted && !options.signal.aborted ? failed.signal.reason : broken.reason;
  return records;
}

/** Adds up the forward passes of jobs that run at the same time. */
interface ProgressSum {
  /** `share` of the forward passes of a job, from 0 to 1, are done. */
  update(job: string, share: number, note: string): void;
  /** A job needs no training after all. */
  drop(job: string): void;
}

/** A base model. */
interface Base {
  readonly task: Task;
  readonly seed: number;
}

const baseJob = (task: Task, seed: number) => `base ${task.id} ${seed}`;

function progressOf(
  { suite, mode }: RunnerOptions,
  pending: readonly Entry[],
  events: RunnerEvents,
): ProgressSum {
  const forwards = new Map<string, number>();
  for (const { spec: { task, objective, seed }, cell } of pending) {
    forwards.set(baseJob(task, seed), baseForwards(suite, task));
    forwards.set(recordPath(cell), cellForwards(suite, task, objective, mode));
  }
  const shares = new Map<string, number>();
  return {
    update(job, share, note) {
      shares.set(job, share);
      let done = 0, total = 0;
      for (const [name, count] of forwards) {
        total += count;
        done += count * (shares.get(name) ?? 0);
      }
      events.progress(Math.round(done), total, note);
    },
    drop: (job) => void forwards.delete(job),
  };
}

async function prepareBase(
  { executor, suite, cache }: RunnerOptions,
  { task, seed }: Base,
  entries: readonly Entry[],
  events: RunnerEvents,
  progress: ProgressSum,
  signal: AbortSignal,
): Promise<Prepared> {
  const { sets } = entries.find(({ spec }) => spec.task.id === task.id)!;
  const job = baseJob(task, seed);
  let trained = false;
  const prepared = await executor.prepare({ suite, task: task.id, seed, sets, cache }, {
    onProgress({ step, loss }) {
      trained = true;
      const steps = baseSteps(suite, task);
      progress.update(
        job,
        step / steps,
        `loss ${loss.toFixed(3)}, base model of ${task.id} seed ${seed}, step ${step}/${steps}`,
      );
    },
    warn: events.say,
    signal,
  });
  if (!trained) progress.drop(job);
  return prepared;
}

async function trainEntry(
  { executor, suite, work, mode }: RunnerOptions,
  { spec, cell, sets }: Entry,
  prepared: Prepared,
  events: RunnerEvents,
  progress: ProgressSum,
  signal: AbortSignal,
): Promise<BenchRecord> {
  const path = recordPath(cell);
  const label = `${spec.task.id} ${spec.objective.id} seed ${spec.seed}`;
  const folder = `${work}/${path.replace(/\.json$/, "")}`;
  return await executor.train({ suite, cell, sets, ...prepared, folder, mode, workers: executor.width }, {
    onProgress({ step, steps, log }) {
      progress.update(path, step / steps, `reward ${log.reward.toFixed(3)}, ${label}, step ${step}/${steps}`);
    },
    warn: events.say,
    signal,
  });
}

/** The cells asked for, in the order in which they run: seed by seed. */
async function plan(
  { executor, suite, tasks, objectives, seeds, out }: RunnerOptions,
  events: RunnerEvents,
): Promise<Entry[]> {
  const records = new Map((await readRecords(out)).map((record) => [recordPath(record.cell), record]));
  const sets = await loadTestSets(suite, tasks, events.say);
  const specs = seeds.flatMap((seed) =>
    tasks.flatMap((task) => objectives.map((objective) => ({ suite, task, objective, seed })))
  );
  return await Promise.all(specs.map(async (spec) => {
    const own = sets.get(spec.task.id)!;
    const cell = await cellOf(spec, executor, await baseIdentity(executor, suite, spec.task, spec.seed), own);
    const existing = records.get(recordPath(cell)) ?? null;
    return { spec, cell, sets: own, existing, again: existing && whyAgain(existing, cell, own) };
  }));
}

/** Why a cell with a record has to run; null when the record is what it would give. */
function whyAgain(
  { cell: before, outcome }: BenchRecord,
  now: Cell,
  sets: readonly TestSet[],
): string | null {
  const changed = (Object.keys(now) as (keyof Cell)[]).filter((key) =>
    // Data decides which sets are graded, not what is trained: a file that is missing now takes nothing away.
    key === "data"
      ? Object.entries(now.data).some(([name, hash]) => name in before.data && before.data[name] !== hash)
      : identityOf(before[key]) !== identityOf(now[key])
  );
  if (changed.length > 0) return `${changed.join(", ")} changed since its record`;
  const ungraded = sets.filter(({ id }) => !outcome.tests.some(({ set }) => set === id));
  return ungraded.length > 0 ? `it was not graded on ${ungraded.map(({ id }) => id).join(", ")}` : null;
}
