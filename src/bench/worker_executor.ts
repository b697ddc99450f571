/** Runs jobs in workers on the CPU backend, one cell per core. */

import { openCpu } from "../../kernels/cpu.ts";
import type { Executor, JobHooks } from "./executor.ts";
import type { WorkerReply, WorkerRequest } from "./worker_messages.ts";

/** Omits a key of each member of a union. */
type Job = WorkerRequest extends infer R ? R extends WorkerRequest ? Omit<R, "build" | "stop"> : never
  : never;

/** A failure inside a worker; the message has its stack. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
}

/** Starts `width` workers when they are needed. Dispose it to end them. */
export async function workerExecutor(width: number, build: WorkerRequest["build"]): Promise<Executor> {
  // Opened here once so that the kernels are compiled before several workers ask for them.
  using backend = await openCpu({ build });
  const { description } = backend;
  const idle: Worker[] = [], all: Worker[] = [];

  function worker(): Worker {
    const waiting = idle.pop();
    if (waiting) return waiting;
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    all.push(started);
    return started;
  }

  function submit<Result>(job: Job, { onProgress, warn, signal }: JobHooks<never>): Promise<Result> {
    const stop = new SharedArrayBuffer(4);
    const ask = () => Atomics.store(new Int32Array(stop), 0, 1);
    if (signal.aborted) ask();
    signal.addEventListener("abort", ask);
    const used = worker();
    return new Promise<Result>((resolve, reject) => {
      const settle = (finish: () => void) => {
        signal.removeEventListener("abort", ask);
        used.onmessage = used.onerror = null;
        idle.push(used);
        finish();
      };
      used.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
        if (data.kind === "progress") onProgress(data.progress as never);
        else if (data.kind === "warning") warn(data.message);
        else if (data.kind === "result") settle(() => resolve(data.result as Result));
        else settle(() => reject(data.stopped ? signal.reason : new WorkerError(data.message)));
      };
      used.onerror = (event) => {
        event.preventDefault();
        settle(() => reject(new WorkerError(`a worker ended: ${event.message}`)));
      };
      used.postMessage({ ...job, build, stop });
    });
  }

  return {
    width,
    description,
    prepare: (job, hooks) => submit({ kind: "prepare", job }, hooks),
    train: (job, hooks) => submit({ kind: "train", job }, hooks),
    [Symbol.asyncDispose]() {
      for (const started of all) started.terminate();
      return Promise.resolve();
    },
  };
}
