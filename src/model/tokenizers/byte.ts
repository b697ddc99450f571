/**
 * One token per byte of UTF-8, ids 0 to 255, and five special tokens behind them. A turn of a conversation is the
 * token of its role, its text, and the end token.
 */

import { type Role, type Tokenizer, TokenizerError } from "./tokenizer.ts";

const BYTES = 256;

/** Ids of the special tokens, and how a decoded text shows them. The graders know the name of the end token. */
const SPECIAL = { mask: 256, end: 257, system: 258, user: 259, assistant: 260 } as const;
const NAMES: Readonly<Record<keyof typeof SPECIAL, string>> = {
  mask: "<|mask|>",
  end: "<|endoftext|>",
  system: "<|system|>",
  user: "<|user|>",
  assistant: "<|assistant|>",
};

const TYPE = "byte";

/** What a `tokenizer.json` of this type holds. */
interface ByteTokenizerFile {
  readonly type: typeof TYPE;
  readonly special: Readonly<Record<string, number>>;
}

/** Whether parsed JSON is of this type. */
export function isByteTokenizerFile(json: unknown): json is ByteTokenizerFile {
  return typeof json === "object" && json !== null && "type" in json && json.type === TYPE;
}

/** @throws TokenizerError for special tokens other than those of this project */
export function byteTokenizerFrom({ special }: ByteTokenizerFile, path: string): Tokenizer {
  const entries = Object.entries(SPECIAL);
  const known = typeof special === "object" && special !== null &&
    Object.keys(special).length === entries.length && entries.every(([name, id]) => special[name] === id);
  if (known) return byteTokenizer;
  throw new TokenizerError(
    `${path}: expected "special" to be ${JSON.stringify(SPECIAL)}, found ${JSON.stringify(special)}`,
  );
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

export const byteTokenizer: Tokenizer = {
  size: BYTES + Object.keys(SPECIAL).length,
  maskId: SPECIAL.mask,
  endId: SPECIAL.end,

  encode: (text) => Uint32Array.from(bytesOf(text)),

  encodeChat(messages, prefill) {
    const turn = (role: Role, text: string) => [SPECIAL[role], ...bytesOf(text)];
    return Uint32Array.from([
      ...messages.flatMap(({ role, content }) => [...turn(role, content), SPECIAL.end]),
      ...turn("assistant", prefill),
    ]);
  },

  decode(ids) {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const names = Object.entries(SPECIAL) as [keyof typeof SPECIAL, number][];
    let text = "", bytes: number[] = [];
    const flush = () => {
      text += decoder.decode(Uint8Array.from(bytes));
      bytes = [];
    };
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id >= 0 && id < BYTES) {
        bytes.push(id);
        continue;
      }
      flush();
      const name = names.find(([, special]) => special === id)?.[0];
      text += name === undefined ? "\uFFFD" : NAMES[name];
    }
    flush();
    return text;
  },

  toJson: () => ({ type: TYPE, special: SPECIAL }),
};
