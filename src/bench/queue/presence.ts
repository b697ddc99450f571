/**
 * Which processes are at work on a results folder: each holds a lock on a file of its own, which the system drops
 * when the process ends, however it ends. Process ids would be reused, and asking for them needs a permission.
 */

import { STORE_FOLDER } from "./store.ts";

const UNBORN = ".new";

export interface Presence extends Disposable {
  /** Unique among all processes of the folder. Its workers are named `<process>/<number>`. */
  readonly process: string;
  /** Whether the process of a worker still exists. */
  isAlive(worker: string): boolean;
}

/** Announces this process in a results folder. Dispose it at the end. */
export function announcePresence(out: string): Presence {
  const folder = `${out}/${STORE_FOLDER}/processes`, process = crypto.randomUUID();
  Deno.mkdirSync(folder, { recursive: true });
  removeLeftovers(folder);
  const file = lockFile(`${folder}/${process}`);
  return {
    process,
    isAlive(worker) {
      const name = worker.split("/")[0]!;
      return name === process || isHeld(`${folder}/${name}`);
    },
    [Symbol.dispose]() {
      file.close();
      remove(`${folder}/${process}`);
    },
  };
}

/** A new file, locked before it has its name: nobody ever sees it without its lock. */
function lockFile(path: string): Deno.FsFile {
  const file = Deno.openSync(`${path}${UNBORN}`, { createNew: true, write: true });
  file.lockSync(true);
  Deno.renameSync(`${path}${UNBORN}`, path);
  return file;
}

function isHeld(path: string): boolean {
  try {
    using file = Deno.openSync(path, { write: true });
    return !file.tryLockSync(true);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Removes the files of processes that are gone. */
function removeLeftovers(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(UNBORN) && !isHeld(`${folder}/${name}`)) remove(`${folder}/${name}`);
  }
}
