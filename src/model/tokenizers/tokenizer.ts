/** What turns text into the token ids of a model and back. */

export type Role = "system" | "user" | "assistant";

export interface ChatMessage {
  readonly role: Role;
  readonly content: string;
}

export interface Tokenizer {
  /** Ids are below it. */
  readonly size: number;
  readonly maskId: number;
  /** Ends a response and fills what is left of it. */
  readonly endId: number;
  /** Ids of a text as it stands: a text that spells a special token never becomes one. */
  encode(text: string): Uint32Array<ArrayBuffer>;
  /** A conversation in the model's template, the turn of the assistant opened and begun with `prefill`. */
  encodeChat(messages: readonly ChatMessage[], prefill: string): Uint32Array<ArrayBuffer>;
  /**
   * The text of ids, special tokens by their names. Total: what is no UTF-8, or no token, becomes U+FFFD.
   */
  decode(ids: ArrayLike<number>): string;
  /** The contents of `tokenizer.json`: reading it gives this tokenizer. */
  toJson(): unknown;
}

/** A tokenizer file that cannot be read, or does not belong to the model. */
export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
}
