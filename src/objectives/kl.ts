/**
 * Estimators of KL(theta || reference) from one token, with a = log p_theta and b = log p_ref of that token
 * (Schulman, "Approximating KL divergence", 2020). A KL term of coefficient beta in a loss adds
 * `-beta * derivative` to the weight on grad log p.
 */

import { expm1 } from "../../kernels/math/elementary.ts";

export interface KlEstimate {
  readonly value: number;
  /** d value / d a. */
  readonly derivative: number;
}

/** k1 = a - b: unbiased; as a loss its gradient is 0 in expectation on-policy. */
export function k1(a: number, b: number): KlEstimate {
  return { value: a - b, derivative: 1 };
}

/** k2 = (a - b)^2 / 2: biased, low variance. */
export function k2(a: number, b: number): KlEstimate {
  const d = a - b;
  return { value: d * d / 2, derivative: d };
}

/** k3 = e^(b-a) - (b-a) - 1 >= 0: unbiased, low variance near a = b. */
export function k3(a: number, b: number): KlEstimate {
  const x = b - a;
  const growth = expm1(x);
  return { value: growth - x, derivative: -growth };
}
