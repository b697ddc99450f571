/** Which backend a run gets. */

import type { Backend } from "./backend.ts";
import { openCpu } from "./cpu.ts";
import type { Build } from "./wasm/build.ts";
import { findAdapter, openWebGpu } from "./webgpu.ts";

export type BackendChoice = "auto" | "cpu" | "webgpu";

/** What `navigator.gpu` found, as far as the choice depends on it. */
export type AdapterFacts = Pick<GPUAdapterInfo, "description" | "isFallbackAdapter">;

export interface OpenedBackend {
  readonly backend: Backend;
  /** One sentence: which backend, and why. */
  readonly reason: string;
}

/**
 * The backend that a choice leads to. A driver that emulates a GPU on the CPU is several times slower than the CPU
 * backend on the same cores, so `auto` never takes one.
 * @throws Error if WebGPU was asked for and there is no adapter
 */
export function chooseBackend(
  choice: BackendChoice,
  adapter: AdapterFacts | null,
): { name: Backend["description"]["backend"]; reason: string } {
  if (choice === "cpu") return { name: "cpu", reason: "cpu, as asked for." };
  const found = adapter && (adapter.description || "an adapter without a name");
  if (choice === "webgpu") {
    if (!found) {
      throw new Error(
        "no WebGPU adapter: install a GPU driver with Vulkan support, or a software one (Debian: " +
          "mesa-vulkan-drivers libvulkan1), or choose the backend cpu",
      );
    }
    return { name: "webgpu", reason: `webgpu on ${found}, as asked for.` };
  }
  if (!found) return { name: "cpu", reason: "cpu: WebGPU finds no adapter on this machine." };
  if (adapter.isFallbackAdapter) {
    return { name: "cpu", reason: `cpu: the only WebGPU adapter, ${found}, is software and slower.` };
  }
  return { name: "webgpu", reason: `webgpu: this machine has ${found}.` };
}

/**
 * Opens the backend of a choice.
 * @param options build: which CPU build, where it is the CPU
 * @throws Error if WebGPU was asked for and there is no adapter, or if this engine cannot run the build
 */
export async function openBackend(
  choice: BackendChoice,
  { build = "portable" }: { build?: Build } = {},
): Promise<OpenedBackend> {
  const adapter = choice === "cpu" ? null : await findAdapter();
  const { name, reason } = chooseBackend(choice, adapter && adapter.info);
  if (name === "cpu") return { backend: await openCpu({ build }), reason };
  const backend = await openWebGpu();
  if (!backend) throw new Error("the WebGPU adapter disappeared while it was opened; run the command again");
  return { backend, reason };
}
