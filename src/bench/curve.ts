/** The learning curve of a cell: how much of the first test set the policy solves, from time to time. */

import type { BenchRecord } from "../records/record.ts";
import { readItemBits } from "../records/item_bits.ts";
import type { Decoding } from "../suite/names.ts";
import type { StepLog } from "../train/policy.ts";
import type { BaseScore } from "./base_scores.ts";
import type { TestScore } from "./model_scores.ts";

export type CurvePoint = BenchRecord["outcome"]["curve"][number];

/** Which examples of the first test set are solved under one decoding, in their order. */
export interface Solved {
  readonly decoding: Decoding;
  readonly items: readonly boolean[];
}

/** What the grading of a model says of the test set `id`. */
export function solvedIn(scores: readonly TestScore[], id: string): Solved[] {
  return scores.filter(({ set }) => set === id)
    .map(({ decoding, score }) => ({ decoding, items: score.items.map(({ strict }) => strict) }));
}

/** The same, of the recorded grading of a base model. */
export function solvedByBase(scores: readonly BaseScore[], id: string): Solved[] {
  return scores.filter(({ set }) => set === id)
    .map(({ decoding, score: { items, n } }) => ({ decoding, items: readItemBits(items.strict, n) }));
}

/**
 * The points after the steps of `log`, one for each decoding, on the first examples of the test set.
 * @param known gradings of this very policy that are made anyway: their examples are not decoded again, which gives
 *   the same verdicts, since random numbers depend on the example alone
 * @param evaluate decodes and grades the first examples under the others
 */
export async function curvePoints(
  log: readonly StepLog[],
  { prompts, decodings }: { readonly prompts: number; readonly decodings: readonly Decoding[] },
  known: readonly Solved[],
  evaluate: (decodings: readonly Decoding[]) => Promise<readonly Solved[]>,
): Promise<CurvePoint[]> {
  const missing = decodings.filter((decoding) => !known.some((solved) => solved.decoding === decoding));
  const solved = [...known, ...missing.length > 0 ? await evaluate(missing) : []];
  return decodings.map((decoding) => {
    const items = solved.find((one) => one.decoding === decoding)!.items.slice(0, prompts);
    return {
      step: log.length,
      updates: updatesOf(log),
      forwards: log.at(-1)?.forwards ?? 0,
      puzzles: "test",
      decoding,
      n: items.length,
      correct: items.filter(Boolean).length,
    };
  });
}

/** Updates of the policy so far. */
export function updatesOf(log: readonly StepLog[]): number {
  return log.reduce((sum, { value }) => sum + value.length, 0);
}
