/** Files that are on the disk when a call returns, and whole or absent after a crash. */

import { dirname } from "node:path";

/** Writes a file and waits until its contents are on the disk. Not atomic; see `replaceFile`. */
export async function writeSynced(path: string, data: Uint8Array | string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await writeAll(file, data);
}

/** Writes into an open file and waits until it is on the disk. */
async function writeAll(file: Deno.FsFile, data: Uint8Array | string): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
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
 * Replaces the contents of a file: after a crash it holds either the old or the new ones, and of several processes
 * that do so at once, those of one. Folders on the way are created.
 */
export async function replaceFile(path: string, data: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.tmp`;
  using file = await openAlone(temporary);
  await file.truncate();
  await writeAll(file, data);
  await Deno.rename(temporary, path);
  await syncFolder(folder);
}

/** Opens a file that other processes open, fill and rename, too: theirs is never written to. */
async function openAlone(path: string): Promise<Deno.FsFile> {
  for (;;) {
    const file = await Deno.open(path, { write: true, create: true });
    await file.lock(true);
    const [own, named] = await Promise.all([file.stat(), Deno.stat(path).catch(ifMissing)]);
    if (named !== null && named.ino === own.ino) return file;
    file.close();
  }
}

function ifMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
