/** Peak device memory of a cell from two steps of it: every buffer is planned before the first. */

import type { Backend } from "../../kernels/backend.ts";
import { Stream } from "../../kernels/philox/random.ts";
import { taskById } from "../../tasks/registry.ts";
import { initialTensors, layoutParameters } from "../model/parameters.ts";
import { objectiveById } from "../objectives/registry.ts";
import { policyStep } from "../train/policy.ts";
import type { MemoryMode } from "../train/update_engine.ts";
import type { Suite } from "../suite/suite.ts";
import { modelConfig } from "../suite/settings.ts";
import type { TestSet } from "./test_sets.ts";
import { createTrainer, neededBytes } from "./trainer.ts";

/** What is measured: plain data. */
export interface PeakJob {
  readonly suite: Suite;
  readonly task: string;
  readonly objective: string;
  readonly seed: number;
  readonly sets: readonly TestSet[];
  readonly mode: MemoryMode;
}

/** `neededBytes` over two steps, from an untrained model. */
export async function measurePeak(
  backend: Backend,
  { suite, task: taskId, objective: objectiveId, seed, sets, mode }: PeakJob,
): Promise<number> {
  const task = taskById(taskId), objective = objectiveById(objectiveId);
  const layout = layoutParameters(modelConfig(suite, task.vocabulary), backend.traits.maxBufferElements);
  const base = initialTensors(layout, suite.initialisation, { seed, stream: Stream.parameters });
  backend.resetPeak();
  using trainer = createTrainer(backend, { suite, task, objective, mode }, base, sets);
  const { sampler, engine, settings } = trainer;
  // What kernels keep after the first update is there beside what the second rollout records.
  const first = await policyStep({ task, seed, settings, engine, sampler }, []);
  await policyStep({ task, seed, settings, engine, sampler }, [first]);
  return neededBytes(trainer);
}
