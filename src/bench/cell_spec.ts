/** What is asked of a cell: everything that determines its outcome. */

import type { Task } from "../../tasks/task.ts";
import type { Objective } from "../objectives/objective.ts";
import type { MemoryMode } from "../train/update_engine.ts";
import { baseRecipe, type DeviceIdentity } from "./base_models.ts";
import type { Cell, EvaluationDecoding } from "../records/record.ts";
import type { Decoding } from "../suite/names.ts";
import { cellSource } from "../records/source_identity.ts";
import { commonIdentity, type Suite } from "../suite/suite.ts";
import { decodingFor, objectiveEntry, objectiveSettings } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";

export interface CellSpec {
  readonly suite: Suite;
  readonly task: Task;
  readonly objective: Objective;
  readonly seed: number;
}

/** What decodings of this code have in common: low-confidence remasking and nothing else. */
const PLAIN = {
  remasking: "low-confidence",
  topK: null,
  topP: null,
  threshold: null,
  endRule: "plain",
  orderTemperature: null,
} as const;

/** Backends whose results may be compared: the fast CPU build rounds as the machine does. */
export function backendClass({ backend, features }: DeviceIdentity): Cell["backend"] {
  return backend === "cpu" && features.includes("relaxed-simd") ? "cpu-fast" : backend;
}

/**
 * What is asked of a cell, as its record will say.
 * @param sets test sets that it is graded on
 */
export async function cellOf(
  { suite, task, objective, seed }: CellSpec,
  device: { readonly description: DeviceIdentity },
  memory: MemoryMode,
  sets: readonly TestSet[],
): Promise<Cell> {
  const { learningRate, updates } = objectiveEntry(suite, objective), { description } = device;
  const decoding = (kind: Decoding) => ({ ...PLAIN, ...decodingFor(suite, task, task.responseLength, kind) });
  const { during, final } = suite.evaluation;
  const kinds = [...new Set([...during.decodings, ...final.decodings])];
  return {
    suite: { id: suite.id, version: suite.version, identity: commonIdentity(suite) },
    task: task.id,
    objective: objective.id,
    settings: objectiveSettings(suite, objective),
    learningRate,
    updates,
    decoding: {
      rollout: decoding("sampled"),
      evaluation: Object.fromEntries(
        kinds.map((kind): [Decoding, EvaluationDecoding] => [kind, { ...decoding(kind), samples: 1 }]),
      ),
    },
    memory,
    setting: suite.tasks[task.id]!.setting,
    seed,
    baseSeed: seed,
    backend: backendClass(description),
    base: baseRecipe(device, suite, task, seed),
    source: await cellSource(task.id, objective.id, description.backend),
    data: Object.fromEntries(sets.flatMap(({ file }) => file ? [[file.name, file.sha256]] : [])),
  };
}
