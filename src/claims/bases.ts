/** The base models that measurements start from: those of the suite, from its cache. */

import type { Backend } from "../../kernels/backend.ts";
import { taskById } from "../../tasks/registry.ts";
import { baseModel, baseSteps } from "../bench/base_models.ts";
import type { Suite } from "../suite/suite.ts";
import type { JobHooks } from "../workers/pool.ts";
import type { NamedTensors } from "../model/parameters.ts";
import type { Place } from "./claim.ts";

/**
 * Parameters of the base model of a place, trained unless they are in the cache.
 * @param cache folder of base models
 */
export async function baseTensors(
  backend: Backend,
  { suite, cache }: { readonly suite: Suite; readonly cache: string },
  { task: id, seed }: Place,
  { onProgress, warn, signal }: JobHooks<number>,
): Promise<NamedTensors> {
  const task = taskById(id), steps = baseSteps(suite, task);
  const report = ({ step }: { readonly step: number }) => onProgress(step / steps);
  return (await baseModel(backend, { suite, task, seed }, cache, { report, warn, signal })).tensors;
}
