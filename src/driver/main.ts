/**
 * Prints the environment of a program that computes on a device as `NAME=value NAME=value`. Where this machine has no
 * GPU adapter, it fetches a software driver into the cache first. All else goes to stderr.
 *
 * Printed paths are relative to the repository, which tasks run in: a word with a space would be split.
 */

import { HOW_TO_GET_AN_ADAPTER } from "./adapter.ts";
import { FOLDER, ICD } from "./location.ts";
import { install, isInstalled, unpack } from "./swiftshader.ts";

/** Without this list, a machine without a Vulkan driver gets an OpenGL one with other limits. */
const BACKENDS = "vulkan,metal,dx12";

/**
 * In no import statement and no lockfile: Deno would download the package on machines that have an adapter, too.
 * Only the archive is used, and only the files in it whose hashes are pinned.
 */
const PACKAGE = "npm:@sparticuz/chromium@147.0.0";
const ARCHIVE = "bin/swiftshader.tar.br";

async function hasAdapter(): Promise<boolean> {
  Deno.env.set("DENO_WEBGPU_BACKEND", BACKENDS);
  return await navigator.gpu.requestAdapter() !== null;
}

/** The package's archive of the driver, from Deno's package cache, which the task puts into .cache/driver. */
async function fetchArchive(): Promise<Uint8Array> {
  console.error(`no GPU adapter: fetching a software driver (${PACKAGE}, 67 MB) into .cache/driver`);
  // Downloads the package and runs nothing of it: this fails, since the package does not export the file.
  const refusal = await import(`${PACKAGE}/${ARCHIVE}`).catch((error) => error);
  const entry = import.meta.resolve(PACKAGE);
  if (!entry.startsWith("file:")) throw refusal;
  return Deno.readFile(new URL(`../../${ARCHIVE}`, entry));
}

/** Environment under which Vulkan runs on the CPU, or null with the reason on stderr. */
async function softwareDriver(): Promise<Record<string, string> | null> {
  try {
    if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
      throw new Error(`it is made for Linux on x86-64, this is ${Deno.build.target}`);
    }
    if (!await isInstalled(FOLDER)) await install(await unpack(await fetchArchive()), FOLDER);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`no GPU adapter, and no software driver from ${PACKAGE}: ${reason}`);
    console.error(HOW_TO_GET_AN_ADAPTER);
    return null;
  }
  console.error(
    `no GPU adapter: using the software driver in ${FOLDER} ` +
      "(several times slower than Debian's mesa-vulkan-drivers libvulkan1)",
  );
  return { VK_DRIVER_FILES: ICD };
}

if (import.meta.main) {
  const driver = await hasAdapter() ? null : await softwareDriver();
  const environment = { DENO_WEBGPU_BACKEND: BACKENDS, ...driver };
  console.log(Object.entries(environment).map(([name, value]) => `${name}=${value}`).join(" "));
}
