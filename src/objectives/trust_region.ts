/**
 * The trust region of DPPO (arXiv 2602.04879): a token loses its gradient when the update moves its probability further
 * away from the rollout policy mu and a divergence D between mu and the current policy pi exceeds delta,
 *
 *   M = 0 iff D > delta and (A > 0, r > 1 or A < 0, r < 1),   r = pi / mu
 *
 * The binary divergences are those of {sampled token, rest}:
 *   TV = |mu - pi|
 *   KL = mu log(mu / pi) + (1 - mu) log((1 - mu) / (1 - pi))
 */

import { exp, expm1, log } from "../../kernels/math/elementary.ts";

/** Whether the gradient stays: M = 1. @param logRatio log r */
export function within(divergence: number, logRatio: number, advantage: number, delta: number): boolean {
  const outward = advantage > 0 && logRatio > 0 || advantage < 0 && logRatio < 0;
  return divergence <= delta || !outward;
}

/** @param logMu, logPi log-probs of the sampled token */
export function binaryTv(logMu: number, logPi: number): number {
  return Math.abs(exp(logMu) - exp(logPi));
}

/** The mass of the rest when f32 rounds the token's to 1: half a unit in its last place. */
const LEAST_REST = 2 ** -25;

/** @param logMu, logPi log-probs of the sampled token */
export function binaryKl(logMu: number, logPi: number): number {
  // 1 - e^x, without the cancellation near x = 0.
  const restOfMu = -expm1(logMu), restOfPi = Math.max(-expm1(logPi), LEAST_REST);
  const rest = restOfMu > 0 ? restOfMu * (log(restOfMu) - log(restOfPi)) : 0;
  return exp(logMu) * (logMu - logPi) + rest;
}
