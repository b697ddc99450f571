/** What answers prompts on the cores of the CPU: a model in each of several workers. */

import { workerPool, type WorkerRequest } from "../workers/pool.ts";
import type { Responder, RespondJob } from "./responder.ts";

/** A model in each of `width` workers on the CPU. */
export function workerResponder(folder: string, width: number, build: WorkerRequest["build"]): Responder {
  const pool = workerPool<RespondJob>(new URL("./worker.ts", import.meta.url), build);
  const hooks = { onProgress() {}, warn() {}, signal: new AbortController().signal };
  return {
    width,
    respond: (batch) => pool.submit<Uint32Array[]>({ folder, batch }, hooks),
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
