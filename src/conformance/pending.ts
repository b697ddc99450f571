/** Files whose subject is not implemented: their cases are counted as missing. */

import { type Checker, missingCases, readJson } from "./checker.ts";

/** Every entry of every list in the file is a case. */
function pending(pattern: RegExp, subject: string): Checker {
  return {
    matches: (path) => pattern.test(path),
    async check(path, folder) {
      const content = await readJson(folder, path) as Record<string, unknown>;
      const names = Object.entries(content).flatMap(([key, value]) =>
        Array.isArray(value) ? value.map((_, i) => `${key}[${i}]`) : []
      );
      return missingCases(names, `${subject} not implemented`);
    },
  };
}

/** A file that is one case. */
function pendingFile(pattern: RegExp, subject: string): Checker {
  return {
    matches: (path) => pattern.test(path),
    check: (path) => Promise.resolve(missingCases([path], `no check of ${subject} is registered`)),
  };
}

export const PENDING: readonly Checker[] = [
  pending(/^divergence\.json$/, "divergences are"),
  pendingFile(/^models\/[^/]+\/lora\/expected\.json$/, "LoRA"),
];
