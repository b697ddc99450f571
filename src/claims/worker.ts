/** One worker of `deno task claims`. */

import { serveJobs } from "../workers/service.ts";
import { type ClaimJob, runJob } from "./job.ts";

serveJobs<ClaimJob>(runJob);
