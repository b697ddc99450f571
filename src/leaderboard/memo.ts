/** A bounded cache: the least recently used entry goes first. */

import { sha256 } from "../files/identity.ts";

export interface Memo<Value> {
  /** The value of a key, made where it is not there. */
  get(key: string, make: () => Value): Value;
  readonly size: number;
}

export function memo<Value>(capacity: number): Memo<Value> {
  const entries = new Map<string, { readonly value: Value }>();
  return {
    get size() {
      return entries.size;
    },
    get(key, make) {
      const found = entries.get(key) ?? { value: make() };
      entries.delete(key);
      entries.set(key, found);
      if (entries.size > capacity) entries.delete(entries.keys().next().value!);
      return found.value;
    },
  };
}

/**
 * A pure function that remembers its last results: where little of much has changed, little is computed again.
 * @param capacity results that are kept
 * @param fn whose result its arguments, as JSON, determine
 */
export function remembering<Args extends readonly unknown[], Result>(
  capacity: number,
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  const results = memo<Result>(capacity);
  return (...args) => results.get(sha256(JSON.stringify(args)), () => fn(...args));
}
