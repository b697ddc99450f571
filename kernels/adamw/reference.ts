/** AdamW in f64, from the formula. */

export interface State {
  parameters: Float64Array;
  m: Float64Array;
  v: Float64Array;
}

export interface Hyper {
  decayLength: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  weightDecay1d: number;
  /** 0: off */
  maxGradNorm: number;
}

/** The state after step t (from 1) with the given gradient, clipped by its global norm. */
export function step(state: State, gradients: ArrayLike<number>, t: number, hyper: Hyper): State {
  const { learningRate, beta1, beta2, epsilon, maxGradNorm } = hyper;
  const norm = Math.sqrt(Array.from(gradients).reduce((sum, g) => sum + g * g, 0));
  const clip = maxGradNorm === 0 ? 1 : Math.min(1, maxGradNorm / (norm + 1e-6));
  const m = state.m.map((value, i) => beta1 * value + (1 - beta1) * clip * gradients[i]!);
  const v = state.v.map((value, i) => beta2 * value + (1 - beta2) * (clip * gradients[i]!) ** 2);
  const parameters = state.parameters.map((value, i) => {
    const decay = i < hyper.decayLength ? hyper.weightDecay : hyper.weightDecay1d;
    const update = m[i]! / (Math.sqrt(v[i]!) / Math.sqrt(1 - beta2 ** t) + epsilon);
    return value * (1 - learningRate * decay) - learningRate / (1 - beta1 ** t) * update;
  });
  return { parameters, m, v };
}
