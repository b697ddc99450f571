/** What an error says to a person. */

/** Errors that a correct program does not throw; for these, and only these, the stack helps. */
const DEFECTS = [TypeError, RangeError, ReferenceError];

/** What to do about what the operating system refuses, by its code; the message itself says what and where. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space, then the same command continues",
  EDQUOT: "the disk quota is used up: free some space, then the same command continues",
  EROFS: "this file system can only be read: choose a folder elsewhere",
  EACCES: "expected a file or folder that you may use: change its owner or mode, or choose another",
  EPERM: "expected a file or folder that you may use: change its owner or mode, or choose another",
  ENOENT: "expected a path that exists: check its spelling",
  EISDIR: "expected a file, found a folder: check the path",
  ENOTDIR: "expected a folder, found a file: check the path",
  EEXIST: "expected a folder, found a file: check the path",
  EMFILE: "too many files are open: raise the limit (ulimit -n), or use fewer --workers",
};

/** SQLite says this in words of its own. */
const FULL = /^database or disk is full$/;

/** One line; for a defect of the program, its stack. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (DEFECTS.some((defect) => error.constructor === defect)) {
    return `this is a defect of the program\n${error.stack}`;
  }
  const { code } = error as { code?: unknown };
  const remedy = typeof code === "string" && Object.hasOwn(REMEDIES, code)
    ? REMEDIES[code]
    : FULL.test(error.message)
    ? REMEDIES.ENOSPC
    : undefined;
  return remedy === undefined ? error.message : `${error.message}; ${remedy}`;
}
