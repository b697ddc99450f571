/** The unbiased estimate of pass@k (Chen et al. 2021, arXiv 2107.03374, equation 1). */

export interface Samples {
  /** Responses drawn for one problem. */
  readonly samples: number;
  /** How many of them are correct. */
  readonly correct: number;
}

/**
 * Probability that one of k responses, drawn without replacement from the samples, is correct:
 * 1 - C(n - c, k) / C(n, k), as a product of factors in [0, 1] that neither overflows nor cancels.
 * @throws RangeError unless 1 <= k <= samples and 0 <= correct <= samples, all integers
 */
export function passAtK({ samples, correct }: Samples, k: number): number {
  for (const [name, value, low, high] of [["k", k, 1, samples], ["correct", correct, 0, samples]] as const) {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new RangeError(`expected ${name} to be an integer from ${low} to ${high}, found ${value}`);
    }
  }
  if (samples - correct < k) return 1;
  let noneCorrect = 1;
  for (let i = samples - correct + 1; i <= samples; i++) noneCorrect *= 1 - k / i;
  return 1 - noneCorrect;
}

/** The mean over problems. @throws RangeError without problems, or as `passAtK` does */
export function meanPassAtK(problems: readonly Samples[], k: number): number {
  if (problems.length === 0) throw new RangeError("expected at least one problem, found none");
  return problems.reduce((sum, problem) => sum + passAtK(problem, k), 0) / problems.length;
}
