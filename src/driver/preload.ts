/**
 * Runs before a task's own module. Where the driver step chose the fetched driver, this opens the Vulkan loader
 * beside it: a machine without a GPU driver may have no loader, and WebGPU takes the one that is open already.
 * LD_LIBRARY_PATH would do the same, but Deno starts no process that inherits it, which tests must.
 */

import { ICD, LOADER } from "./location.ts";

if (Deno.env.get("VK_DRIVER_FILES") === ICD) Deno.dlopen(LOADER, {});
