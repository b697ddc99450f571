/**
 * Pinned data files: real test sets that stay out of the repository. A file is looked for in the folder that the
 * environment variable DLLM_BENCH_DATA names, then in the cache, then downloaded; every byte is checked each time.
 */

import { resolve } from "node:path";
import { download, DownloadError, type DownloadOptions, IntegrityError, sha256 } from "./download.ts";
import type { DataFile } from "./files.ts";

/** The environment variable that names a folder of files provided by hand, laid out by `DataFile.name`. */
export const DATA_VARIABLE = "DLLM_BENCH_DATA";
const DEFAULT_CACHE = resolve(import.meta.dirname!, "../../.cache/data");

export interface DataOptions extends Omit<DownloadOptions, "onProgress"> {
  /** Folder of files provided by hand; null: none. Default: what DLLM_BENCH_DATA names, if it is set. */
  readonly folder?: string | null;
  /** Folder of downloads. Default: `.cache/data` of the repository. */
  readonly cache?: string;
  readonly onProgress?: (file: DataFile, received: number, total: number) => void;
}

/** The file is neither on this machine nor to be had from its addresses. Report it and go on without it. */
export class DataUnavailableError extends Error {
  override readonly name = "DataUnavailableError";
  /** Why the first address did not give it, in a few words. */
  readonly reason: string;
  constructor(readonly file: DataFile, cachePath: string, cause: Error) {
    super(
      `${file.name} is not on this machine and could not be downloaded:\n` +
        cause.message.split("\n").map((line) => `  ${line}\n`).join("") +
        `To provide it, put the file (${file.bytes} bytes, SHA-256 ${file.sha256}) at ${cachePath}, ` +
        `or set ${DATA_VARIABLE} to a folder that holds it as ${file.name}.`,
      { cause },
    );
    const [first] = cause.message.split("\n");
    this.reason = `could not be downloaded (${first!.replace(/^\S+: |, run again with.*$/g, "")})`;
  }
}

/** A file on this machine has other bytes than the pinned one. */
export class DataIntegrityError extends IntegrityError {
  override readonly name = "DataIntegrityError";
  constructor(readonly file: DataFile, path: string, found: string, bytes: number) {
    super(
      `${path}: expected SHA-256 ${file.sha256} (${file.bytes} bytes), found ${found} (${bytes} bytes). ` +
        (file.urls.length > 0
          ? `Delete it to download it again, or replace it by the original from ${file.urls[0]}.`
          : "No address serves these bytes: replace it by the original."),
    );
  }
}

function cachePathOf(file: DataFile, options: DataOptions): string {
  return `${options.cache ?? DEFAULT_CACHE}/${file.name}`;
}

async function readOrNull(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The folder provided by hand, or null. @throws Deno.errors.NotFound when the variable names no folder */
async function providedFolder(options: DataOptions): Promise<string | null> {
  if (options.folder !== undefined) return options.folder;
  const folder = Deno.env.get(DATA_VARIABLE);
  if (!folder) return null;
  const isFolder = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
  if (isFolder) return folder;
  throw new Deno.errors.NotFound(
    `expected ${DATA_VARIABLE} to name a readable folder, found "${folder}"; correct or unset it`,
  );
}

/** The contents of a file's bytes: unzipped and checked where it is a gzip file, else the bytes themselves. */
async function contentsOf(file: DataFile, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (!file.unzipped) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const contents = new Uint8Array(await new Response(stream).arrayBuffer());
  const found = await sha256(contents);
  if (found === file.unzipped.sha256) return contents;
  throw new IntegrityError(
    `${file.name} unzipped: expected SHA-256 ${file.unzipped.sha256} (${file.unzipped.bytes} bytes), found ` +
      `${found} (${contents.length} bytes). The gzip file is the pinned one: correct the pinned contents.`,
  );
}

/**
 * The file's contents (unzipped) if it is on this machine, else null. Never uses the network.
 * @throws DataIntegrityError when the file is there with other bytes
 */
export async function findDataFile(
  file: DataFile,
  options: DataOptions = {},
): Promise<Uint8Array<ArrayBuffer> | null> {
  const folder = await providedFolder(options);
  const paths = [...(folder === null ? [] : [`${folder}/${file.name}`]), cachePathOf(file, options)];
  for (const path of paths) {
    const bytes = await readOrNull(path);
    if (bytes === null) continue;
    const found = await sha256(bytes);
    if (found !== file.sha256) throw new DataIntegrityError(file, path, found, bytes.length);
    return await contentsOf(file, bytes);
  }
  return null;
}

/**
 * The file's contents (unzipped), from this machine or downloaded into the cache.
 * @throws DataUnavailableError when it cannot be had
 * @throws IntegrityError when bytes were found or received, but the wrong ones
 */
export async function openDataFile(
  file: DataFile,
  options: DataOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const found = await findDataFile(file, options);
  if (found !== null) return found;
  const path = cachePathOf(file, options);
  const { onProgress, ...rest } = options;
  if (file.urls.length === 0) {
    throw new DataUnavailableError(file, path, new DownloadError("no address serves these bytes"));
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await download({ urls: file.urls, bytes: file.bytes, sha256: file.sha256, path }, {
      ...rest,
      ...(onProgress && { onProgress: (received, total) => onProgress(file, received, total) }),
    });
  } catch (error) {
    if (error instanceof DownloadError) throw new DataUnavailableError(file, path, error);
    throw error;
  }
  return await contentsOf(file, bytes);
}
