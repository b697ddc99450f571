/** All kinds of measurements, by name. */

import type { Measurement, Place } from "../claim.ts";
import { estimators } from "./estimators.ts";
import { onPolicyEquality } from "./on_policy_equality.ts";
import { peakMemory } from "./peak_memory.ts";
import { samplingError } from "./sampling_error.ts";
import { stepEntropy } from "./step_entropy.ts";
import { stepSeconds } from "./step_seconds.ts";
import { trainingRun } from "./training_run.ts";
import { trustAudit } from "./trust_audit.ts";

const MEASUREMENTS: readonly Measurement<never, unknown>[] = [
  peakMemory,
  stepSeconds,
  samplingError,
  onPolicyEquality,
  trainingRun,
  estimators,
  stepEntropy,
  trustAudit,
];

/** @throws Error for a name that no measurement has */
export function measurementByName(name: string): Measurement<Place, unknown> {
  const found = MEASUREMENTS.find((known) => known.name === name);
  if (found) return found as Measurement<Place, unknown>;
  throw new Error(`there is no measurement "${name}"`);
}
