/** How far weights computed in f32 may lie from the f64 ones. */

import { placesOf, type PlanFacts } from "../../kernels/objectives/facts.ts";
import type { LogProbs } from "./value.ts";

/** Half a unit in the last place of f32, relative. */
const ROUNDING = 2 ** -24;

/**
 * Bound on the relative error of the weights of one update, from the rounding of f32; of a weight with a part from
 * the reference model, which may cancel the other, relative to the largest of its response. The error of a sum of
 * differences, over a state or over a position, enters a weight through exp, so it is relative there: per target, u
 * times the rounding of both log-probs, of their difference, of u, of the product and of a sum of T terms; then the
 * mean over n states. WGSL allows exp an error of 3 + 2 |d| units in the last place. The rest of a weight is at most
 * 8 roundings.
 */
export function weightTolerance(
  { states, responses }: PlanFacts,
  { logp, anchor, reference }: Pick<LogProbs, "logp" | "anchor" | "reference">,
): number {
  const { places, count } = placesOf(states, responses.length);
  const stateOf = states.flatMap(({ units }, s) => new Array<number>(units.length).fill(s));
  const units = states.flatMap((state) => Array.from(state.units));
  const sums = [{ of: stateOf, count: states.length }, { of: Array.from(places), count }];
  let worst = 0;
  for (const from of [anchor ?? logp, reference ?? logp]) {
    for (const { of, count } of sums) {
      const terms = new Array<number>(count).fill(0);
      of.forEach((group) => terms[group]!++);
      const rounding = new Array<number>(count).fill(0), difference = new Array<number>(count).fill(0);
      of.forEach((group, k) => {
        const delta = Math.abs(logp[k]! - from[k]!);
        rounding[group]! += units[k]! *
          (Math.abs(logp[k]!) + Math.abs(from[k]!) + (terms[group]! + 3) * delta);
        difference[group]! += units[k]! * delta;
      });
      rounding.forEach((own, group) => {
        const d = difference[group]!;
        worst = Math.max(worst, own + (states.length + 2) * d + 2 * (3 + 2 * d));
      });
    }
  }
  return ROUNDING * (worst + 8);
}
