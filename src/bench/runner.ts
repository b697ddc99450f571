/** Runs the cells of a suite, seed by seed, so that a table of one seed appears first. */

import type { Task } from "../../tasks/task.ts";
import type { Objective } from "../objectives/objective.ts";
import { NO_CONFIRMATIONS, readConfirmations } from "../records/confirmations.ts";
import type { MemoryMode } from "../train/update_engine.ts";
import { cellParts } from "../records/source_identity.ts";
import { noteSourceFiles } from "../records/source_files.ts";
import { baseForwards, baseIdentity, baseSteps } from "./base_models.ts";
import { cellOf, type CellSpec } from "./cell_spec.ts";
import { type Executor, writeFinishedCell } from "./executor.ts";
import { announcePresence } from "./queue/presence.ts";
import { type CellQueue, type Lease, openQueue } from "./queue/queue.ts";
import { type BenchRecord, type Cell, cellIdentity } from "../records/record.ts";
import { readRecord, readRecords, recordPath } from "../records/folder.ts";
import { type LiveView, liveView, openStore } from "./queue/store.ts";
import type { Suite } from "../suite/suite.ts";
import { cellForwards } from "../suite/settings.ts";
import { loadTestSets, type TestSet } from "./test_sets.ts";
import { whyAgain } from "./validity.ts";

/** What is happening, for whoever shows it. `done` and `total` count forward passes of training. */
export interface RunnerEvents {
  progress(done: number, total: number, note: string): void;
  /** One line that should stay on the screen. */
  say(line: string): void;
  /** A cell is finished, or was before, or by another process. */
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
  /** Of these, which cells; all where it is absent. */
  readonly only?: (cell: Cell) => boolean;
  /** Records go to `<out>/<suite>/<task>/<objective>/seed-<n>.<backend>.json`; processes with one folder share the work. */
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
  /** In the queue: the path of its record without the ending. */
  readonly id: string;
  readonly spec: CellSpec;
  readonly cell: Cell;
  /** Identity of its base model. */
  readonly base: string;
  readonly sets: readonly TestSet[];
  /** The record in the results folder, if there is one. */
  readonly existing: BenchRecord | null;
  /** Why a cell that has a record runs again; null when it does not. */
  readonly again: string | null;
}

/** A base model to train. */
interface BaseEntry {
  readonly id: string;
  readonly identity: string;
  readonly task: Task;
  readonly seed: number;
  readonly sets: readonly TestSet[];
}

/** Milliseconds between two looks at the queue while other workers have all that is ready. */
const POLL = 100;

/**
 * Trains and grades every cell that has no record yet, and returns the records of all cells asked for. A record is
 * replaced when its cell is no longer what is asked for, or when test sets can be had that it was not graded on.
 * @throws the reason of the signal when it was aborted; the next run continues where this one stopped
 */
export async function runSuite(options: RunnerOptions, events: RunnerEvents): Promise<BenchRecord[]> {
  const { executor, seeds, out } = options;
  const entries = await plan(options, events);
  const pending = entries.filter(isPending), bases = basesOf(pending);
  const jobs = new Map<string, Entry | BaseEntry>([...bases, ...pending].map((job) => [job.id, job]));
  const left = new Map(entries.map((entry, index) => [entry.id, index]));
  const records: BenchRecord[] = new Array(entries.length);

  async function finish(entry: Entry, record: BenchRecord, reused: boolean): Promise<void> {
    const index = left.get(entry.id);
    // Another lane may have seen it first.
    if (index === undefined) return;
    left.delete(entry.id);
    records[index] = record;
    events.finished(record, reused);
    const { seed } = entry.spec;
    const open = [...left.values()].map((other) => entries[other]!.spec.seed);
    if (open.length > 0 && !open.includes(seed)) await events.seedFinished(seed);
  }

  if (pending.length === 0) {
    for (const entry of entries) await finish(entry, entry.existing!, true);
    return records;
  }
  using presence = announcePresence(out);
  using database = openStore(out, events.say);
  await noteCode(pending, options);
  const queue = openQueue(database, presence), live = liveView(database);
  queue.enqueue(queued(seeds, entries, bases));
  const progress = progressOf(options, pending, bases, events);
  const context: Context = { options, events, queue, live, progress };
  for (const entry of entries) if (!isPending(entry)) await finish(entry, entry.existing!, true);

  // A failure in one lane stops the others after the step in progress.
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);

  /** Takes in what other processes finished. */
  async function collect(): Promise<void> {
    const states = queue.states([...jobs.keys()]);
    for (const [id, { state, error }] of states) {
      const job = jobs.get(id)!;
      if (state === "failed") throw new Error(`${id} failed in another process: ${error}`);
      if (state !== "done" || !isCell(job) || !left.has(id)) continue;
      const record = await readRecord(out, recordPath(job.cell));
      if (record && whyAgain(record, job.cell, job.sets, NO_CONFIRMATIONS) === null) {
        progress.update(id, 1, `${id} by another process`);
        await finish(job, record, true);
      } else queue.retry(id);
    }
  }

  async function lane(number: number): Promise<void> {
    const worker = `${presence.process}/${number}`;
    while (left.size > 0) {
      signal.throwIfAborted();
      const lease = queue.claim(worker, [...jobs.keys()]);
      if (!lease) {
        await collect();
        if (left.size > 0) await pause(POLL, signal);
        continue;
      }
      const job = jobs.get(lease.id)!;
      try {
        if (isCell(job)) {
          const record = await trainEntry(context, job, lease, signal);
          if (queue.complete(lease)) await finish(job, record, false);
        } else {
          await prepareBase(context, job, lease, signal);
          queue.complete(lease);
        }
      } catch (error) {
        if (signal.aborted) queue.release(lease);
        else queue.fail(lease, (error as Error).message);
        throw error;
      }
    }
  }
  const lanes = Array.from({ length: executor.width }, (_, number) =>
    lane(number).catch((error) => {
      failed.abort(error);
      throw error;
    }));
  const outcomes = await Promise.allSettled(lanes);
  const broken = outcomes.find((outcome) => outcome.status === "rejected");
  if (broken) throw failed.signal.aborted && !options.signal.aborted ? failed.signal.reason : broken.reason;
  return records;
}

function isPending({ existing, again }: Entry): boolean {
  return existing === null || again !== null;
}

function isCell(job: Entry | BaseEntry): job is Entry {
  return "cell" in job;
}

function baseId({ spec: { suite, task, seed }, cell: { backend } }: Pick<Entry, "spec" | "cell">): string {
  return `base:${suite.id}/${task.id}/seed-${seed}.${backend}`;
}

/** The base models that cells need, in the order of the cells. */
function basesOf(pending: readonly Entry[]): BaseEntry[] {
  const bases = new Map<string, BaseEntry>();
  for (const entry of pending) {
    const id = baseId(entry), { spec, base, sets } = entry;
    bases.set(id, { id, identity: base, task: spec.task, seed: spec.seed, sets });
  }
  return [...bases.values()];
}

/** The queue: seed by seed the base models, then the cells. */
function queued(seeds: readonly number[], entries: readonly Entry[], bases: readonly BaseEntry[]) {
  return seeds.flatMap((seed) => [
    ...bases.filter((base) => base.seed === seed)
      .map(({ id, identity }) => ({ id, identity, needs: null, done: false })),
    ...entries.filter(({ spec }) => spec.seed === seed).map((entry) => ({
      id: entry.id,
      identity: cellIdentity(entry.cell),
      needs: isPending(entry) ? baseId(entry) : null,
      done: !isPending(entry),
    })),
  ]);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Adds up the forward passes of jobs that run at the same time. */
interface ProgressSum {
  /** `share` of the forward passes of a job, from 0 to 1, are done. */
  update(job: string, share: number, note: string): void;
  /** A job needs no training after all. */
  drop(job: string): void;
}

function progressOf(
  { suite, mode }: RunnerOptions,
  pending: readonly Entry[],
  bases: readonly BaseEntry[],
  events: RunnerEvents,
): ProgressSum {
  const forwards = new Map<string, number>();
  for (const { id, task } of bases) forwards.set(id, baseForwards(suite, task));
  for (const { id, spec: { task, objective } } of pending) {
    forwards.set(id, cellForwards(suite, task, objective, mode));
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

/** What jobs need of a run. */
interface Context {
  readonly options: RunnerOptions;
  readonly events: RunnerEvents;
  readonly queue: CellQueue;
  readonly live: LiveView;
  readonly progress: ProgressSum;
}

/** A signal that is also aborted when the lease is lost, and a function that keeps it. */
function keeping(queue: CellQueue, lease: Lease, signal: AbortSignal) {
  const lost = new AbortController();
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    keep() {
      if (!queue.heartbeat(lease)) lost.abort(new Error(`${lease.id} was given to another worker`));
    },
  };
}

async function prepareBase(
  { options: { executor, suite, cache }, events, queue, live, progress }: Context,
  { id, task, seed, sets }: BaseEntry,
  lease: Lease,
  stop: AbortSignal,
): Promise<void> {
  const { signal, keep } = keeping(queue, lease, stop);
  let trained = false;
  await executor.prepare({ suite, task: task.id, seed, sets, cache }, {
    onProgress({ step, loss }) {
      trained = true;
      const steps = baseSteps(suite, task);
      const forwards = Math.round(baseForwards(suite, task) * step / steps);
      live.show(id, lease.worker, { step, steps, forwards, reward: null });
      const note = `loss ${loss.toFixed(3)}, base model of ${task.id} seed ${seed}, step ${step}/${steps}`;
      progress.update(id, step / steps, note);
      keep();
    },
    warn: events.say,
    signal,
  });
  if (!trained) progress.drop(id);
}

async function trainEntry(
  { options: { executor, suite, work, cache, out, mode }, events, queue, live, progress }: Context,
  { id, spec, cell, sets, again }: Entry,
  lease: Lease,
  stop: AbortSignal,
): Promise<BenchRecord> {
  if (again) events.say(`${recordPath(cell)}: ${again}; it runs again`);
  const label = `${spec.task.id} ${spec.objective.id} seed ${spec.seed}`;
  const { signal, keep } = keeping(queue, lease, stop);
  const job = { suite, cell, sets, cache, folder: `${work}/${id}`, mode, workers: executor.width };
  const finished = await executor.train(job, {
    onProgress({ step, steps, log }) {
      const { forwards, reward } = log;
      if (step === 1) live.clear(id);
      live.show(id, lease.worker, { step, steps, forwards, reward, json: JSON.stringify(log) });
      progress.update(id, step / steps, `reward ${reward.toFixed(3)}, ${label}, step ${step}/${steps}`);
      keep();
    },
    warn: events.say,
    signal,
  });
  await writeFinishedCell(out, finished, { texts: spec.seed === suite.seeds[0] });
  return finished.record;
}

/** The cells asked for, in the order in which they run: seed by seed. */
async function plan(
  { executor, suite, tasks, objectives, seeds, only, out, mode }: RunnerOptions,
  events: RunnerEvents,
): Promise<Entry[]> {
  const records = new Map((await readRecords(out)).map((record) => [recordPath(record.cell), record]));
  const confirmations = readConfirmations(out);
  const sets = await loadTestSets(suite, tasks, events.say);
  const specs = seeds.flatMap((seed) =>
    tasks.flatMap((task) => objectives.map((objective) => ({ suite, task, objective, seed })))
  );
  const entries = await Promise.all(specs.map(async (spec) => {
    const own = sets.get(spec.task.id)!;
    const cell = await cellOf(spec, executor, mode, own);
    if (only && !only(cell)) return null;
    const base = await baseIdentity(cell.base, spec.task, executor.description);
    const path = recordPath(cell), existing = records.get(path) ?? null;
    const again = existing && whyAgain(existing, cell, own, confirmations);
    return { id: path.replace(/\.json$/, ""), spec, cell, base, sets: own, existing, again };
  }));
  return entries.filter((entry) => entry !== null);
}

/** Writes down which files the code of new records consists of: later it can be said which of them changed. */
async function noteCode(pending: readonly Entry[], { executor, out }: RunnerOptions): Promise<void> {
  const { backend } = executor.description;
  const parts = await Promise.all(
    pending.map(async ({ spec: { task, objective } }) =>
      Object.values(await cellParts(task.id, objective.id, backend))
    ),
  );
  await noteSourceFiles(out, parts.flat());
}
