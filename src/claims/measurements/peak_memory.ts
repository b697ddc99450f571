/** Peak device memory of one update against the number of masked states per response, from what is allocated. */

import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, openLaboratory, rollOut } from "./laboratory.ts";
import { firstPlan, gradientOf, type ObjectiveChoice, withEngine } from "./updates.ts";

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
    // One graph holds one state of every response.
    const responses = prompts * group;
    const peak = async (n: number) => {
      await using laboratory = await openLaboratory(site, parameters, responses);
      const batch = await rollOut(laboratory, { prompts, group }, 0);
      const choice = { objective, settings: { ...settings, samples: n } };
      return await withEngine(laboratory, choice, { prompts, group, mode }, async (engine) => {
        backend.resetPeak();
        await gradientOf(engine, await firstPlan(engine, laboratory, batch, 0));
        return backend.memory().peakBytes;
      });
    };
    // Work space of kernels stays with the backend: after a first update it is there for every other.
    await peak(samples[0]!);
    const before = backend.memory().bytes;
    const bytes: number[] = [];
    for (const [i, n] of samples.entries()) {
      site.signal.throwIfAborted();
      bytes.push(await peak(n) - before);
      site.report((i + 1) / samples.length);
    }
    return { bytes };
  },
};
