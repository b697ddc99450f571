/**
 * Where the work of a run is done: in this process, or in workers, each with a backend of its own. A job is plain
 * data and its result depends on nothing else, so results do not depend on the number of workers.
 */

import type { Backend } from "../../kernels/backend.ts";
import { taskById } from "../../tasks/registry.ts";
import { objectiveById } from "../objectives/registry.ts";
import type { BaseProgress } from "../train/base.ts";
import type { MemoryMode } from "../train/update.ts";
import { type BaseModel, baseModel, type DeviceIdentity } from "./base_models.ts";
import { type CellProgress, gradeBase, runCell } from "./cell.ts";
import type { TestScore } from "./evaluation.ts";
import { type BenchRecord, type Cell, trainingIdentity } from "./record.ts";
import type { Suite } from "./suite.ts";
import type { TestSet } from "./test_sets.ts";
import type { JobHooks } from "./worker_pool.ts";

/** Train or load the base model of a task and seed, and grade it. */
export interface PrepareJob {
  readonly suite: Suite;
  readonly task: string;
  readonly seed: number;
  readonly sets: readonly TestSet[];
  readonly cache: string;
}

/** What all cells of a task and seed start from. */
export interface Prepared {
  readonly base: BaseModel;
  readonly before: readonly TestScore[];
}

/** Train and grade one cell. */
export interface CellJob extends Prepared {
  readonly suite: Suite;
  readonly cell: Cell;
  readonly sets: readonly TestSet[];
  /** Checkpoints and the final model go here. */
  readonly folder: string;
  readonly mode: MemoryMode;
  /** Cells that run at the same time. */
  readonly workers: number;
}

export interface Executor extends AsyncDisposable {
  /** Jobs that run at the same time. */
  readonly width: number;
  readonly description: DeviceIdentity;
  prepare(job: PrepareJob, hooks: JobHooks<BaseProgress>): Promise<Prepared>;
  train(job: CellJob, hooks: JobHooks<CellProgress>): Promise<BenchRecord>;
}

/** Runs jobs one at a time on a backend of the caller's. */
export function inlineExecutor(backend: Backend): Executor {
  return {
    width: 1,
    description: backend.description,
    prepare: (job, hooks) => prepareTask(backend, job, hooks),
    train: (job, hooks) => trainCell(backend, job, hooks),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The work of a `PrepareJob`. */
export async function prepareTask(
  backend: Backend,
  { suite, task: id, seed, sets, cache }: PrepareJob,
  { onProgress, warn, signal }: JobHooks<BaseProgress>,
): Promise<Prepared> {
  const task = taskById(id);
  const base = await baseModel(backend, suite, task, seed, cache, { report: onProgress, warn, signal });
  const before = await gradeBase(backend, suite, task, base, sets);
  return { base, before: before.map((score) => ({ ...score, graded: [] })) };
}

/** The work of a `CellJob`. */
export async function trainCell(
  backend: Backend,
  { suite, cell, sets, base, before, folder, mode, workers }: CellJob,
  { onProgress, warn, signal }: JobHooks<CellProgress>,
): Promise<BenchRecord> {
  return await runCell({
    spec: { suite, task: taskById(cell.task), objective: objectiveById(cell.objective), seed: cell.seed },
    cell,
    identity: trainingIdentity(cell),
    backend,
    base,
    before,
    sets,
    folder,
    mode,
    workers,
    onStep: onProgress,
    warn,
    signal,
  });
}
