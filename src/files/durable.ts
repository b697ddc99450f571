/** Files that are on the disk when a call returns, and whole or absent after a crash. */

import { dirname } from "node:path";

/** Writes a file and waits until its contents are on the disk. Not atomic; see `replaceFile`. */
export async function writeSynced(path: string, data: Uint8Array | string): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}

/** Waits until created, renamed and removed entries of a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file, and orders these operations in its journal.
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder, { read: true });
  await handle.sync();
}

/**
 * Replaces the contents of a file: after a crash it holds either the old or the new ones. Folders on the way
 * are created.
 */
export async function replaceFile(path: string, data: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.tmp`;
  await writeSynced(temporary, data);
  await Deno.rename(temporary, path);
  await syncFolder(folder);
}
