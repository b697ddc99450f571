/**
 * How far Monte-Carlo gradients with n masked states per response are from the gradient of many, on one fixed batch
 * of responses. With r repeats g_i of other masks and a reference G from two independent halves:
 *   deviation      sqrt(mean |g_i - mean g|^2 r / (r - 1)) / |G|: the spread of one gradient
 *   distance       |mean g - G| / |G|: what a curve from r repeats shows
 *   noise          what the distance would be if the expected gradient were G: sqrt(deviation^2 / r + error of G)
 *   bias           sign(x) sqrt |x| of x = distance^2 - noise^2: the distance of the expected gradient itself
 */

import type { Hyper } from "../../objectives/objective.ts";
import type { Measurement, Place } from "../claim.ts";
import { type BatchSize, openLaboratory, rollOut } from "./laboratory.ts";
import { policyAfter } from "./policy_updates.ts";
import { firstPlan, gradientOf, withEngine } from "./updates.ts";
import { cosine, distance2, meanVector, norm, type Vector } from "./vectors.ts";

export interface SamplingErrorParameters extends Place, BatchSize {
  /** Updates between the policy that rolled out and the one whose gradient it is. */
  readonly distance: number;
  readonly settings: Hyper;
  readonly objectives: readonly string[];
  /** Objectives of which only the gradient with many samples is compared with that of the target. */
  readonly bounds: readonly string[];
  /** The objective whose gradient with many samples the others are compared with, beside their own. */
  readonly target: string;
  readonly samples: readonly number[];
  readonly repeats: number;
  /** Samples of a reference gradient, in two halves. */
  readonly reference: number;
}

export interface SampleRow {
  readonly samples: number;
  readonly deviation: number | null;
  /** Mean of 1 - cos to the reference. */
  readonly misalignment: number | null;
  readonly distance: number | null;
  readonly noise: number | null;
  readonly bias: number | null;
  /** `bias` against the reference of the target objective. */
  readonly biasToTarget: number | null;
  /** Repeats whose gradient was not finite; the others are counted. */
  readonly nonFinite: number;
}

export interface SamplingError {
  /** By objective. */
  readonly rows: Readonly<Record<string, readonly SampleRow[]>>;
  /** Norm of the reference gradient, and its own error relative to it. */
  readonly reference: Readonly<
    Record<string, { readonly norm: number | null; readonly error: number | null }>
  >;
  /** Distance of the reference gradient to that of the target, relative to the target's, without noise. */
  readonly gap: Readonly<Record<string, number | null>>;
}

export const samplingError: Measurement<SamplingErrorParameters, SamplingError> = {
  name: "sampling-error",
  async measure(site, parameters) {
    const { objectives, bounds, target, settings, samples, repeats, prompts, group } = parameters;
    await using laboratory = await openLaboratory(site, parameters);
    const batch = await rollOut(laboratory, { prompts, group }, 0);
    const policies = await policyAfter(laboratory, parameters.distance, { prompts, group });

    const gradients = async (objective: string, n: number, count: number, firstDraw: number) => {
      const choice = { objective, settings: { ...settings, samples: n } };
      return await withEngine(laboratory, choice, { prompts, group }, async (engine) => {
        const vectors: Vector[] = [];
        for (let r = 0; r < count; r++) {
          site.signal.throwIfAborted();
          vectors.push(
            await gradientOf(engine, await firstPlan(engine, laboratory, batch, firstDraw + r), policies),
          );
          step();
        }
        return vectors;
      });
    };
    const names = [...new Set([...objectives, ...bounds, target])];
    const half = Math.ceil(parameters.reference / 2);
    const total = names.length * 2 + objectives.length * samples.length * repeats;
    let done = 0;
    const step = () => site.report(++done / total);

    const references = new Map<string, Reference>();
    for (const name of names) {
      references.set(name, referenceOf(await gradients(name, half, 2, REFERENCE_DRAW)));
    }
    const rows: Record<string, SampleRow[]> = {};
    for (const name of objectives) {
      rows[name] = [];
      for (const [i, n] of samples.entries()) {
        const vectors = await gradients(name, n, repeats, i * MAX_REPEATS);
        rows[name].push(rowOf(n, vectors, references.get(name)!, references.get(target)!));
      }
    }
    return {
      rows,
      reference: Object.fromEntries(names.map((name) => {
        const { vector, noise2 } = references.get(name)!;
        const size = norm(vector);
        return [name, { norm: finite(size), error: finite(Math.sqrt(noise2) / size) }];
      })),
      gap: Object.fromEntries(names.map((name) => {
        const own = references.get(name)!, other = references.get(target)!;
        const excess = distance2(own.vector, other.vector) - own.noise2 - other.noise2;
        return [name, finite(signedRoot(excess) / norm(other.vector))];
      })),
    };
  },
};

const MAX_REPEATS = 1000, REFERENCE_DRAW = 900_000;

export interface Reference {
  readonly vector: Float64Array;
  /** Expected squared error of the vector. */
  readonly noise2: number;
}

/** The mean of two independent halves; their distance tells its error. */
export function referenceOf([a, b]: readonly Vector[]): Reference {
  return { vector: meanVector([a!, b!]), noise2: distance2(a!, b!) / 4 };
}

/** What `samples` masks per response give, from the gradients of repeats. */
export function rowOf(samples: number, all: readonly Vector[], own: Reference, target: Reference): SampleRow {
  const vectors = all.filter((vector) => Number.isFinite(norm(vector)));
  const r = vectors.length, nonFinite = all.length - r;
  const size = norm(own.vector);
  if (r < 2 || !Number.isFinite(size) || size === 0) {
    const none = { deviation: null, misalignment: null, distance: null, noise: null, bias: null };
    return { samples, ...none, biasToTarget: null, nonFinite };
  }
  const centre = meanVector(vectors);
  const variance = vectors.reduce((sum, vector) => sum + distance2(vector, centre), 0) / (r - 1);
  const noise2 = (reference: Reference) => variance / r + reference.noise2;
  const bias = (reference: Reference) =>
    signedRoot(distance2(centre, reference.vector) - noise2(reference)) / norm(reference.vector);
  return {
    samples,
    deviation: finite(Math.sqrt(variance) / size),
    misalignment: finite(
      vectors.reduce((sum, vector) => sum + 1 - cosine(vector, own.vector), 0) / r,
    ),
    distance: finite(Math.sqrt(distance2(centre, own.vector)) / size),
    noise: finite(Math.sqrt(noise2(own)) / size),
    bias: finite(bias(own)),
    biasToTarget: finite(bias(target)),
    nonFinite,
  };
}

/** An estimate of a square may be below zero; its sign stays. */
function signedRoot(value: number): number {
  return value < 0 ? -Math.sqrt(-value) : Math.sqrt(value);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
