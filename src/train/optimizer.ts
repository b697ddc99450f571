/** AdamW with gradient clipping and a guard, as dispatches over flat parameter buffers. */

import type { Backend, View } from "../../kernels/backend.ts";
import * as adamw from "../../kernels/adamw/mod.ts";
import * as gradNorm from "../../kernels/grad_norm/mod.ts";
import { allocateParameters, freeParameters, type ParameterStore } from "../model/parameters.ts";

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Whether one-dimensional tensors decay too. */
  readonly decay1d: boolean;
  /** Largest global gradient norm, 0 for no clipping. */
  readonly maxGradNorm: number;
}

/** What an update changes, and what it needs besides. */
export interface Optimizer {
  readonly parameters: ParameterStore;
  /** Collects gradients; zero after every update. */
  readonly gradients: ParameterStore;
  readonly firstMoment: ParameterStore;
  readonly secondMoment: ParameterStore;
  readonly partials: View;
  /** [gradient norm before clipping as f32, non-finite elements as u32] */
  readonly stats: View;
}

/** Zero gradients and moments for a parameter store. */
export function allocateOptimizer(backend: Backend, parameters: ParameterStore): Optimizer {
  const { layout } = parameters;
  const partials = layout.shards.reduce((sum, { length }) => sum + gradNorm.partialLength(length), 0);
  return {
    parameters,
    gradients: allocateParameters(backend, layout, "gradients"),
    firstMoment: allocateParameters(backend, layout, "first_moment"),
    secondMoment: allocateParameters(backend, layout, "second_moment"),
    partials: backend.allocate("grad_norm_partials", partials),
    stats: backend.allocate("optimizer_stats", 2),
  };
}

/** Frees everything but the parameters. */
export function freeOptimizer(backend: Backend, optimizer: Optimizer): void {
  const { gradients, firstMoment, secondMoment, partials, stats } = optimizer;
  for (const store of [gradients, firstMoment, secondMoment]) freeParameters(backend, store);
  backend.free(partials);
  backend.free(stats);
}

/** One step of AdamW. */
export interface AdamWStep {
  readonly settings: AdamWSettings;
  readonly learningRate: number;
  /** Counts attempts from 1 and enters the bias correction. */
  readonly number: number;
}

/**
 * One update from the collected gradients, which it consumes. Non-finite gradients change nothing: the count in
 * `stats` tells.
 */
export function applyUpdate(
  backend: Backend,
  optimizer: Optimizer,
  { settings, learningRate, number }: AdamWStep,
): void {
  const { parameters, gradients, firstMoment, secondMoment, partials, stats } = optimizer;
  const shards = parameters.layout.shards;
  let first = 0;
  shards.forEach(({ length }, i) => {
    gradNorm.partial(backend, { gradients: gradients.shards[i]!, partials }, { length, first });
    first += gradNorm.partialLength(length);
  });
  gradNorm.finish(backend, { partials, stats }, { count: first });
  const { beta1, beta2, epsilon, weightDecay, decay1d, maxGradNorm } = settings;
  shards.forEach(({ length, decayLength }, i) => {
    adamw.step(backend, {
      parameters: parameters.shards[i]!,
      gradients: gradients.shards[i]!,
      m: firstMoment.shards[i]!,
      v: secondMoment.shards[i]!,
      stats,
    }, {
      length,
      decayLength,
      learningRate,
      beta1,
      beta2,
      epsilon,
      weightDecay,
      weightDecay1d: decay1d ? weightDecay : 0,
      biasCorrection1: oneMinusPower(beta1, number),
      biasCorrection2: oneMinusPower(beta2, number),
      maxGradNorm,
    });
  });
}

/** 1 - b^n by repeated multiplication: the same bits on every engine, unlike a library power. */
function oneMinusPower(base: number, exponent: number): number {
  let power = 1;
  for (let square = base, n = exponent; n > 0; n = Math.floor(n / 2), square *= square) {
    if (n % 2 === 1) power *= square;
  }
  return 1 - power;
}

/** Result of one update, read back from the device. */
export interface UpdateStats {
  /** Global L2 norm before clipping, non-finite elements left out. */
  readonly gradNorm: number;
  /** Elements that were NaN or infinite; the update was skipped when there is one. */
  readonly nonFinite: number;
}

/** Decodes the words of `Optimizer.stats`. */
export function decodeStats(words: ArrayBuffer): UpdateStats {
  return { gradNorm: new Float32Array(words)[0]!, nonFinite: new Uint32Array(words)[1]! };
}
