/** The work of one worker: a base model, or one piece of a claim. */

import type { Backend } from "../../kernels/backend.ts";
import type { JobHooks } from "../workers/pool.ts";
import type { Suite } from "../suite/suite.ts";
import { baseTensors } from "./bases.ts";
import type { Piece, Place } from "./claim.ts";

import { measurementByName } from "./measurements/list.ts";

export interface ClaimJob {
  readonly suite: Suite;
  /** Folder of base models. */
  readonly cache: string;
  readonly work: { readonly base: Place } | { readonly piece: Piece };
}

/** Does the work; a base model gives null. */
export async function runJob(
  backend: Backend,
  job: ClaimJob,
  hooks: JobHooks<number>,
): Promise<unknown> {
  const { suite, work } = job, { onProgress, warn, signal } = hooks;
  if ("base" in work) {
    await baseTensors(backend, job, work.base, hooks);
    return null;
  }
  const base = (place: Place) => baseTensors(backend, job, place, { ...hooks, onProgress: () => {} });
  const site = { backend, suite, base, warn, signal, report: onProgress };
  const { measurement, parameters } = work.piece;
  return await measurementByName(measurement).measure(site, parameters);
}
