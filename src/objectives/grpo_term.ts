/**
 * What one log-prob adds to the objectives of the GRPO family (arXiv 2402.03300, equations 3 and 4):
 *
 *   S(e^delta, A) - beta k3,     delta = logp - logp_old,     k3 of logp and logp_ref
 *
 * The WGSL form of the derivative is `grpo_derivative` in kernels/objectives/prelude.wgsl.
 */

import { exp } from "../../kernels/math/elementary.ts";
import { passes, surrogate } from "./clipping.ts";
import { k3 } from "./kl.ts";
import type { EvaluatedState, Hyper } from "./objective.ts";

/** The term. @param hyper with clipLow, clipHigh and beta */
export function grpoTerm(delta: number, referenceDelta: number, advantage: number, hyper: Hyper): number {
  return surrogate(exp(delta), advantage, hyper) - hyper.beta! * k3(referenceDelta, 0).value;
}

/** d term / d logp. */
export function grpoDerivative(
  delta: number,
  referenceDelta: number,
  advantage: number,
  hyper: Hyper,
): number {
  const ratio = exp(delta);
  // An advantage of 0 stays 0 at a ratio beyond the range of exp.
  const flow = advantage !== 0 && passes(ratio, advantage, hyper) ? advantage * ratio : 0;
  return flow - hyper.beta! * k3(referenceDelta, 0).derivative;
}

/** Sum of the terms of all targets of a state. */
export function grpoSum({ advantage, logp, anchor, reference }: EvaluatedState, hyper: Hyper): number {
  let sum = 0;
  for (let k = 0; k < logp.length; k++) {
    sum += grpoTerm(logp[k]! - anchor[k]!, logp[k]! - reference[k]!, advantage, hyper);
  }
  return sum;
}
