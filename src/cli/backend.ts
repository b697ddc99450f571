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
  options: BackendOptions & { readonly workers: string | null },
): Promise<{ executor: Executor; reason: string }> {
  const { backend: choice, "fast-math": fast } = options;
  const adapter = choice === "cpu" ? null : await findAdapter();
  const { name, reason } = chooseBackend(choice, adapter && adapter.info);
  if (name === "cpu") {
    const width = workersOf(options.workers);
    const executor = await workerExecutor(width, fast ? "fast" : "portable");
    return { executor, reason: `${reason} ${width} ${width === 1 ? "worker" : "workers"}.` };
  }
  if (options.workers && options.workers !== "1") {
    throw new UsageError(
      `--workers ${options.workers}: a GPU runs one cell at a time; workers are for the CPU`,
    );
  }
  const { backend } = await open("webgpu");
  const executor = inlineExecutor(backend);
  return {
    executor: { ...executor, [Symbol.asyncDispose]: () => Promise.resolve(backend[Symbol.dispose]()) },
    reason,
  };
}

/** What --workers asks for. @throws UsageError for anything but a whole number from 1 to 1024 */
export function workersOf(text: string | null): number {
  if (text === null) return navigator.hardwareConcurrency;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1024) return count;
  throw new UsageError(`--workers: expected a whole number from 1 to 1024, found "${text}"`);
}
