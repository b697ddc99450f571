/**
 * Files of JSON lines that a process appends to and a later one continues. One process at a time: the others wait.
 */

import { readLines } from "./lines.ts";
import { lock, type Waiting } from "./lock.ts";

export interface LineFile extends Disposable {
  /** Appends whole lines. */
  append(values: readonly unknown[]): void;
}

export interface LineFileFormat {
  /**
   * Called with every line that the file holds, from 1. Throw where it is none of this file's: nothing is changed then.
   */
  read(line: Uint8Array, number: number): void;
  /** How every line begins. What follows the last line end and begins so, or is the beginning of it, was cut short. */
  readonly start: string;
}

/**
 * Opens a file to continue it, or to begin it, and reads what it holds. The rest of a line that a killed process left
 * at its end is cut off.
 * @throws whatever `read` throws; the reason of the signal; Deno.errors.NotFound when the folder does not exist
 */
export async function openLineFile(
  path: string,
  { read, start }: LineFileFormat,
  waiting: Waiting = {},
): Promise<LineFile> {
  const file = await Deno.open(path, { read: true, append: true, create: true });
  try {
    await lock(file, path, waiting);
    const { size } = await file.stat();
    let whole = 0;
    for await (const { number, bytes } of readLines(chunksOf(file))) {
      if (whole + bytes.length === size && isBeginning(bytes, start)) break;
      whole += bytes.length + 1;
      read(bytes, number);
    }
    if (whole < size) await file.truncate(whole);
  } catch (error) {
    file.close();
    throw error;
  }
  const encoder = new TextEncoder();
  return {
    append(values) {
      const bytes = encoder.encode(values.map((value) => JSON.stringify(value) + "\n").join(""));
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Whether a line without an end is the beginning of one of ours: nothing else may be cut off. */
function isBeginning(bytes: Uint8Array, start: string): boolean {
  const text = new TextDecoder().decode(bytes);
  return text.startsWith(start.slice(0, text.length));
}

const CHUNK = 1 << 16;

/** The contents of an open file, which stays open. */
async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(CHUNK);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    yield buffer.subarray(0, read);
  }
}
