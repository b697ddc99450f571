/** McNemar's test on common items: b were solved by the first run alone, c by the second alone. */

import { exp, log } from "../../kernels/math/elementary.ts";

export interface McNemar {
  /** Two-sided exact binomial p, at most 1. */
  readonly exact: number;
  /** Two-sided mid-p: less conservative, as the exact test spends more than its level on ties. */
  readonly mid: number;
}

/** @throws RangeError unless b and c are whole and not negative */
export function mcnemar(b: number, c: number): McNemar {
  if (!Number.isSafeInteger(b) || !Number.isSafeInteger(c) || b < 0 || c < 0) {
    throw new RangeError(`mcnemar expects whole counts, found b = ${b}, c = ${c}`);
  }
  const n = b + c, least = Math.min(b, c);
  if (n === 0) return { exact: 1, mid: 1 };
  // P(X = k) for X ~ Binomial(n, 1/2), downwards from k = least: P(k - 1) = P(k) k / (n - k + 1).
  const point = halfBinomial(n, least);
  let tail = 0;
  for (let k = least, term = point; k >= 0 && term > 0; k--) {
    tail += term;
    term *= k / (n - k + 1);
  }
  return { exact: Math.min(1, 2 * tail), mid: b === c ? 1 - point / 2 : 2 * tail - point };
}

/** C(n, k) / 2^n. Exact for n < 54; beyond, a sum of logarithms keeps it from leaving the range of a double. */
function halfBinomial(n: number, k: number): number {
  if (n < 54) {
    let value = 1;
    for (let i = 1; i <= k; i++) value = value * (n - k + i) / i;
    for (let i = 0; i < n; i++) value /= 2;
    return value;
  }
  let sum = -n * log(2);
  for (let i = 1; i <= k; i++) sum += log((n - k + i) / i);
  return exp(sum);
}

/** Counts for `mcnemar` from verdicts on common items. @throws RangeError for unpaired lists */
export function discordant(
  first: ArrayLike<boolean>,
  second: ArrayLike<boolean>,
): { b: number; c: number; n: number } {
  const n = first.length;
  if (n !== second.length) {
    throw new RangeError(`discordant expects common items, found ${n} and ${second.length}`);
  }
  let b = 0, c = 0;
  for (let i = 0; i < n; i++) {
    if (first[i] && !second[i]) b++;
    else if (second[i] && !first[i]) c++;
  }
  return { b, c, n };
}
