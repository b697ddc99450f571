/** Workers that do one job after another. A job is plain data, answered by one result or failure. */

/** What goes to a worker: the job, which CPU build it runs on, and how it is asked to stop. */
export interface WorkerRequest<Job = unknown> {
  readonly job: Job;
  readonly build: "portable" | "fast";
  /** One Int32: not 0 once the run was asked to stop. The worker reads it between steps. */
  readonly stop: SharedArrayBuffer;
}

/** What comes back, `result` or `failure` last. Plain data, as `postMessage` copies it. */
export type WorkerReply =
  | { readonly kind: "progress"; readonly progress: unknown }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "result"; readonly result: unknown }
  /** `stopped`: because the run was asked to. */
  | { readonly kind: "failure"; readonly message: string; readonly stopped: boolean };

/** What a job tells while it runs, and how it learns that it should stop. */
export interface JobHooks<Progress> {
  readonly onProgress: (progress: Progress) => void;
  readonly warn: (message: string) => void;
  /** Aborted: save and throw its reason. */
  readonly signal: AbortSignal;
}

/** A failure inside a worker; of a defect, the message has the stack. */
class WorkerError extends Error {
  override readonly name = "WorkerError";
}

export interface WorkerPool<Job> extends AsyncDisposable {
  /**
   * Gives a job to an idle worker, or to a new one.
   * @throws WorkerError if the job fails; the reason of the signal if it stopped because of it; what a hook throws
   */
  submit<Result>(job: Job, hooks: JobHooks<never>): Promise<Result>;
}

/** Workers of one module, which calls `serveJobs`. They start when they are needed; dispose the pool to end them. */
export function workerPool<Job>(module: URL, build: WorkerRequest["build"]): WorkerPool<Job> {
  const idle: Worker[] = [], all: Worker[] = [];

  function worker(): Worker {
    const waiting = idle.pop();
    if (waiting) return waiting;
    const started = new Worker(module, { type: "module" });
    all.push(started);
    return started;
  }

  return {
    submit<Result>(job: Job, { onProgress, warn, signal }: JobHooks<never>): Promise<Result> {
      const stop = new SharedArrayBuffer(4);
      const ask = () => Atomics.store(new Int32Array(stop), 0, 1);
      if (signal.aborted) ask();
      signal.addEventListener("abort", ask);
      const used = worker();
      let broken: { readonly error: unknown } | null = null;
      /** A hook that fails stops the job. */
      const call = (hook: () => void) => {
        try {
          hook();
        } catch (error) {
          broken ??= { error };
          ask();
        }
      };
      return new Promise<Result>((resolve, reject) => {
        const settle = (finish: () => void) => {
          signal.removeEventListener("abort", ask);
          used.onmessage = used.onerror = null;
          idle.push(used);
          finish();
        };
        used.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
          if (data.kind === "progress") call(() => onProgress(data.progress as never));
          else if (data.kind === "warning") call(() => warn(data.message));
          else if (broken) settle(() => reject(broken!.error));
          else if (data.kind === "result") settle(() => resolve(data.result as Result));
          else settle(() => reject(data.stopped ? signal.reason : new WorkerError(data.message)));
        };
        used.onerror = (event) => {
          event.preventDefault();
          settle(() => reject(new WorkerError(`a worker ended: ${event.message}`)));
        };
        used.postMessage({ job, build, stop } satisfies WorkerRequest<Job>);
      });
    },
    [Symbol.asyncDispose]() {
      for (const started of all) started.terminate();
      return Promise.resolve();
    },
  };
}
