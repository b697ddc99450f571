/** Whether two objectives have the same gradient on the same masks while the policy is the one that rolled out. */

import type { Hyper } from "../../objectives/objective.ts";
import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, openLaboratory, rollOut } from "./laboratory.ts";
import { firstPlan, gradientOf, withEngine } from "./updates.ts";
import type { Vector } from "./vectors.ts";

export interface OnPolicyEqualityParameters extends Place, BatchSize {
  readonly objectives: readonly [string, string];
  readonly settings: Hyper;
  readonly samples: readonly number[];
}

export interface OnPolicyEquality {
  /** For each number of samples: largest difference of an element over the largest element. */
  readonly difference: readonly number[];
}

export const onPolicyEquality: Measurement<OnPolicyEqualityParameters, OnPolicyEquality> = {
  name: "on-policy-equality",
  async measure(site, parameters) {
    const { objectives, settings, samples, prompts, group } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const batch = await rollOut(laboratory, { prompts, group }, 0);
    const difference: number[] = [];
    for (const [i, n] of samples.entries()) {
      const vectors: Vector[] = [];
      for (const objective of objectives) {
        const choice = { objective, settings: { ...settings, samples: n } };
        vectors.push(
          await withEngine(
            laboratory,
            choice,
            { prompts, group },
            async (engine) => gradientOf(engine, await firstPlan(engine, laboratory, batch, 0)),
          ),
        );
      }
      const [a, b] = vectors as [Vector, Vector];
      let largest = 0, apart = 0;
      a.forEach((value, k) => {
        largest = Math.max(largest, Math.abs(value));
        apart = Math.max(apart, Math.abs(value - b[k]!));
      });
      if (largest === 0) throw new Error(`the gradients of ${objectives.join(" and ")} are zero`);
      difference.push(apart / largest);
      site.report((i + 1) / samples.length);
    }
    return { difference };
  },
};
