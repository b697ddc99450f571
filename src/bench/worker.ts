/** One worker of a run of cells. */

import { type BaseJob, type CellJob, prepareBase, trainCell } from "./executor.ts";
import { measurePeak, type PeakJob } from "./peak.ts";
import { serveJobs } from "../workers/service.ts";

/** What the executor asks of a worker. */
export type SuiteJob =
  | { readonly kind: "prepare"; readonly job: BaseJob }
  | { readonly kind: "train"; readonly job: CellJob }
  | { readonly kind: "peak"; readonly job: PeakJob };

serveJobs<SuiteJob>((backend, work, hooks) => {
  switch (work.kind) {
    case "prepare":
      return prepareBase(backend, work.job, hooks);
    case "train":
      return trainCell(backend, work.job, hooks);
    case "peak":
      return measurePeak(backend, work.job);
  }
});
