/** A place in the tokens of an answer, for the readers. */

import { canonicalText } from "./notation.ts";
import { type Token, tokenize } from "./lexer.ts";

/** Thrown by readers for what they cannot read, and caught by `parse`; one object, as its place says nothing. */
export const UNREADABLE = new Error("not an answer that can be read");

export function refuse(): never {
  throw UNREADABLE;
}

/** Deeper nesting is refused, so that the call stack is limited. */
const MAX_DEPTH = 48;

export interface Cursor {
  /** The token that is `offset` behind the next one. */
  peek(offset?: number): Token | undefined;
  /** Takes the next token. */
  next(): Token | undefined;
  advance(count?: number): void;
  isSign(text: string, offset?: number): boolean;
  isCommand(text: string, offset?: number): boolean;
  /** Takes the next token if it is this one. */
  take(kind: Token["kind"], text: string): boolean;
  expect(kind: Token["kind"], text: string): void;
  /** Takes the first character of the next token and leaves its rest. */
  takeCharacter(): string;
  isDone(): boolean;
  /** What `read` takes, in canonical form. */
  sourceOf<Result>(read: () => Result): [result: Result, source: string];
  /** `read`, one level deeper. */
  nested<Result>(read: () => Result): Result;
}

export function cursorOver(source: string): Cursor {
  const tokens = tokenize(source);
  let at = 0, depth = 0;

  const isAt = (kind: Token["kind"], text: string, offset: number) => {
    const token = tokens[at + offset];
    return token?.kind === kind && token.text === text;
  };
  const cursor: Cursor = {
    peek: (offset = 0) => tokens[at + offset],
    next: () => tokens[at++],
    advance(count = 1) {
      at += count;
    },
    isSign: (text, offset = 0) => isAt("sign", text, offset),
    isCommand: (text, offset = 0) => isAt("command", text, offset),
    take(kind, text) {
      const found = isAt(kind, text, 0);
      if (found) at++;
      return found;
    },
    expect(kind, text) {
      if (!cursor.take(kind, text)) refuse();
    },
    takeCharacter() {
      const token = tokens[at]!;
      if (token.text.length === 1) at++;
      else {
        const text = token.text.slice(1);
        const value = token.kind === "number" ? { value: { numerator: BigInt(text), denominator: 1n } } : {};
        tokens[at] = { kind: token.kind, text, start: token.start + 1, end: token.end, ...value };
      }
      return token.text[0]!;
    },
    isDone: () => at >= tokens.length,
    sourceOf(read) {
      const start = tokens[at]?.start ?? source.length, result = read();
      // Of a token taken in part, `start` is where its rest begins.
      const end = Math.min(tokens[at]?.start ?? source.length, source.length);
      return [result, canonicalText(source.slice(start, end).trim())];
    },
    nested(read) {
      if (++depth > MAX_DEPTH) refuse();
      const result = read();
      depth--;
      return result;
    },
  };
  return cursor;
}
