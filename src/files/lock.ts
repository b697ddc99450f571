/**
 * Files and folders that one process at a time works on. The lock is the operating system's: it ends with the process
 * that holds it, however that ends, and a file that a killed process leaves behind is locked by nobody.
 */

/** What happens while another process has the lock. */
export interface Waiting {
  /** Called once, with a line that says what is waited for. */
  readonly onWait?: (line: string) => void;
  /** Aborted: stop waiting and throw its reason. */
  readonly signal?: AbortSignal;
}

/** Milliseconds between two tries. Asked for again and again, because a wait for the system's lock cannot be aborted. */
const POLL = 50;

/**
 * Locks an open file for this process alone, until it is closed; waits while another has it.
 * @param path what messages call the file
 * @throws the reason of the signal
 */
export async function lock(file: Deno.FsFile, path: string, { onWait, signal }: Waiting = {}): Promise<void> {
  for (let tries = 0; !await file.tryLock(true); tries++) {
    if (tries === 0) onWait?.(`another process works on ${path}; waiting until it ends`);
    await new Promise((resolve) => setTimeout(resolve, POLL));
    signal?.throwIfAborted();
  }
}

/** Its name begins with a dot: it is no result. */
const LOCK_FILE = ".lock";

/**
 * Makes a folder if it is not there, and locks it for this process alone: everyone who writes there must ask. Dispose
 * the lock at the end.
 * @throws the reason of the signal; Deno.errors.NotADirectory when something else has the name
 */
export async function lockFolder(folder: string, waiting: Waiting = {}): Promise<Disposable> {
  await Deno.mkdir(folder, { recursive: true });
  // The file stays: removed, it could be locked by one process while another makes it anew.
  const file = await Deno.open(`${folder}/${LOCK_FILE}`, { write: true, create: true });
  try {
    await lock(file, folder, waiting);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
