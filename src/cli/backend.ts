/** Opens the device on which a command computes. */

import type { Backend } from "../../kernels/backend.ts";
import { openWebGpu } from "../../kernels/webgpu.ts";
import { HOW_TO_GET_AN_ADAPTER } from "../driver/adapter.ts";

/** @throws Error saying what to install when this machine has no adapter */
export async function openBackend(): Promise<Backend> {
  const backend = await openWebGpu();
  if (backend) return backend;
  throw new Error(`WebGPU found no adapter on this machine. ${HOW_TO_GET_AN_ADAPTER}`);
}
