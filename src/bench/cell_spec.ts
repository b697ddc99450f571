/** What is asked of a cell: everything that determines its outcome. */

import type { Task } from "../../tasks/task.ts";
import type { Objective } from "../objectives/objective.ts";
import type { DeviceIdentity } from "./base_models.ts";
import type { Cell } from "./record.ts";
import { cellSource } from "./source_identity.ts";
import { commonIdentity, type Suite } from "./suite.ts";
import { objectiveEntry, objectiveSettings } from "./suite_settings.ts";
import type { TestSet } from "./test_sets.ts";

export interface CellSpec {
  readonly suite: Suite;
  readonly task: Task;
  readonly objective: Objective;
  readonly seed: number;
}

/** Backends whose results may be compared: the fast CPU build rounds as the machine does. */
function backendClass({ backend, features }: DeviceIdentity): Cell["backend"] {
  return backend === "cpu" && features.includes("relaxed-simd") ? "cpu-fast" : backend;
}

/**
 * What is asked of a cell, as its record will say.
 * @param base identity of the base model
 * @param sets test sets that it is graded on
 */
export async function cellOf(
  { suite, task, objective, seed }: CellSpec,
  { description }: { readonly description: DeviceIdentity },
  base: string,
  sets: readonly TestSet[],
): Promise<Cell> {
  const { learningRate, updates } = objectiveEntry(suite, objective);
  const { setting, decoding } = suite.tasks[task.id]!;
  return {
    suite: { id: suite.id, version: suite.version, identity: commonIdentity(suite) },
    task: task.id,
    objective: objective.id,
    settings: objectiveSettings(suite, objective),
    learningRate,
    updates,
    decoding,
    setting,
    seed,
    backend: backendClass(description),
    base,
    source: await cellSource(task.id, objective.id, description.backend),
    data: Object.fromEntries(sets.flatMap(({ file }) => file ? [[file.name, file.sha256]] : [])),
  };
}
