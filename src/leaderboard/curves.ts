/** Learning curves: the score at a number of updates, and the area under it. */

import { readItemBits } from "../records/item_bits.ts";
import type { BenchRecord } from "../records/record.ts";
import { type Decoding, GENERATED } from "../suite/names.ts";

export interface CurvePoint {
  readonly updates: number;
  readonly forwards: number;
  /** Share of correct responses, graded strictly. */
  readonly score: number;
}

/**
 * The curve of a record in one decoding, from the base model on, ending with the final model: where the suite did
 * not evaluate after the last rollout, its final test is read on the examples of the curve. Empty where the suite
 * does not evaluate that decoding along the way.
 */
export function curveOf({ outcome }: BenchRecord, decoding: Decoding): CurvePoint[] {
  const points = outcome.curve.filter((point) => point.decoding === decoding);
  const last = points.at(-1);
  if (!last) return [];
  const curve = points.map(({ updates, forwards, n, correct }) => ({
    updates,
    forwards,
    score: correct / n,
  }));
  const { updates, forwards } = outcome.budget;
  const final = outcome.tests.find((test) => test.set === GENERATED && test.decoding === decoding)?.after;
  if (final && final.n >= last.n && last.updates < updates) {
    const correct = readItemBits(final.items.strict, final.n).slice(0, last.n).filter(Boolean).length;
    curve.push({ updates, forwards, score: correct / last.n });
  }
  return curve;
}

/** The score after so many updates, on the line between the measurements around it; the last one beyond the end. */
export function scoreAtUpdates(curve: readonly CurvePoint[], updates: number): number {
  const after = curve.findIndex((point) => point.updates >= updates);
  if (after < 0) return curve.at(-1)!.score;
  const high = curve[after]!, low = curve[after - 1];
  if (!low || high.updates === updates) return high.score;
  return low.score + (high.score - low.score) * (updates - low.updates) / (high.updates - low.updates);
}

/** Mean height of the curve over the forward passes of the run (trapezoids): how early a score was reached. */
export function areaUnder(curve: readonly CurvePoint[]): number {
  const width = curve.at(-1)!.forwards - curve[0]!.forwards;
  if (width === 0) return curve.at(-1)!.score;
  let area = 0;
  for (let i = 1; i < curve.length; i++) {
    const { forwards, score } = curve[i]!, before = curve[i - 1]!;
    area += (forwards - before.forwards) * (score + before.score) / 2;
  }
  return area / width;
}
