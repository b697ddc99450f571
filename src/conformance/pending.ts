/** Files whose subject is not implemented: their cases are counted as missing. */

import { type Checker, missingCases } from "./checker.ts";

/** A file that is one case. */
function pendingFile(pattern: RegExp, subject: string): Checker {
  return {
    matches: (path) => pattern.test(path),
    check: (path) => Promise.resolve(missingCases([path], `no check of ${subject} is registered`)),
  };
}

export const PENDING: readonly Checker[] = [
  pendingFile(/^models\/[^/]+\/lora\/expected\.json$/, "LoRA"),
];
