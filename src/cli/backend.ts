/** Opens the device on which a command computes. */

import { chooseBackend, openBackend as open, type OpenedBackend } from "../../kernels/open.ts";
import { findAdapter } from "../../kernels/webgpu.ts";
import { type Executor, inlineExecutor } from "../bench/executor.ts";
import { workerExecutor } from "../bench/worker_executor.ts";
import { UsageError } from "./errors.ts";
import type { Options } from "./options.ts";

type BackendOptions = Pick<Options<"bench">, "backend" | "fast-math">;

/** Opens the backend that the options lead to. @throws Error saying what to install where it cannot be had */
export function openBackend({ backend, "fast-math": fast }: BackendOptions): Promise<OpenedBackend> {
  return open(backend, { build: fast ? "fast" : "portable" });
}

/** An executor for many cells, and one sentence that says which backend it has and why. */
export async function openExecutor(
  options: BackendOptions & { readonly workers: number | null },
): Promise<{ executor: Executor; reason: string }> {
  const { backend: choice, "fast-math": fast } = options;
  const adapter = choice === "cpu" ? null : await findAdapter();
  const { name, reason } = chooseBackend(choice, adapter && adapter.info);
  if (name === "cpu") {
    const width = workersOf(options.workers);
    const executor = await workerExecutor(width, fast ? "fast" : "portable");
    return { executor, reason: `${reason} ${width} ${width === 1 ? "worker" : "workers"}.` };
  }
  checkGpuWorkers(options.workers);
  const { backend } = await open("webgpu");
  const executor = inlineExecutor(backend);
  return {
    executor: { ...executor, [Symbol.asyncDispose]: () => Promise.resolve(backend[Symbol.dispose]()) },
    reason,
  };
}

/** What --workers asks for, or one per core. */
export function workersOf(workers: number | null): number {
  return workers ?? navigator.hardwareConcurrency;
}

/** @throws UsageError for several workers on a GPU, which runs one piece of work at a time */
export function checkGpuWorkers(workers: number | null): void {
  if (workers === null || workers === 1) return;
  throw new UsageError(`--workers ${workers}: a GPU runs one cell at a time; workers are for the CPU`);
}
