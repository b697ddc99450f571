/** Which denoising steps of a trajectory an objective evaluates. */

/**
 * The `count` steps with the largest mean entropy, descending; equal entropies by the lower index (EGSPO, arXiv
 * 2603.12554).
 * @param meanEntropy [steps] nats, mean over the tokens revealed in a step
 * @throws RangeError if there are fewer than `count` steps or an entropy is not finite
 */
export function highestEntropySteps(meanEntropy: ArrayLike<number>, count: number): number[] {
  if (!Number.isInteger(count) || count < 1 || count > meanEntropy.length) {
    throw new RangeError(`expected to select 1 to ${meanEntropy.length} steps, found ${count}`);
  }
  const entropy = Array.from(meanEntropy);
  const broken = entropy.findIndex((h) => !Number.isFinite(h));
  if (broken >= 0) {
    throw new RangeError(`the entropy of step ${broken} is ${entropy[broken]}, expected a number`);
  }
  return entropy.map((_, step) => step)
    .sort((i, j) => entropy[j]! - entropy[i]! || i - j)
    .slice(0, count);
}
