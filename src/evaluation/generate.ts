/** Responses of a model to the rows of a real task, at one length. */

import type { Protocol, RealTask, Row } from "../../tasks/real_task.ts";
import { Stream } from "../../kernels/philox/random.ts";
import { createSampler, freeSampler, sample } from "../diffusion/sampler.ts";
import type { WeightViews } from "../model/parameters.ts";
import { promptIds } from "../model/tokenizers/prompt.ts";
import type { Tokenizer } from "../model/tokenizers/tokenizer.ts";
import type { Transformer } from "../model/transformer.ts";

/** How a response is decoded: greedily, block by block, by low-confidence remasking (LLaDA). */
export interface Decoding {
  /** Tokens of a response. */
  readonly length: number;
  /** Denoising steps of a response. */
  readonly steps: number;
  readonly block: number;
}

export interface LoadedModel {
  readonly model: Transformer;
  readonly weights: WeightViews;
  readonly tokenizer: Tokenizer;
}

/** A response. */
export interface Generated {
  /** Row of the test file. */
  readonly index: number;
  /** The response, special tokens and all; "" where the model was not asked. */
  readonly text: string;
  /** Tokens before the end token. */
  readonly tokens: number;
  /** Why the model was not asked; such a row counts as wrong. */
  readonly notAttempted: string | null;
}

/** Tokens of prompts and responses that are decoded together. */
const BATCH_TOKENS = 8192;

interface Planned {
  readonly index: number;
  readonly prompt: Uint32Array;
}

/**
 * Responses, in an order that depends on nothing but the rows: shorter prompts first, for prompts of one length are
 * decoded together. A prompt that leaves no room for the response is never cut: its row is not attempted.
 * @param done called after every batch with the responses of it; nothing is kept. Throw to stop.
 */
export async function generate(
  { model, weights, tokenizer }: LoadedModel,
  task: RealTask,
  rows: readonly Row<unknown>[],
  protocol: Protocol,
  { length, steps, block }: Decoding,
  done: (responses: readonly Generated[]) => void,
): Promise<void> {
  const { maxSequence, eosId } = model.config;
  const planned = rows
    .map(({ index, item }): Planned => ({
      index,
      prompt: promptIds(tokenizer, task.prompt(item, protocol), protocol),
    }))
    .sort((a, b) => a.prompt.length - b.prompt.length || a.index - b.index);
  const room = maxSequence - length;
  const attempted = planned.filter(({ prompt }) => prompt.length <= room);
  const batches = batchesOf(attempted, length);
  if (batches.length > 0) {
    const sampler = createSampler(model, {
      batch: Math.max(...batches.map((batch) => batch.length)),
      sequence: attempted.at(-1)!.prompt.length + length,
      length,
    });
    try {
      for (const batch of batches) {
        const trajectories = await sample(
          sampler,
          weights,
          batch.map(({ prompt }) => prompt),
          batch.map(({ index }) => index),
          length,
          { steps, blockLength: block, temperature: 0, remasking: "low-confidence" },
          { seed: 0, stream: Stream.evaluationTokens },
        );
        done(trajectories.map(({ tokens }, i) => {
          const end = tokens.indexOf(eosId);
          return {
            index: batch[i]!.index,
            text: tokenizer.decode(tokens),
            tokens: end < 0 ? length : end,
            notAttempted: null,
          };
        }));
      }
    } finally {
      freeSampler(sampler);
    }
  }
  const left = planned.slice(attempted.length);
  if (left.length === 0) return;
  done(left.map(({ index, prompt }) => ({
    index,
    text: "",
    tokens: 0,
    notAttempted:
      `the prompt has ${prompt.length} tokens, the model has room for ${Math.max(0, room)} before ` +
      `${length} of a response`,
  })));
}

/** Prompts of one length, as many as a batch takes. */
function batchesOf(planned: readonly Planned[], length: number): Planned[][] {
  const batches: Planned[][] = [];
  for (const row of planned) {
    const last = batches.at(-1), size = row.prompt.length;
    const room = Math.max(1, Math.floor(BATCH_TOKENS / (size + length)));
    if (last && last[0]!.prompt.length === size && last.length < room) last.push(row);
    else batches.push([row]);
  }
  return batches;
}
