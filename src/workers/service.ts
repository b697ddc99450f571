/** The inside of a worker: a CPU backend of its own, and one job after another. */

/// <reference lib="deno.worker" />

import type { Backend } from "../../kernels/backend.ts";
import { openCpu } from "../../kernels/cpu.ts";
import { errorText } from "../files/error_text.ts";
import type { JobHooks, WorkerReply, WorkerRequest } from "./pool.ts";

/** Answers every request of this worker's pool with what `run` returns. */
export function serveJobs<Job>(
  run: (backend: Backend, job: Job, hooks: JobHooks<unknown>) => Promise<unknown>,
): void {
  const scope = self as unknown as DedicatedWorkerGlobalScope;
  const reply = (message: WorkerReply) => scope.postMessage(message);
  const backends = new Map<WorkerRequest["build"], ReturnType<typeof openCpu>>();

  scope.onmessage = async ({ data: { job, build, stop } }: MessageEvent<WorkerRequest<Job>>) => {
    const flag = new Int32Array(stop);
    const controller = new AbortController();
    const hooks: JobHooks<unknown> = {
      onProgress(progress) {
        reply({ kind: "progress", progress });
        if (Atomics.load(flag, 0) !== 0) controller.abort(new Error("stopped"));
      },
      warn: (message) => reply({ kind: "warning", message }),
      signal: controller.signal,
    };
    try {
      let backend = backends.get(build);
      if (!backend) backends.set(build, backend = openCpu({ build }));
      reply({ kind: "result", result: await run(await backend, job, hooks) });
    } catch (error) {
      const stopped = controller.signal.aborted && error === controller.signal.reason;
      reply({ kind: "failure", message: errorText(error), stopped });
    }
  };
}
