/** What an adapter says of itself, and whether it grants what no kernel here uses yet. */

import type { Backend } from "../../kernels/backend.ts";
import { findAdapter } from "../../kernels/webgpu.ts";
import type { GpuReport } from "./report.ts";

/** Matrix instructions for subgroups, as wgpu names them. */
const COOPERATIVE_MATRIX = "wgpu-cooperative-matrix";

/** Facts of the adapter behind `backend`. */
export async function adapterFacts({ description, traits }: Backend): Promise<GpuReport["adapter"]> {
  const adapter = await findAdapter();
  const features: string[] = Array.from(adapter?.features ?? []).sort();
  return {
    description: description.adapter,
    vendor: description.vendor,
    device: description.device,
    software: traits.software,
    subgroupSize: traits.subgroupSize,
    maxBufferBytes: 4 * traits.maxBufferElements,
    features,
    cooperativeMatrix: {
      listed: features.includes(COOPERATIVE_MATRIX),
      ...adapter ? await grants(adapter, COOPERATIVE_MATRIX) : { granted: false, answer: "no adapter" },
    },
  };
}

/** Whether a device with a feature can be had: some are granted although they are not listed. */
async function grants(
  adapter: GPUAdapter,
  feature: string,
): Promise<{ granted: boolean; answer: string | null }> {
  try {
    const device = await adapter.requestDevice({ requiredFeatures: [feature as GPUFeatureName] });
    device.destroy();
    return { granted: true, answer: null };
  } catch (error) {
    return { granted: false, answer: (error as Error).message.slice(0, 1000) };
  }
}
