/** Cuts the masked states of one update into micro-batches of sequences of equal length: no padding anywhere. */

import type { BatchLimits } from "../model/activations.ts";
import type { HostBatch } from "../model/batch.ts";
import type { State } from "../diffusion/state.ts";

/** States `[firstState, firstState + states)` of a plan, whose targets start at `firstTarget` of the plan. */
export interface MicroBatch extends HostBatch {
  readonly firstState: number;
  readonly states: number;
  readonly firstTarget: number;
}

/**
 * Consecutive states, as many per micro-batch as `limits` allow.
 * @throws RangeError if a single state exceeds the limits
 */
export function cutMicroBatches(states: readonly State[], limits: BatchLimits): MicroBatch[] {
  const batches: MicroBatch[] = [];
  let firstTarget = 0;
  for (let first = 0; first < states.length;) {
    const sequence = states[first]!.inputIds.length;
    let count = 0, targets = 0;
    for (const state of states.slice(first)) {
      const fits = (count + 1) * sequence <= limits.rows && targets + state.targets.length <= limits.targets;
      if (state.inputIds.length !== sequence || !fits) break;
      count++;
      targets += state.targets.length;
    }
    if (count === 0) {
      throw new RangeError(
        `one state of ${sequence} tokens and ${
          states[first]!.targets.length
        } targets exceeds the micro-batch ` +
          `of ${limits.rows} tokens and ${limits.targets} targets; raise microBatch`,
      );
    }
    batches.push(assemble(states.slice(first, first + count), first, firstTarget, sequence, targets));
    first += count;
    firstTarget += targets;
  }
  return batches;
}

function assemble(
  states: readonly State[],
  firstState: number,
  firstTarget: number,
  sequence: number,
  targets: number,
): MicroBatch {
  const ids = new Uint32Array(states.length * sequence);
  const targetRows = new Uint32Array(targets);
  let at = 0;
  states.forEach(({ inputIds, positions }, row) => {
    ids.set(inputIds, row * sequence);
    for (const position of positions) targetRows[at++] = row * sequence + position;
  });
  return {
    firstState,
    states: states.length,
    firstTarget,
    ids,
    targetRows,
    shape: { batch: states.length, sequence, targets },
  };
}
