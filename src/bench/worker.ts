/** One worker of a run: a CPU backend of its own, and one job after another. */

/// <reference lib="deno.worker" />

import { openCpu } from "../../kernels/cpu.ts";
import { type JobHooks, prepareTask, trainCell } from "./executor.ts";
import type { WorkerReply, WorkerRequest } from "./worker_messages.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
const reply = (message: WorkerReply) => scope.postMessage(message);
const backends = new Map<WorkerRequest["build"], ReturnType<typeof openCpu>>();

scope.onmessage = async ({ data: request }: MessageEvent<WorkerRequest>) => {
  const flag = new Int32Array(request.stop);
  const controller = new AbortController();
  const stopIfAsked = () => {
    if (Atomics.load(flag, 0) !== 0) controller.abort(new Error("stopped"));
  };
  const hooks: JobHooks<unknown> = {
    onProgress(progress) {
      reply({ kind: "progress", progress });
      stopIfAsked();
    },
    warn: (message) => reply({ kind: "warning", message }),
    signal: controller.signal,
  };
  try {
    let backend = backends.get(request.build);
    if (!backend) backends.set(request.build, backend = openCpu({ build: request.build }));
    const result = request.kind === "prepare"
      ? await prepareTask(await backend, request.job, hooks)
      : await trainCell(await backend, request.job, hooks);
    reply({ kind: "result", result });
  } catch (error) {
    const { message, stack } = error as Error;
    const stopped = controller.signal.aborted && error === controller.signal.reason;
    reply({ kind: "failure", message: stopped ? message : stack ?? message, stopped });
  }
};
