/** Downloads a pinned file: resumed, retried, and refused unless every byte is right. */

import { replaceFile } from "../../src/files/durable.ts";
import { lockFolder } from "../../src/files/lock.ts";

/** A file known by size and hash, where to fetch it, and where it goes. */
export interface Download {
  /** Tried in order. */
  readonly urls: readonly string[];
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Destination; `<path>.partial` and `<path>.partial.json` stand beside it while it is incomplete. */
  readonly path: string;
}

export interface DownloadOptions {
  /** Called for every piece that arrives, with bytes so far (resumed ones included) and in all. */
  readonly onProgress?: (received: number, total: number) => void;
  /** Milliseconds before each repetition after a server error or a broken connection. */
  readonly retryDelays?: readonly number[];
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly stallTimeout?: number;
  /** Stops the download; what has arrived is kept for the next one. */
  readonly signal?: AbortSignal;
}

/** The file cannot be had: no connection, or servers that do not have it. */
export class DownloadError extends Error {
  override readonly name: string = "DownloadError";
}

/** Bytes that are not those of the pinned file. */
export class IntegrityError extends Error {
  override readonly name: string = "IntegrityError";
}

/** Worth another try at the same address. */
class TransientError extends DownloadError {}

/** Lower-case hexadecimal SHA-256. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Fetches the file, checks it, puts it at `path` by renaming, and returns its bytes. Where another process downloads
 * into the same folder, it is waited for; what it fetched is not fetched again.
 * @throws DownloadError with one line per address when none could be read
 * @throws IntegrityError when an address was read and none gave the right bytes
 */
export async function download(
  target: Download,
  options: DownloadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { signal } = options, failures: string[] = [];
  let wrong: IntegrityError | undefined;
  using _lock = await lockFolder(parentFolder(target.path), signal && { signal });
  const arrived = await Deno.readFile(target.path).catch(ifMissing);
  if (arrived !== null && await sha256(arrived) === target.sha256) return arrived;
  for (const url of target.urls) {
    try {
      return await downloadFrom(url, target, options);
    } catch (error) {
      if (error instanceof IntegrityError) wrong = error;
      else if (error instanceof DownloadError) failures.push(`${url}: ${error.message}`);
      else throw error;
    }
  }
  throw wrong ?? new DownloadError(failures.join("\n"));
}

async function downloadFrom(url: string, target: Download, options: DownloadOptions) {
  const delays = options.retryDelays ?? [500, 2000];
  for (let attempt = 0;; attempt++) {
    try {
      const resumed = await receive(url, target, options);
      return await accept(url, target, resumed);
    } catch (error) {
      if (!(error instanceof TransientError) || attempt >= delays.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, delays[attempt]));
    }
  }
}

/** What a partial file is part of: only bytes of one version at one address may be joined. */
interface PartialState {
  readonly url: string;
  readonly etag: string | null;
}

const partialPath = (target: Download) => `${target.path}.partial`;
const statePath = (target: Download) => `${target.path}.partial.json`;

async function discardPartial(target: Download): Promise<void> {
  for (const path of [partialPath(target), statePath(target)]) {
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Bytes of an earlier attempt at this address that may be continued. */
async function resumable(url: string, target: Download): Promise<PartialState & { size: number }> {
  const fresh = { url, etag: null, size: 0 };
  try {
    const { size } = await Deno.stat(partialPath(target));
    const state = JSON.parse(await Deno.readTextFile(statePath(target))) as PartialState;
    if (state.url === url && size < target.bytes) return { ...state, size };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)) throw error;
  }
  await discardPartial(target);
  return fresh;
}

/**
 * One request; appends what arrives to the partial file. Returns when the body is complete, and whether it
 * continued an earlier one.
 */
async function receive(url: string, target: Download, options: DownloadOptions): Promise<boolean> {
  const earlier = await resumable(url, target);
  // Ranges count encoded bytes: ask for none.
  const headers = new Headers({ "accept-encoding": "identity" });
  if (earlier.size > 0) {
    headers.set("range", `bytes=${earlier.size}-`);
    if (earlier.etag) headers.set("if-range", earlier.etag);
  }
  const stall = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expectByte = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(), options.stallTimeout ?? 15_000);
  };
  const signal = options.signal ? AbortSignal.any([stall.signal, options.signal]) : stall.signal;
  try {
    expectByte();
    const response = await fetch(url, { headers, signal });
    const start = await startOffset(response, earlier.size, target);
    await Deno.mkdir(parentFolder(target.path), { recursive: true });
    await Deno.writeTextFile(statePath(target), JSON.stringify({ url, etag: strongEtag(response) }));
    const announced = Number(response.headers.get("content-length") ?? NaN);
    const total = Number.isFinite(announced) ? start + announced : target.bytes;
    let received = start;
    options.onProgress?.(received, target.bytes);
    using file = await Deno.open(partialPath(target), { write: true, create: true });
    await file.truncate(start);
    await file.seek(start, Deno.SeekMode.Start);
    for await (const chunk of response.body ?? []) {
      expectByte();
      received += chunk.length;
      if (received > target.bytes) throw wrongBytes(url, target, `more than ${target.bytes} bytes`);
      for (let written = 0; written < chunk.length;) written += await file.write(chunk.subarray(written));
      options.onProgress?.(received, target.bytes);
    }
    if (received < total) throw new TransientError(`connection ended after ${received} of ${total} bytes`);
    return start > 0;
  } catch (error) {
    if (error instanceof IntegrityError) await discardPartial(target);
    options.signal?.throwIfAborted();
    if (stall.signal.aborted) throw new TransientError("no answer in time");
    // `fetch` and its body report every kind of broken connection as a TypeError.
    if (error instanceof TypeError) throw new TransientError(causeOf(error));
    if (error instanceof Deno.errors.NotCapable) throw new DownloadError(error.message);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Where the body of a response starts in the file. @throws unless it starts at 0 or continues the partial file */
async function startOffset(response: Response, size: number, target: Download): Promise<number> {
  if (response.status === 200) return 0;
  if (response.status === 206 && size > 0) {
    const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (Number(start) === size) return size;
  }
  await response.body?.cancel();
  if (response.status === 206 || response.status === 416) {
    await discardPartial(target);
    throw new TransientError(`the server gave another range than asked for`);
  }
  const message = `HTTP ${response.status} ${response.statusText}`.trim();
  const again = response.status >= 500 || response.status === 429 || response.status === 408;
  throw again ? new TransientError(message) : new DownloadError(message);
}

/** Checks the complete partial file and renames it to its place. */
async function accept(url: string, target: Download, resumed: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(partialPath(target));
  const found = await sha256(bytes);
  await discardPartial(target);
  if (found !== target.sha256) {
    // The earlier part may be of another version, or damaged on the disk.
    if (resumed) throw new TransientError("the resumed file is not the pinned one; starting again");
    throw wrongBytes(url, target, `${found} (${bytes.length} bytes)`);
  }
  await replaceFile(target.path, bytes);
  return bytes;
}

function wrongBytes(url: string, target: Download, found: string): IntegrityError {
  return new IntegrityError(
    `${url}: expected SHA-256 ${target.sha256} (${target.bytes} bytes), found ${found}; nothing was kept. ` +
      `Try again later, or put the original file at ${target.path}.`,
  );
}

/** An entity tag that `If-Range` may carry: weak ones do not promise equal bytes. */
function strongEtag(response: Response): string | null {
  const etag = response.headers.get("etag");
  return etag?.startsWith('"') ? etag : null;
}

/** The innermost message, without the address that the caller names anyway. */
function causeOf(error: Error): string {
  const message = error.cause instanceof Error ? error.cause.message : error.message;
  return message.replace(/^error sending request for url \(\S+\): /, "");
}

function ifMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

function parentFolder(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
