/**
 * Where the work of a run is done: in this process, or in workers, each with a backend of its own. A job is plain
 * data and its result depends on nothing else, so results do not depend on the number of workers.
 */

import type { Backend } from "../../kernels/backend.ts";
import { allTasks, taskById } from "../../tasks/registry.ts";
import { objectiveById } from "../objectives/registry.ts";
import type { BaseProgress } from "../train/base.ts";
import type { MemoryMode } from "../train/update_engine.ts";
import { baseModel, type DeviceIdentity } from "./base_models.ts";
import { baseScores } from "./base_scores.ts";
import { type CellProgress, runCell } from "./cell.ts";
import { measurePeak, type PeakJob } from "./peak.ts";
import { provenance } from "../records/provenance.ts";
import { type BenchRecord, type Cell, SCHEMA, trainingIdentity } from "../records/record.ts";
import { recordPath, writeRecord } from "../records/folder.ts";
import { writeCompressed } from "./samples.ts";
import type { Suite } from "../suite/suite.ts";
import type { TestSet } from "./test_sets.ts";
import type { JobHooks } from "../workers/pool.ts";

/** Train the base model of a task and seed and grade it, unless both are in the cache. */
export interface BaseJob {
  readonly suite: Suite;
  readonly task: string;
  readonly seed: number;
  readonly sets: readonly TestSet[];
  /** Folder of base models. */
  readonly cache: string;
}

/** Train and grade one cell, from the base model in the cache. */
export interface CellJob {
  readonly suite: Suite;
  readonly cell: Cell;
  readonly sets: readonly TestSet[];
  readonly cache: string;
  /** Checkpoints and the final model go here. */
  readonly folder: string;
  readonly mode: MemoryMode;
  /** Cells that run at the same time, this one included. */
  readonly workers: number;
}

/** A trained and graded cell. */
export interface FinishedCell {
  readonly record: BenchRecord;
  /** JSON lines: graded responses, and the step log. */
  readonly samples: string;
  readonly steps: string;
}

export interface Executor extends AsyncDisposable {
  /** Jobs that run at the same time. */
  readonly width: number;
  readonly description: DeviceIdentity;
  prepare(job: BaseJob, hooks: JobHooks<BaseProgress>): Promise<void>;
  train(job: CellJob, hooks: JobHooks<CellProgress>): Promise<FinishedCell>;
  /** Peak device bytes of a cell, from one step of it. */
  peak(job: PeakJob, hooks: JobHooks<never>): Promise<number>;
}

/** Runs jobs one at a time on a backend of the caller's. */
export function inlineExecutor(backend: Backend): Executor {
  return {
    width: 1,
    description: backend.description,
    prepare: (job, hooks) => prepareBase(backend, job, hooks),
    train: (job, hooks) => trainCell(backend, job, hooks),
    peak: (job) => measurePeak(backend, job),
    [Symbol.asyncDispose]: closeTasks,
  };
}

/** Ends the processes that grading started. */
export async function closeTasks(): Promise<void> {
  for (const task of allTasks) await task.close?.();
}

/** The work of a `BaseJob`. */
export async function prepareBase(
  backend: Backend,
  { suite, task: id, seed, sets, cache }: BaseJob,
  { onProgress, warn, signal }: JobHooks<BaseProgress>,
): Promise<void> {
  const task = taskById(id);
  const base = await baseModel(backend, { suite, task, seed }, cache, { report: onProgress, warn, signal });
  await baseScores(backend, { suite, task, base, sets }, cache);
}

/** The work of a `CellJob`. */
export async function trainCell(
  backend: Backend,
  { suite, cell, sets, cache, folder, mode, workers }: CellJob,
  { onProgress, warn, signal }: JobHooks<CellProgress>,
): Promise<FinishedCell> {
  const task = taskById(cell.task), { seed } = cell, startedAt = new Date().toISOString();
  const base = await baseModel(backend, { suite, task, seed }, cache, { report: () => {}, warn, signal });
  backend.ran.clear();
  const { outcome, cost, seconds, samples, steps } = await runCell({
    spec: { suite, task, objective: objectiveById(cell.objective), seed },
    identity: trainingIdentity(cell),
    backend,
    base: base.tensors,
    before: await baseScores(backend, { suite, task, base, sets }, cache),
    sets,
    folder,
    mode,
    onStep: onProgress,
    warn,
    signal,
  });
  const run = {
    seconds: { base: base.seconds, ...seconds },
    startedAt,
    ...provenance(backend.description),
    workers,
    kernels: [...backend.ran].sort(),
  };
  return { record: { schema: SCHEMA, cell, outcome, cost, run }, samples, steps };
}

/**
 * Writes a finished cell into a results folder: the record last, since it says that all is there.
 * @param texts whether samples and step log are kept beside it; a record always has their hashes
 */
export async function writeFinishedCell(
  out: string,
  { record, samples, steps }: FinishedCell,
  { texts }: { readonly texts: boolean },
): Promise<void> {
  const path = `${out}/${recordPath(record.cell).replace(/\.json$/, "")}`;
  for (const [name, text] of [["samples", samples], ["steps", steps]] as const) {
    const file = `${path}.${name}.jsonl.gz`;
    if (texts) await writeCompressed(file, text);
    else await removeFile(file);
  }
  await writeRecord(out, record);
}

/** Removes what a former run of the cell left. */
async function removeFile(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
