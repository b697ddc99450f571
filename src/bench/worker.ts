/** One worker of a run of cells. */

import { type BaseJob, type CellJob, prepareBase, trainCell } from "./executor.ts";
import { serveJobs } from "./worker_service.ts";

/** What the executor asks of a worker. */
export type SuiteJob =
  | { readonly kind: "prepare"; readonly job: BaseJob }
  | { readonly kind: "train"; readonly job: CellJob };

serveJobs<SuiteJob>((backend, { kind, job }, hooks) =>
  kind === "prepare" ? prepareBase(backend, job, hooks) : trainCell(backend, job, hooks)
);
