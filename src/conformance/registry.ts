/** The checks, by kind of file. The first that matches a file checks it. */

import type { Checker } from "./checker.ts";
import { elboChecker } from "./elbo.ts";
import { advantageChecker, klChecker, selectionChecker } from "./estimators.ts";
import { manifestChecker } from "./manifest.ts";
import { objectiveChecker } from "./objectives.ts";
import { PENDING } from "./pending.ts";

export const CHECKERS: readonly Checker[] = [
  manifestChecker,
  objectiveChecker,
  advantageChecker,
  klChecker,
  selectionChecker,
  elboChecker,
  ...PENDING,
];
