/** Runs jobs in workers on the CPU backend, one cell per core. */

import { openCpu } from "../../kernels/cpu.ts";
import type { Executor } from "./executor.ts";
import type { SuiteJob } from "./worker.ts";
import { workerPool, type WorkerRequest } from "../workers/pool.ts";

/** Starts `width` workers when they are needed. Dispose it to end them. */
export async function workerExecutor(width: number, build: WorkerRequest["build"]): Promise<Executor> {
  // Opened here once so that the kernels are compiled before several workers ask for them.
  using backend = await openCpu({ build });
  const { description } = backend;
  const pool = workerPool<SuiteJob>(new URL("./worker.ts", import.meta.url), build);
  return {
    width,
    description,
    prepare: (job, hooks) => pool.submit({ kind: "prepare", job }, hooks),
    train: (job, hooks) => pool.submit({ kind: "train", job }, hooks),
    peak: (job, hooks) => pool.submit({ kind: "peak", job }, hooks),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
