/** The checks, by kind of file. The first that matches a file checks it. */

import type { Checker } from "./checker.ts";
import { decodeChecker } from "./decode.ts";
import { divergenceChecker } from "./divergence.ts";
import { elboChecker } from "./elbo.ts";
import { endToEndChecker } from "./end_to_end.ts";
import { advantageChecker, klChecker, selectionChecker } from "./estimators.ts";
import { manifestChecker } from "./manifest.ts";
import { adamwChecker, forwardChecker, lossChecker } from "./model.ts";
import { objectiveChecker } from "./objectives.ts";
import { PENDING } from "./pending.ts";
import { statisticsChecker } from "./statistics.ts";

export const CHECKERS: readonly Checker[] = [
  manifestChecker,
  objectiveChecker,
  advantageChecker,
  klChecker,
  divergenceChecker,
  selectionChecker,
  elboChecker,
  forwardChecker,
  lossChecker,
  adamwChecker,
  decodeChecker,
  endToEndChecker,
  statisticsChecker,
  ...PENDING,
];
