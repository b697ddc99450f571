/** What a run and its workers say to each other. Plain data, as `postMessage` copies it. */

import type { CellJob, PrepareJob } from "./executor.ts";

/** Answered by one `result` or `failure`, after any number of the others. */
export type WorkerRequest =
  & {
    readonly build: "portable" | "fast";
    /** One Int32: not 0 once the run was asked to stop. The worker reads it between steps. */
    readonly stop: SharedArrayBuffer;
  }
  & ({ readonly kind: "prepare"; readonly job: PrepareJob } | {
    readonly kind: "train";
    readonly job: CellJob;
  });

export type WorkerReply =
  | { readonly kind: "progress"; readonly progress: unknown }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "result"; readonly result: unknown }
  /** `stopped`: because the run was asked to. */
  | { readonly kind: "failure"; readonly message: string; readonly stopped: boolean };
