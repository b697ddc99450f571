/** Learning-rate schedules: linear warm-up, then constant, linear or cosine decay to a fraction of the peak. */

export interface LearningRateSchedule {
  readonly peak: number;
  /** Steps of linear warm-up from peak/warmup. */
  readonly warmup: number;
  readonly decay: "constant" | "linear" | "cosine";
  /** Last value as a fraction of the peak. */
  readonly final: number;
}

/**
 * Learning rate of step `index` (from 0) of `total`. A step is whatever the run counts: one batch of base training, or
 * one rollout, whose updates share its rate.
 * Its cosine is our own, so that every engine agrees on the bits.
 */
export function learningRate(schedule: LearningRateSchedule, index: number, total: number): number {
  const { peak, warmup, decay, final } = schedule;
  if (index < warmup) return peak * (index + 1) / warmup;
  if (decay === "constant") return peak;
  const progress = total - warmup <= 1 ? 1 : (index - warmup) / (total - warmup - 1);
  const share = decay === "linear" ? 1 - progress : (1 + cosine(Math.PI * progress)) / 2;
  return peak * (final + (1 - final) * share);
}

/** cos(x) for x in [0, pi], absolute error below 1e-11: Taylor series around pi/2, exact arithmetic order. */
function cosine(x: number): number {
  const y = Math.PI / 2 - x, square = y * y;
  let term = y, sum = y;
  for (let k = 1; k <= 9; k++) {
    term *= -square / ((2 * k) * (2 * k + 1));
    sum += term;
  }
  return sum;
}
