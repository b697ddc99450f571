/**
 * Gradient estimators on the same rollouts, on-policy, against the policy gradient of the sampler and against that of
 * the committed tokens. With g_i the gradient of batch i of N, products of means are estimated from different batches,
 *   <a, b> = (sum_i a_i . sum_j b_j - sum_i a_i . b_i) / (N (N - 1)),
 * so that noise, which the estimators of one batch share, does not enter: cosines are those of expected gradients.
 */

import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, openLaboratory, rollOut } from "./laboratory.ts";
import { firstPlan, gradientOf, type ObjectiveChoice, updateForwards, withEngine } from "./updates.ts";
import { distance2, dot, type Vector } from "./vectors.ts";
import { committed, proposed } from "./reference_gradients.ts";

export interface Estimator extends ObjectiveChoice {
  readonly name: string;
}

export interface EstimatorsParameters extends Place, BatchSize {
  readonly batches: number;
  readonly estimators: readonly Estimator[];
}

export interface EstimatorRow {
  /** <g, g>, <g, G>, <g, F> and the mean of g_i . g_i; G: the sampler's policy gradient, F: committed tokens. */
  readonly own: number;
  readonly toProposed: number;
  readonly toCommitted: number;
  readonly square: number;
  /** Forward passes of an update per response, a backward pass counted as two; without the rollout. */
  readonly forwards: number;
  /** The first estimator with an equal gradient (to 1e-5 of its norm) on every batch, if there is one. */
  readonly sameAs: string | null;
}

export interface Estimators {
  readonly batches: number;
  /** Forward passes of a rollout per response. */
  readonly rollout: number;
  readonly rows: Readonly<Record<string, EstimatorRow>>;
}

const EQUAL = 1e-5;

export const estimators: Measurement<EstimatorsParameters, Estimators> = {
  name: "estimators",
  async measure(site, parameters) {
    const { batches, prompts, group } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const responses = prompts * group;
    const all: Estimator[] = [
      { name: proposed.id, objective: proposed.id, settings: {} },
      { name: committed.id, objective: committed.id, settings: {} },
      ...parameters.estimators,
    ];
    const sums = all.map(() => new Float64Array(0));
    const square = all.map(() => 0), withProposed = all.map(() => 0), withCommitted = all.map(() => 0);
    const forwards = all.map(() => 0);
    // equal[e][f]: estimator e had the gradient of the earlier estimator f on all batches so far.
    const equal = all.map((_, e) => new Array<boolean>(e).fill(true));
    for (let b = 0; b < batches; b++) {
      site.signal.throwIfAborted();
      const batch = await rollOut(laboratory, { prompts, group }, b, {
        recordProposals: true,
        recordGreedy: true,
        recordTopK: TOP_K,
      });
      const vectors: Vector[] = [];
      for (const [e, choice] of all.entries()) {
        vectors.push(
          await withEngine(laboratory, choice, { prompts, group, innerUpdates: 1 }, async (engine) => {
            const prepared = await firstPlan(engine, laboratory, batch, b);
            forwards[e] = updateForwards(engine, prepared) / responses;
            return await gradientOf(engine, prepared);
          }),
        );
      }
      vectors.forEach((vector, e) => {
        equal[e] = equal[e]!.map((so, other) => so && isEqual(vector, vectors[other]!));
        if (b === 0) sums[e] = new Float64Array(vector.length);
        for (let i = 0; i < vector.length; i++) sums[e]![i]! += vector[i]!;
        square[e]! += dot(vector, vector);
        withProposed[e]! += dot(vector, vectors[0]!);
        withCommitted[e]! += dot(vector, vectors[1]!);
      });
      site.report((b + 1) / batches);
    }
    const pairs = batches * (batches - 1);
    const product = (a: number, b: number, diagonal: number) => (dot(sums[a]!, sums[b]!) - diagonal) / pairs;
    return {
      batches,
      rollout: laboratory.decoding.steps,
      rows: Object.fromEntries(all.map(({ name }, e) => [name, {
        own: product(e, e, square[e]!),
        toProposed: product(e, 0, withProposed[e]!),
        toCommitted: product(e, 1, withCommitted[e]!),
        square: square[e]! / batches,
        forwards: forwards[e]!,
        sameAs: all[equal[e]!.indexOf(true)]?.name ?? null,
      }])),
    };
  },
};

/** Likeliest tokens that a rollout records for the objectives that ask for them. */
const TOP_K = 20;

function isEqual(a: Vector, b: Vector): boolean {
  return distance2(a, b) <= EQUAL * EQUAL * dot(a, a);
}
