/**
 * The clipped surrogate of PPO (arXiv 1707.06347, equation 7) with a bound for each side:
 *
 *   S(r, A) = min(r A, clip(r) A),     clip(r) = clamp(r, 1 - clipLow, 1 + clipHigh)
 *   dS/dlogp = r A where it passes, else 0
 *
 * The WGSL forms `passes` and `ratio` stand in kernels/objectives/prelude.wgsl.
 */

/** A bound or cap that nothing reaches: "off" as a number that JSON and f32 hold. */
export const OFF = 1e30;

export interface ClipBounds {
  readonly clipLow: number;
  readonly clipHigh: number;
}

/** Settings by name, with the bounds among them. */
type Settings = ClipBounds | Readonly<Record<string, number>>;

/** S(r, A). */
export function surrogate(ratio: number, advantage: number, settings: Settings): number {
  const { clipLow, clipHigh } = settings as ClipBounds;
  const clipped = Math.min(Math.max(ratio, 1 - clipLow), 1 + clipHigh);
  return Math.min(ratio * advantage, clipped * advantage);
}

/**
 * Whether the gradient of S flows: a move away from the old policy stops at the bound. On the bound itself it
 * flows, so that with bounds of 0 the first update, whose ratio is exactly 1, is a policy gradient.
 */
export function passes(ratio: number, advantage: number, settings: Settings): boolean {
  const { clipLow, clipHigh } = settings as ClipBounds;
  return !(advantage > 0 && ratio > 1 + clipHigh) && !(advantage < 0 && ratio < 1 - clipLow);
}
