/** All claims, in the order of their reports. A new one is its file and a line here. */

import { equality } from "./bgpo/equality.ts";
import { memory, twoPass } from "./bgpo/memory.ts";
import { lemmaGradients, normalisation } from "./bgpo/bounds.ts";
import { bias, deviation } from "./bgpo/sampling.ts";
import { time } from "./bgpo/time.ts";
import { lemmas, score } from "./bgpo/scores.ts";
import type { Claim } from "./claim.ts";
import { staleness } from "./dppo/staleness.ts";
import { divergence, masks } from "./dppo/trust.ts";
import { bound, correlation } from "./egspo/entropy.ts";
import { cost, selection, stepwise } from "./egspo/scores.ts";
import { direction, noise } from "./gradients/estimators.ts";

export const CLAIMS: readonly Claim[] = [
  direction,
  noise,
  memory,
  twoPass,
  time,
  deviation,
  bias,
  normalisation,
  equality,
  lemmaGradients,
  score,
  lemmas,
  correlation,
  bound,
  selection,
  stepwise,
  cost,
  divergence,
  masks,
  ...staleness,
];
