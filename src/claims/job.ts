/** The work of one worker: a base model, or one piece of a claim. */

import type { Backend } from "../../kernels/backend.ts";
import type { JobHooks } from "../bench/worker_pool.ts";
import type { Suite } from "../bench/suite.ts";
import type { Piece, Place } from "./claim.ts";
import { basesOf } from "./measurements/laboratory.ts";
import { measurementByName } from "./measurements/registry.ts";

export interface ClaimJob {
  readonly suite: Suite;
  /** Folder of base models. */
  readonly cache: string;
  readonly work: { readonly base: Place } | { readonly piece: Piece };
}

/** Does the work; a base model gives null. */
export async function runJob(
  backend: Backend,
  { suite, cache, work }: ClaimJob,
  { onProgress, warn, signal }: JobHooks<number>,
): Promise<unknown> {
  const site = { backend, suite, cache, warn, signal, report: onProgress };
  if ("base" in work) {
    await basesOf(site, work.base);
    return null;
  }
  const { measurement, parameters } = work.piece;
  return await measurementByName(measurement).measure(site, parameters);
}
