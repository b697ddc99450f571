/** Seconds of a rollout and of an update against the number of masked states per response. Varies by its nature. */

import { median } from "../../statistics/moments.ts";
import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, openLaboratory, rollOut } from "./laboratory.ts";
import { firstPlan, gradientOf, type ObjectiveChoice, withEngine } from "./updates.ts";

export interface StepSecondsParameters extends Place, BatchSize, ObjectiveChoice {
  readonly mode: "retain" | "two-pass";
  readonly samples: readonly number[];
  readonly repeats: number;
}

export interface StepSeconds {
  /** Denoising steps of the rollout. */
  readonly steps: number;
  /** Median over the repeats. */
  readonly rollout: number;
  /** For each number of samples, every repeat. */
  readonly update: readonly (readonly number[])[];
}

export const stepSeconds: Measurement<StepSecondsParameters, StepSeconds> = {
  name: "step-seconds",
  timed: true,
  async measure(site, parameters) {
    const { samples, repeats, mode, objective, settings, prompts, group } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const seconds = async (work: () => Promise<unknown>) => {
      const started = performance.now();
      await work();
      return (performance.now() - started) / 1000;
    };
    const batch = await rollOut(laboratory, { prompts, group }, 0);
    const rollouts: number[] = [];
    for (let r = 0; r < repeats; r++) {
      rollouts.push(await seconds(() => rollOut(laboratory, { prompts, group }, r)));
    }
    const update: number[][] = [];
    for (const [i, n] of samples.entries()) {
      site.signal.throwIfAborted();
      const choice = { objective, settings: { ...settings, samples: n } };
      await withEngine(laboratory, choice, { prompts, group, mode }, async (engine) => {
        const one = async () => gradientOf(engine, await firstPlan(engine, laboratory, batch, 0));
        // The first allocates what a mode keeps.
        await one();
        const times: number[] = [];
        for (let r = 0; r < repeats; r++) times.push(await seconds(one));
        update.push(times);
      });
      site.report((i + 1) / samples.length);
    }
    return { steps: laboratory.decoding.steps, rollout: median(rollouts), update };
  },
};
