/**
 * SwiftShader, a Vulkan driver that runs on the CPU, and the Vulkan loader. An npm package carries both for
 * machines without root; every byte that is used is checked against the hashes below.
 */

import { brotliDecompressSync } from "node:zlib";
import { readTar } from "./archive.ts";

/** What the driver is made of, by SHA-256. */
const DRIVER_FILES: Readonly<Record<string, string>> = {
  "libvk_swiftshader.so": "5b9e8591c7c2d1c9618c3ad485d0cdffb81f5f1ffd6a982fdb6578c2d8d3213e",
  "libvulkan.so.1": "fe17a77c1f2df38d3b6a935140f746fd80aac564bb44eb3e4f6b75a504295a41",
  "vk_swiftshader_icd.json": "c9eef28b6b984fec220ef0abfecc40b502d46946706e47bfe97707027cb818bd",
};

/** Bytes of the unpacked archive: more means it is not the one that was pinned. */
const MAX_UNPACKED = 32 << 20;

async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)).toHex();
}

/** Whether the folder holds every file of the driver, unchanged. */
export async function isInstalled(folder: string): Promise<boolean> {
  for (const [name, expected] of Object.entries(DRIVER_FILES)) {
    try {
      if (await sha256(await Deno.readFile(`${folder}/${name}`)) !== expected) return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
  return true;
}

/** The driver's files in a brotli-compressed tar archive. @throws Error unless each is there and is the pinned one */
export async function unpack(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = readTar(brotliDecompressSync(archive, { maxOutputLength: MAX_UNPACKED }));
  const driver = new Map<string, Uint8Array>();
  for (const [name, expected] of Object.entries(DRIVER_FILES)) {
    const bytes = files.get(name);
    if (!bytes) {
      throw new Error(`expected ${name} in the driver archive, found ${[...files.keys()].join(", ")}`);
    }
    const found = await sha256(bytes);
    if (found !== expected) throw new Error(`${name}: expected SHA-256 ${expected}, found ${found}`);
    driver.set(name, bytes);
  }
  return driver;
}

/**
 * Puts the files into `folder`, all of them or none: they are written beside it and renamed. When two processes
 * install at once, the first one wins and the other uses its folder.
 */
export async function install(files: ReadonlyMap<string, Uint8Array>, folder: string): Promise<void> {
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  await Deno.mkdir(parent, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: parent });
  try {
    for (const [name, bytes] of files) await Deno.writeFile(`${temporary}/${name}`, bytes);
    if (await isInstalled(folder)) return;
    await removeIfThere(folder);
    await Deno.rename(temporary, folder);
  } catch (error) {
    if (!await isInstalled(folder)) throw error;
  } finally {
    await removeIfThere(temporary);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
