/** AdamW (Loshchilov & Hutter 2019) with clipping by the global gradient norm, over a flat buffer. */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./adamw.wgsl" with { type: "text" };

const stepKernel = defineKernel({
  name: "adamw_step",
  wgsl: [prelude, shader],
  entry: "step",
  buffers: {
    parameters: "readwrite",
    gradients: "readwrite",
    m: "readwrite",
    v: "readwrite",
    stats: "read",
  },
  scalars: {
    length: "u32",
    decayLength: "u32",
    keep: "f32",
    keep1d: "f32",
    beta1: "f32",
    rest1: "f32",
    beta2: "f32",
    rest2: "f32",
    stepSize: "f32",
    rootCorrection2: "f32",
    epsilon: "f32",
    maxGradNorm: "f32",
  },
  grid: ({ length }) => flatGrid(Math.ceil(length / 4 / 64)),
});

/** One step's constants. `t` counts from 1. */
export interface Step {
  /** Elements of this buffer. */
  readonly length: number;
  /** Elements before this one belong to matrices and use `weightDecay`, the others `weightDecay1d`. */
  readonly decayLength: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly weightDecay1d: number;
  /** `1 - beta1^t` */
  readonly biasCorrection1: number;
  /** `1 - beta2^t` */
  readonly biasCorrection2: number;
  /** Largest global norm of the gradient that is applied as it is; 0: no clipping. */
  readonly maxGradNorm: number;
}

/**
 * With `c = min(1, maxGradNorm / (norm + 1e-6))` (1 without clipping) and the norm in `stats`:
 * `m = beta1 m + (1 - beta1) c g`, `v = beta2 v + (1 - beta2) (c g)^2`, `p *= 1 - learningRate * decay`, and
 * `p -= learningRate / biasCorrection1 * m / (sqrt(v) / sqrt(biasCorrection2) + epsilon)`.
 * In place on parameters, m and v, all f32 [length]. Gradients are zero afterwards in every case: they are consumed.
 * When `stats` (from grad_norm) counts an unusable gradient, parameters, m and v keep every bit.
 * @throws RangeError if a constant lies outside its range.
 */
export function step(
  backend: Backend,
  { parameters, gradients, m, v, stats }: {
    parameters: View;
    gradients: View;
    m: View;
    v: View;
    stats: View;
  },
  options: Step,
): void {
  checkStep(options);
  const { length, decayLength, learningRate, beta1, beta2, epsilon, maxGradNorm } = options;
  // Differences from 1 are taken in f64: 1 - 0.999 in f32 is off by 5e-5 of its value.
  backend.run(stepKernel, { parameters, gradients, m, v, stats }, {
    length,
    decayLength,
    keep: 1 - learningRate * options.weightDecay,
    keep1d: 1 - learningRate * options.weightDecay1d,
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    stepSize: learningRate / options.biasCorrection1,
    rootCorrection2: Math.sqrt(options.biasCorrection2),
    epsilon,
    maxGradNorm,
  });
}

function checkStep(options: Step): void {
  const ranges: Record<string, [value: number, ok: boolean, expected: string]> = {
    learningRate: [options.learningRate, options.learningRate >= 0, "0 or more"],
    beta1: [options.beta1, options.beta1 >= 0 && options.beta1 < 1, "0 to below 1"],
    beta2: [options.beta2, options.beta2 >= 0 && options.beta2 < 1, "0 to below 1"],
    epsilon: [options.epsilon, options.epsilon > 0, "more than 0"],
    biasCorrection1: [
      options.biasCorrection1,
      options.biasCorrection1 > 0 && options.biasCorrection1 <= 1,
      "1 - beta1^t",
    ],
    biasCorrection2: [
      options.biasCorrection2,
      options.biasCorrection2 > 0 && options.biasCorrection2 <= 1,
      "1 - beta2^t",
    ],
    maxGradNorm: [options.maxGradNorm, options.maxGradNorm >= 0, "0 (off) or more"],
  };
  for (const [name, [value, ok, expected]] of Object.entries(ranges)) {
    if (!ok) throw new RangeError(`adamw: ${name} is ${value}, expected ${expected}`);
  }
}
