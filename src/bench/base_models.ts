/** Base models: trained once per suite, task, seed and device, kept by the hash of everything that determines them. */

import type { Backend, DeviceDescription } from "../../kernels/backend.ts";
import type { Task } from "../../tasks/task.ts";
import { identityOf } from "../files/identity.ts";
import { lockFolder } from "../files/lock.ts";
import { type HostTensor, layoutParameters } from "../model/parameters.ts";
import { type BaseInterruption, type BaseProgress, trainBase } from "../train/base.ts";
import { loadLatestCheckpoint, saveCheckpoint } from "../train/checkpoint.ts";
import { baseSource } from "../records/source_identity.ts";
import type { Suite } from "../suite/suite.ts";
import { modelConfig } from "../suite/settings.ts";

export interface BaseModel {
  /** Equal for base models of the same recipe and code, which have equal parameters. */
  readonly identity: string;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** Wall-clock seconds of its training, or of the part after its last interruption; never part of a result. */
  readonly seconds: number;
}

/** What of a device decides results. */
export type DeviceIdentity = Pick<DeviceDescription, "backend" | "adapter" | "features">;

/** What determines the parameters of a base model, the code aside. */
export function baseRecipe(
  { description }: { readonly description: DeviceIdentity },
  suite: Suite,
  task: Task,
  seed: number,
): string {
  const { model, initialisation, optimizer, tasks } = suite;
  return identityOf({
    model,
    initialisation,
    optimizer,
    task: task.id,
    base: tasks[task.id]!.base,
    seed,
    // Other adapters round differently.
    device: { backend: description.backend, adapter: description.adapter },
  });
}

/** The identity of a base model of a recipe, trained by this code: its folder in the cache. */
export async function baseIdentity(
  recipe: string,
  task: Pick<Task, "id">,
  { backend }: Pick<DeviceIdentity, "backend">,
): Promise<string> {
  return identityOf({ recipe, source: await baseSource(task.id, backend) });
}

/** Forward passes of training the base model of a task, a backward pass counted as two. */
export function baseForwards(suite: Suite, task: Task): number {
  return suite.tasks[task.id]!.base.reduce((sum, { steps, batch }) => sum + 3 * steps * batch, 0);
}

/** Training steps of the base model of a task. */
export function baseSteps(suite: Suite, task: Task): number {
  return suite.tasks[task.id]!.base.reduce((sum, { steps }) => sum + steps, 0);
}

/**
 * The base model of a task and seed: from the cache, or trained and then cached. A training that was interrupted continues.
 * @param cache folder that holds one folder per base model
 * @param warn called with one line of text per damaged checkpoint
 * @throws Error if training meets non-finite gradients
 * @throws the reason of `signal` when it was aborted while training
 */
export async function baseModel(
  backend: Backend,
  { suite, task, seed }: { readonly suite: Suite; readonly task: Task; readonly seed: number },
  cache: string,
  { report, warn, signal }: Pick<BaseInterruption, "warn" | "signal"> & {
    readonly report: (progress: BaseProgress) => void;
  },
): Promise<BaseModel> {
  const identity = await baseIdentity(baseRecipe(backend, suite, task, seed), task, backend.description);
  const config = modelConfig(suite, task.vocabulary);
  const folder = `${cache}/${identity}`;
  const { tensors: specs } = layoutParameters(config, backend.traits.maxBufferElements);
  const training = `${folder}/training`;
  let cached = await loadLatestCheckpoint(folder, warn);
  // Runs with other results folders share the cache: one of them trains the model, and the others wait for it.
  using _lock = cached ? null : await lockFolder(folder, { onWait: warn, signal });
  cached ??= await loadLatestCheckpoint(folder, () => {});
  if (cached) {
    // Left behind when a process ended between the two.
    await removeFolder(training);
    const { tensors: data, state } = cached, { seconds } = state as { seconds: number };
    const tensors = specs.map(({ name, shape }) =>
      [name, { shape, data: data[name] as Float32Array }] as const
    );
    return { identity, tensors: new Map(tensors), seconds };
  }
  const { initialisation, optimizer, tasks } = suite;
  const recipe = { initialisation, optimizer, phases: tasks[task.id]!.base };
  const interruption = { folder: training, warn, signal };
  const started = performance.now();
  const tensors = await trainBase(backend, { config, task, recipe, seed }, report, interruption);
  const seconds = (performance.now() - started) / 1000;
  await saveCheckpoint(folder, baseSteps(suite, task), {
    tensors: Object.fromEntries(Array.from(tensors, ([name, { data }]) => [name, data])),
    state: { suite: suite.id, task: task.id, seed, seconds },
  });
  await removeFolder(training);
  return { identity, tensors, seconds };
}

async function removeFolder(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
