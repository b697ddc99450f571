/** A policy some updates away from the one that rolled out. */

import { readParameters } from "../../model/parameters.ts";
import type { NamedTensors } from "../../model/parameters.ts";
import { beginUpdate, runUpdate } from "../../train/update.ts";
import { type BatchSize, type Laboratory, rollOut } from "./laboratory.ts";
import { firstPlan, type ObjectiveChoice, withEngine } from "./updates.ts";

/** REINFORCE on the ELBO needs no old policy: the distance does not depend on the objective that is measured. */
const WALK: ObjectiveChoice = {
  objective: "reinforce-elbo",
  settings: { samples: 4, normalize: 1, systematicCounts: 1 },
};

const LEARNING_RATE = 5e-4;
/** Rollouts and masks of the walk are others than those of the measurement. */
const FIRST_BATCH = 100_000;

/**
 * Parameters after `updates` AdamW updates from the base model, each on a batch of its own. The learner is left at
 * the base model.
 */
export async function policyAfter(
  laboratory: Laboratory,
  updates: number,
  size: BatchSize,
): Promise<{ old: NamedTensors; current: NamedTensors } | null> {
  if (updates === 0) return null;
  const { learner, base, suite } = laboratory;
  const current = await withEngine(laboratory, WALK, size, async (engine) => {
    for (let update = 0; update < updates; update++) {
      const batch = await rollOut(laboratory, size, FIRST_BATCH + update);
      const planned = await firstPlan(engine, laboratory, batch, FIRST_BATCH + update);
      const step = { settings: suite.optimizer, learningRate: LEARNING_RATE, number: update + 1 };
      await runUpdate(beginUpdate(engine, planned, 0), step);
    }
    return await readParameters(learner.backend, learner.parameters);
  });
  laboratory.reset();
  return { old: base, current };
}
