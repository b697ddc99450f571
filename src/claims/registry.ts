/** All claims, in the order of their reports. A new one is its file and a line here. */

import { equality } from "./bgpo/equality.ts";
import { memory, twoPass } from "./bgpo/memory.ts";
import { bias, deviation, lemmaGradients, normalisation } from "./bgpo/sampling.ts";
import { time } from "./bgpo/time.ts";
import { lemmas, score } from "./bgpo/training.ts";
import type { Claim } from "./claim.ts";
import { bound, correlation } from "./egspo/entropy.ts";

export const CLAIMS: readonly Claim[] = [
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
];
