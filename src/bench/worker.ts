/** One worker of a run of cells. */

import { type CellJob, type PrepareJob, prepareTask, trainCell } from "./executor.ts";
import { serveJobs } from "./worker_service.ts";

/** What the executor asks of a worker. */
export type SuiteJob =
  | { readonly kind: "prepare"; readonly job: PrepareJob }
  | { readonly kind: "train"; readonly job: CellJob };

serveJobs<SuiteJob>((backend, { kind, job }, hooks) =>
  kind === "prepare" ? prepareTask(backend, job, hooks) : trainCell(backend, job, hooks)
);
