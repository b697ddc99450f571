/** Lines of a file of any size, one at a time. */

/** Far above any generation; a longer line is reported, not kept. */
export const MAX_LINE_BYTES = 64 << 20;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line end. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The line was longer than MAX_LINE_BYTES; `bytes` is empty. */
  readonly tooLong: boolean;
}

const NEWLINE = 10;

/** The lines of a stream of bytes. What follows the last line end counts when it is not empty. */
export async function* readLines(
  stream: AsyncIterable<Uint8Array<ArrayBuffer>>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<Line> {
  let pieces: Uint8Array<ArrayBuffer>[] = [], length = 0, number = 1;
  const line = (): Line => {
    const tooLong = length > maxBytes;
    const bytes = tooLong ? new Uint8Array() : joined(pieces, length);
    pieces = [];
    length = 0;
    return { number: number++, bytes, tooLong };
  };
  const add = (piece: Uint8Array<ArrayBuffer>) => {
    length += piece.length;
    if (length > maxBytes) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield line();
      start = end + 1;
    }
    // A copy: the stream may use the chunk's memory again.
    add(chunk.slice(start));
  }
  if (length > 0) yield line();
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Bytes of a file, unzipped if its name ends in ".gz"; "-" is the standard input.
 * @throws Error, when they are read, for a gzip file that is damaged or was cut short
 */
export async function openInput(path: string): Promise<AsyncIterable<Uint8Array<ArrayBuffer>>> {
  if (path === "-") return Deno.stdin.readable;
  const file = await Deno.open(path);
  if ((await file.stat()).isDirectory) {
    file.close();
    throw new Error(`${path}: expected a file, found a folder; check the path`);
  }
  return path.endsWith(".gz") ? unzipped(path, file.readable) : file.readable;
}

async function* unzipped(path: string, zipped: ReadableStream<Uint8Array<ArrayBuffer>>) {
  try {
    yield* zipped.pipeThrough(new DecompressionStream("gzip"));
  } catch (error) {
    // What the decoder throws for its input; reading itself fails in other ways.
    if (!(error instanceof TypeError)) throw error;
    throw new Error(
      `${path}: expected a whole gzip file, found ${error.message}; copy it again, or take ".gz" from its name if it ` +
        "is none",
      { cause: error },
    );
  }
}
