/** Runs claims at tiny sizes in this process. */

import type { Backend } from "../../kernels/backend.ts";
import { loadSuite } from "../suite/suite.ts";
import { baseTensors } from "./bases.ts";
import type { Claim, Place, Site } from "./claim.ts";
import { runJob } from "./job.ts";
import { type MeasureOptions, measurePieces } from "./measure.ts";
import { PROFILES } from "./profile.ts";
import { CLAIMS } from "./list.ts";
import { indexFiles, type ReadClaim, type ReportFiles, reportFiles } from "./report.ts";

export interface TinyRun {
  readonly files: ReportFiles;
  readonly read: readonly ReadClaim[];
  /** Jobs that ran, by name. */
  readonly jobs: readonly string[];
}

/** A site of the suite smoke, with base models below a folder. */
export async function testSite(backend: Backend, cache: string): Promise<Site> {
  const suite = await loadSuite("smoke"), { signal } = new AbortController();
  const hooks = { onProgress: () => {}, warn: console.error, signal };
  const base = (place: Place) => baseTensors(backend, { suite, cache }, place, hooks);
  return { backend, suite, base, warn: console.error, report: () => {}, signal };
}

/** Measures claims with everything kept below `folder`, or base models where `changes` say. */
export async function runTiny(
  backend: Backend,
  claims: readonly Claim[],
  folder: string,
  changes: Partial<MeasureOptions> = {},
): Promise<TinyRun> {
  const profile = PROFILES.tiny, suite = await loadSuite(profile.suite);
  const jobs: string[] = [];
  const results = await measurePieces(claims.flatMap((claim) => claim.pieces(profile)), {
    width: 1,
    description: backend.description,
    run(job, hooks) {
      jobs.push("base" in job.work ? "base" : job.work.piece.measurement);
      return runJob(backend, job, hooks);
    },
    suite,
    bases: `${folder}/bases`,
    cache: `${folder}/pieces`,
    signal: new AbortController().signal,
    progress: () => {},
    say: (line) => console.error(line),
    ...changes,
  });
  const read = claims.map((claim) => ({ claim, reading: claim.read(results, profile) }));
  const named = { id: suite.id, version: suite.version, identity: "0" };
  const files = Object.assign({}, ...read.map((each) => reportFiles(each, profile, named)));
  return {
    files: { ...files, ...indexFiles(CLAIMS, profile, (path) => files[path] ?? null) },
    read,
    jobs,
  };
}
