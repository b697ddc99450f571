/**
 * A check of the GPU that this machine has: does it give what the CPU gives, and how fast is it. Made to be run by people
 * on machines that nobody here has seen, in about three minutes, and to be sent back.
 */

import type { Backend } from "../../kernels/backend.ts";
import { provenance } from "../records/provenance.ts";
import { adapterFacts } from "./adapter.ts";
import { KERNEL_CASES } from "./kernel_cases.ts";
import { MODEL_CASES } from "./model_cases.ts";
import { FULL_MODELS, SMALL_MODELS, timeModel } from "./model_speed.ts";
import { checkParity, type ParityCase } from "./parity.ts";
import { attentionCases, productCases } from "./product_cases.ts";
import type { GpuReport } from "./report.ts";
import { FULL, SMALL, timeAttention, timeBandwidth, timeProducts } from "./timing.ts";

/** Every case of parity that runs on a device. */
export function parityCases(backend: Pick<Backend, "traits">): ParityCase[] {
  return [...productCases(backend), ...attentionCases(backend), ...KERNEL_CASES, ...MODEL_CASES];
}

/** Checks `gpu` against `cpu`. @param onProgress called with a few words before each part */
export async function checkGpu(
  gpu: Backend,
  cpu: Backend,
  onProgress: (done: number, total: number, note: string) => void,
): Promise<GpuReport> {
  const startedAt = new Date().toISOString(), from = performance.now();
  const { software } = gpu.traits,
    effort = software ? SMALL : FULL,
    models = software ? SMALL_MODELS : FULL_MODELS;
  const cases = parityCases(gpu);
  // Of timings the number is not known before; each counts as the part of one case that it is on average.
  const total = cases.length + 4;
  let done = 0;
  const adapter = await adapterFacts(gpu), parity: GpuReport["parity"] = [];
  for (const parityCase of cases) {
    onProgress(done++, total, `parity of ${parityCase.name}`);
    const { comparisons, ...result } = await checkParity(gpu, cpu, parityCase);
    parity.push({
      ...result,
      comparisons: comparisons.map((each) => ({
        ...each,
        error: Number.isFinite(each.error) ? each.error : null,
      })),
    });
  }
  const onEach = (note: string) => onProgress(done, total, note);
  const products = await timeProducts(gpu, effort, onEach);
  done++;
  const attention = await timeAttention(gpu, effort, onEach);
  done++;
  const bandwidth = await timeBandwidth(gpu, effort, onEach);
  done++;
  const timed: GpuReport["models"] = [];
  for (const model of models) {
    onEach(`tokens/s of ${model.name}`);
    timed.push(await timeModel(gpu, model));
  }
  onProgress(total, total, "done");
  const { deno, commit, dirty } = provenance(gpu.description);
  const seconds = (performance.now() - from) / 1000;
  const measured = { parity, products, attention, bandwidth, models: timed };
  return { schema: 1, startedAt, seconds, deno, commit, dirty, adapter, ...measured };
}

/** Names of the cases in which the GPU does not give what the CPU gives. */
export function failuresOf({ parity }: GpuReport): string[] {
  return parity.filter(({ passed }) => !passed).map(({ name, failure, comparisons }) => {
    const wrong = comparisons.filter(({ error, tolerance }) => error === null || error > tolerance)
      .map(({ output, error, tolerance }) =>
        `${output} is off by ${error ?? "something not finite"}, allowed ${tolerance}`
      );
    return `${name}: ${failure ?? wrong.join("; ")}`;
  });
}
