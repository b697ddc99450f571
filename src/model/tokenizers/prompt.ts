/** What a model is given: the tokens of a task's prompt. */

import type { Prompt, Protocol } from "../../../tasks/real_task.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A prompt as token ids: text to be continued in the protocol `plain`, else a conversation in the model's template. */
export function promptIds(
  tokenizer: Tokenizer,
  { messages, prefill }: Prompt,
  protocol: Protocol,
): Uint32Array<ArrayBuffer> {
  if (protocol !== "plain") return tokenizer.encodeChat(messages, prefill);
  return tokenizer.encode(messages.map(({ content }) => content).join("\n") + prefill);
}
