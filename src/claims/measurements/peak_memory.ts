/** Peak device memory of one update against the number of masked states per response, from what is allocated. */

import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, MICRO_BATCH, openLaboratory, rollOut } from "./laboratory.ts";
import { gradientOf, type ObjectiveChoice, statesOf, withEngine } from "./updates.ts";

export interface PeakMemoryParameters extends Place, BatchSize, ObjectiveChoice {
  readonly mode: "retain" | "two-pass";
  readonly samples: readonly number[];
}

export interface PeakMemory {
  /** Bytes of the largest sum of device buffers during an update, for each number of samples. */
  readonly bytes: readonly number[];
}

export const peakMemory: Measurement<PeakMemoryParameters, PeakMemory> = {
  name: "peak-memory",
  async measure(site, parameters) {
    const { samples, mode, objective, settings, prompts, group } = parameters;
    const { backend } = site;
    const bytes: number[] = [];
    for (const [i, n] of samples.entries()) {
      site.signal.throwIfAborted();
      const before = backend.memory().bytes;
      await using laboratory = await openLaboratory(site, parameters, MICRO_BATCH);
      const batch = await rollOut(laboratory, { prompts, group }, 0);
      const choice = { objective, settings: { ...settings, samples: n } };
      await withEngine(laboratory, choice, { responses: prompts * group, mode }, async (engine) => {
        backend.resetPeak();
        await gradientOf(engine, statesOf(engine, laboratory, batch, 0));
        bytes.push(backend.memory().peakBytes - before);
      });
      site.report((i + 1) / samples.length);
    }
    return { bytes };
  },
};
