/** When positions are revealed: blocks from left to right, an even number of tokens per step (LLaDA, Nie et al. 2025). */

/** One denoising step. Positions count from the first response token. */
export interface DenoisingStep {
  /** From 0, over all blocks. */
  readonly step: number;
  readonly blockStart: number;
  readonly blockLength: number;
  /** Tokens of the block that are still masked. */
  readonly masked: number;
  /** Tokens to reveal in the block. */
  readonly reveal: number;
}

/**
 * Tokens to reveal in each step of a block: floor(n / s), and one more in the first n mod s steps. With more steps
 * than masked tokens the last steps reveal nothing, as in LLaDA.
 * @throws RangeError unless `masked` is an integer >= 0 and `steps` one >= 1
 */
export function revealCounts(masked: number, steps: number): number[] {
  requireInteger("masked tokens of a block", masked, 0);
  requireInteger("steps of a block", steps, 1);
  const each = Math.floor(masked / steps), extra = masked % steps;
  return Array.from({ length: steps }, (_, step) => step < extra ? each + 1 : each);
}

/**
 * The steps that reveal a fully masked response. A step with `reveal` 0 changes nothing, but it counts: `steps`
 * model evaluations are what a setting names, and step numbers enter the random numbers.
 * @throws RangeError if `blockLength` does not divide `responseLength` or the number of blocks does not divide `steps`
 */
export function denoisingSchedule(
  { responseLength, steps, blockLength }: { responseLength: number; steps: number; blockLength: number },
): DenoisingStep[] {
  requireInteger("response length", responseLength, 1);
  requireInteger("block length", blockLength, 1);
  requireInteger("denoising steps", steps, 1);
  if (responseLength % blockLength !== 0) {
    throw new RangeError(
      `block length ${blockLength} does not divide the response length ${responseLength}; choose a divisor of it`,
    );
  }
  const blocks = responseLength / blockLength;
  if (steps % blocks !== 0) {
    throw new RangeError(
      `${steps} denoising steps do not split evenly over ${blocks} blocks; choose a multiple of ${blocks}`,
    );
  }
  const counts = revealCounts(blockLength, steps / blocks);
  return Array.from({ length: steps }, (_, step) => {
    const inBlock = step % counts.length;
    return {
      step,
      blockStart: Math.floor(step / counts.length) * blockLength,
      blockLength,
      masked: counts.slice(inBlock).reduce((sum, count) => sum + count, 0),
      reveal: counts[inBlock]!,
    };
  });
}

function requireInteger(name: string, value: number, lowest: number): void {
  if (!(Number.isSafeInteger(value) && value >= lowest)) {
    throw new RangeError(`${name}: found ${value}, expected an integer of at least ${lowest}`);
  }
}
