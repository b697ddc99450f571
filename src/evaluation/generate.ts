/** Responses of a model to the rows of a real task, at one length. */

import type { Protocol, RealTask, Row } from "../../tasks/real_task.ts";
import type { ModelConfig } from "../model/config.ts";
import { promptIds } from "../model/tokenizers/prompt.ts";
import type { Tokenizer } from "../model/tokenizers/tokenizer.ts";
import type { DecodingSizes, Responder } from "./responder.ts";

export interface LoadedModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly responder: Responder;
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
  { config: { maxSequence, eosId }, tokenizer, responder }: LoadedModel,
  { task, rows }: { readonly task: RealTask; readonly rows: readonly Row<unknown>[] },
  { protocol, decoding }: { readonly protocol: Protocol; readonly decoding: DecodingSizes },
  done: (responses: readonly Generated[]) => void,
): Promise<void> {
  const { length } = decoding, room = maxSequence - length;
  const planned = rows
    .map(({ index, item }): Planned => ({
      index,
      prompt: promptIds(tokenizer, task.prompt(item, protocol), protocol),
    }))
    .sort((a, b) => a.prompt.length - b.prompt.length || a.index - b.index);
  const attempted = planned.filter(({ prompt }) => prompt.length <= room);
  /** In the order of the batches. */
  const pending: Promise<readonly Generated[]>[] = [];

  async function answer(batch: readonly Planned[]): Promise<readonly Generated[]> {
    const responses = await responder.respond({
      prompts: batch.map(({ prompt }) => prompt),
      rows: batch.map(({ index }) => index),
      decoding,
    });
    return responses.map((tokens, i) => {
      const end = tokens.indexOf(eosId);
      return {
        index: batch[i]!.index,
        text: tokenizer.decode(tokens),
        tokens: end < 0 ? length : end,
        notAttempted: null,
      };
    });
  }

  try {
    for (const batch of batchesOf(attempted, length)) {
      const answering = answer(batch);
      // It may fail before its turn comes; the failure is thrown then.
      answering.catch(() => {});
      pending.push(answering);
      if (pending.length >= responder.width) done(await pending.shift()!);
    }
    while (pending.length > 0) done(await pending.shift()!);
  } finally {
    // Whatever broke the loop: nothing is answered behind it.
    await Promise.allSettled(pending);
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
