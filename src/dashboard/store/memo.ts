/** A bounded cache: the least recently used entry goes first. */

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
