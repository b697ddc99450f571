/**
 * The evidence lower bound of masked diffusion, B(y) <= log p(y): an expectation over masked states S,
 *   Bernoulli form  E_{t ~ U(0,1)} E_S [ (1 / t) sum_{i in S} log p(y_i | S) ]
 *   count form      E_{l ~ U{1..L}} E_{|S| = l} [ (L / l) sum_{i in S} log p(y_i | S) ]
 * (Ou et al. 2024, Nie et al. 2025; both expectations are identical).
 */

import type { State } from "./state.ts";

/** log p(token at `position` | the positions in the bit set `masked` are masked). `masked` contains `position`. */
export type Conditional = (position: number, masked: number) => number;

/** The longest response that is enumerated: 2^20 masked states. */
const LONGEST = 20;

/**
 * Monte-Carlo estimate from sampled states: mean over states of `sum_k u_k logp_k`. A state without targets
 * contributes 0 and counts.
 * @param logps log-probs of the targets of each state, in the order of `states`
 * @throws RangeError if there is no state, or the numbers of log-probs and targets differ
 */
export function elboEstimate(
  states: readonly Pick<State, "units">[],
  logps: readonly ArrayLike<number>[],
): number {
  if (states.length === 0 || states.length !== logps.length) {
    throw new RangeError(
      `${logps.length} lists of log-probs for ${states.length} states: expected one each, at least 1`,
    );
  }
  let total = 0;
  states.forEach(({ units }, j) => {
    const logp = logps[j]!;
    if (units.length !== logp.length) {
      throw new RangeError(`state ${j}: ${logp.length} log-probs for ${units.length} targets`);
    }
    for (let k = 0; k < units.length; k++) total += units[k]! * logp[k]!;
  });
  return total / states.length;
}

/**
 * The exact count form, by enumeration of all masked states of a response of `length` tokens.
 * @throws RangeError unless length is an integer in [1, 20]
 */
export function exactElboByCount(length: number, conditional: Conditional): number {
  // P(S) u = 1/L * 1/C(L, l) * L/l
  let choose = 1;
  const weights = [0];
  for (let l = 1; l <= length; l++) {
    choose = choose * (length - l + 1) / l;
    weights.push(1 / (choose * l));
  }
  return sumOverStates(length, conditional, weights);
}

/**
 * The exact Bernoulli form, by enumeration of the states and exact integration over t.
 * @throws RangeError unless length is an integer in [1, 20]
 */
export function exactElboBernoulli(length: number, conditional: Conditional): number {
  // Integral over t of (1/t) t^l (1-t)^(L-l) = Beta(l, L-l+1) = (l-1)! (L-l)! / L!
  const factorial = [1];
  for (let n = 1; n <= length; n++) factorial.push(factorial[n - 1]! * n);
  const weights = [0];
  for (let l = 1; l <= length; l++) {
    weights.push(factorial[l - 1]! * factorial[length - l]! / factorial[length]!);
  }
  return sumOverStates(length, conditional, weights);
}

/** Sum over all non-empty S of weights[|S|] * sum_{i in S} log p(i | S). */
function sumOverStates(length: number, conditional: Conditional, weights: readonly number[]): number {
  if (!(Number.isInteger(length) && length >= 1 && length <= LONGEST)) {
    throw new RangeError(`response of ${length} tokens: enumeration expects 1 to ${LONGEST}`);
  }
  let total = 0;
  for (let masked = 1; masked < 2 ** length; masked++) {
    let sum = 0, count = 0;
    for (let i = 0; i < length; i++) {
      if ((masked >> i & 1) === 0) continue;
      sum += conditional(i, masked);
      count++;
    }
    total += weights[count]! * sum;
  }
  return total;
}
