/** Training on texts of different lengths: demonstrations of real tasks, drawn at random. */

import { randomSequence, Stream } from "../../kernels/philox/random.ts";
import { maskedBatch, type TokenPair, type TrainingData } from "./base.ts";

export interface TextDataOptions {
  readonly name: string;
  /** Demonstrations by task: each task is drawn as often as another, however many it has. */
  readonly tasks: readonly (readonly TokenPair[])[];
  /** Sequences in a batch. */
  readonly batch: number;
  /** Tokens of the longest sequence. */
  readonly sequence: number;
  readonly maskId: number;
  readonly endId: number;
  readonly seed: number;
}

/** Whether a demonstration with its end token has room. */
export function fits({ prompt, response }: TokenPair, sequence: number): boolean {
  return prompt.length + response.length < sequence;
}

/**
 * Batches of demonstrations, each filled with end tokens to the length of the longest in its batch; end tokens are
 * part of the response and are learned with it (LLaDA, Nie et al. 2025, section 2.3).
 * @throws RangeError for a task without demonstrations, or with one that has no room
 */
export function textData(options: TextDataOptions): TrainingData {
  const { name, tasks, batch, sequence, maskId, endId, seed } = options;
  for (const pairs of tasks) {
    if (pairs.length > 0 && pairs.every((pair) => fits(pair, sequence))) continue;
    throw new RangeError(
      `expected demonstrations of fewer than ${sequence} tokens for every task of ${name}`,
    );
  }
  return {
    name,
    limits: { rows: batch * sequence, targets: batch * sequence },
    batch(_phase, step) {
      const pairs = Array.from({ length: batch }, (_, row) => {
        const random = randomSequence({ seed, stream: Stream.baseExamples }, step, row);
        const task = tasks[random.below(tasks.length)]!;
        return task[random.below(task.length)]!;
      });
      const longest = Math.max(...pairs.map(({ prompt, response }) => prompt.length + response.length + 1));
      const filled = pairs.map(({ prompt, response }): TokenPair => {
        const whole = new Uint32Array(longest - prompt.length).fill(endId);
        whole.set(response);
        return { prompt, response: whole };
      });
      return maskedBatch(filled, maskId, seed, step);
    },
  };
}
