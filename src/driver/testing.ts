/** Writes tar archives for tests. */

const BLOCK = 512;

/** One entry: its header and its padded content. */
export function tarEntry(name: string, content: Uint8Array, { type = "0", prefix = "" } = {}): Uint8Array {
  const entry = new Uint8Array(BLOCK + Math.ceil(content.length / BLOCK) * BLOCK);
  const put = (text: string, at: number) => entry.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put(content.length.toString(8).padStart(11, "0") + "\0", 124);
  put(" ".repeat(8), 148);
  put(type, 156);
  put("ustar\x0000", 257);
  put(prefix, 345);
  const sum = entry.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  put(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  entry.set(content, BLOCK);
  return entry;
}

/** An archive of the entries, with its end mark. */
export function tarFile(...entries: Uint8Array[]): Uint8Array {
  return new Uint8Array([...entries, new Uint8Array(2 * BLOCK)].flatMap((part) => [...part]));
}
