/** Structural equality as `@std/assert` defines it: 0 equals -0, NaN equals NaN, an absent key is not `undefined`. */

/** Whether two values are structurally equal. Cyclic values are fine. */
export function equal(a: unknown, b: unknown, seen = new Map<unknown, unknown>()): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if ((a.constructor ?? Object) !== (b.constructor ?? Object)) return false;
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (a instanceof ArrayBuffer) return equal(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) return equalElements(a as never, b as never);
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Set || a instanceof Map) return equalEntries(a, b as typeof a, seen);
  const keys = Reflect.ownKeys(a).filter((key) => Object.prototype.propertyIsEnumerable.call(a, key));
  const others = Reflect.ownKeys(b).filter((key) => Object.prototype.propertyIsEnumerable.call(b, key));
  if (keys.length !== others.length) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) && equal(a[key as keyof typeof a], b[key as keyof typeof b], seen)
  );
}

/** Compared by index, since listing the keys of a large array is slow. */
function equalElements(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  return true;
}

/** Entries match in any order, and keys may be structures. */
function equalEntries(
  a: Set<unknown> | Map<unknown, unknown>,
  b: Set<unknown> | Map<unknown, unknown>,
  seen: Map<unknown, unknown>,
): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b.entries()];
  return [...a.entries()].every((entry) => {
    const at = rest.findIndex((other) => equal(entry, other, new Map(seen)));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}
