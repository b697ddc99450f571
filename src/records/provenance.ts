/** Where and with what a record was made: the parts that may differ between equal results. */

import { cpus } from "node:os";
import type { DeviceDescription } from "../../kernels/backend.ts";
import type { BenchRecord } from "./record.ts";

/** Set by the tasks in deno.json: the commit, with "+dirty" after it where the code differs, and the GPU's driver. */
export const COMMIT_VARIABLE = "DLLM_BENCH_COMMIT";
const DRIVER_VARIABLE = "DLLM_BENCH_DRIVER";

type Provenance = Pick<BenchRecord["run"], "cpu" | "adapter" | "driver" | "deno" | "commit" | "dirty">;

/** What this process runs on. */
export function provenance({ adapter, backend }: Pick<DeviceDescription, "adapter" | "backend">): Provenance {
  const [commit, dirty] = readCommit(Deno.env.get(COMMIT_VARIABLE) ?? "");
  return {
    cpu: `${cpus()[0]?.model.trim() || "unknown"}, ${navigator.hardwareConcurrency} threads`,
    adapter,
    driver: backend === "webgpu" ? Deno.env.get(DRIVER_VARIABLE) || "unknown" : "none",
    deno: Deno.version.deno,
    commit,
    dirty,
  };
}

/** A commit, and whether the code differs from it. Text of any other form says that it is not known. */
export function readCommit(text: string): [commit: string, dirty: boolean] {
  const match = /^([0-9a-f]{40})(\+dirty)?$/.exec(text);
  return match ? [match[1]!, match[2] !== undefined] : ["unknown", false];
}
