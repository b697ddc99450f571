/**
 * The multi variants: every prompt has several right responses, which demonstrations show in equal shares. Tokens that
 * a model commits in one denoising step do not know of each other, so that they mix two right responses into a wrong
 * one (the multimodality of non-autoregressive decoding, Gu et al. 2018): fewer steps than tokens leave room for
 * improvement without any mistake in the demonstrations.
 */

/** @throws RangeError unless `flaw` is 0: demonstrations of these tasks have no mistake to make */
export function checkUnflawed(id: string, flaw: number): void {
  if (flaw === 0) return;
  throw new RangeError(`expected flaw to be 0, found ${flaw}: ${id} has no systematic mistake`);
}

/** Every order of some items. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
