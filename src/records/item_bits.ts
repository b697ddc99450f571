/** Which items of a test set were solved, as hexadecimal text: item i is bit i, most significant first. */

/** Two digits per eight items; the bits after the last item are 0. */
export function itemBits(items: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(items.length / 8));
  items.forEach((item, i) => {
    if (item) bytes[i >> 3]! |= 0x80 >> (i & 7);
  });
  return bytes.toHex();
}

/** The first `n` items. @throws RangeError unless `bits` is what `itemBits` gives for so many */
export function readItemBits(bits: string, n: number): boolean[] {
  const bytes = Uint8Array.fromHex(bits);
  const items = Array.from({ length: n }, (_, i) => (bytes[i >> 3]! & (0x80 >> (i & 7))) !== 0);
  if (itemBits(items) !== bits) throw new RangeError(`expected the bits of ${n} items, found "${bits}"`);
  return items;
}

/** Items that are set, or null where the text is not that of `n` items. */
export function countBits(bits: string, n: number): number | null {
  try {
    return readItemBits(bits, n).filter(Boolean).length;
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return null;
    throw error;
  }
}
