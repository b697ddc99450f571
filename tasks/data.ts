/**
 * Pinned data files: real test sets that stay out of the repository. A file is looked for in the folder that the
 * environment variable DLLM_BENCH_DATA names, then in the cache, then downloaded; every byte is checked each time.
 */

import { resolve } from "node:path";
import { download, DownloadError, type DownloadOptions, IntegrityError, sha256 } from "./download.ts";
import type { Example } from "./task.ts";

export interface DataFile {
  /** Path inside a data folder. */
  readonly name: string;
  readonly urls: readonly string[];
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
  /** SPDX identifier. */
  readonly licence: string;
}

/** A test set made of a pinned file. */
export interface RealTestSet<Item = unknown> {
  readonly id: string;
  readonly title: string;
  readonly file: DataFile;
  /** Tokens of the longest prompt, where it differs from the task's. */
  readonly promptLength?: number;
  /** Tokens of a response, where the answers need more than the task's. */
  readonly responseLength?: number;
  /** Examples in their fixed order. @throws SyntaxError naming the row that cannot be read */
  load(bytes: Uint8Array): Example<Item>[];
}

/** A commit first, then the branch: a commit cannot change, a branch outlives rewritten history. */
function rawUrls(repository: string, commit: string, path: string): string[] {
  return [commit, "main"].map((ref) => `https://raw.githubusercontent.com/${repository}/${ref}/${path}`);
}

const D1 = ["dllm-reasoning/d1", "837888f22c21a5da91a0af2b0d7b19e81d9b47ec"] as const;
const SPG = ["facebookresearch/SPG", "a1c712091aee3fde759bbf73b7850546265cd52d"] as const;

/** Every data file the tasks use. */
export const dataFiles = {
  sudokuD1: {
    name: "sudoku/4x4_test_sudoku.csv",
    urls: rawUrls(...D1, "dataset/4x4_test_sudoku.csv"),
    sha256: "ef86c7c28ebef88484d85fda59b3909a7b621241aa1abf36343437dbc4a3ffb6",
    bytes: 17016,
    rows: 500,
    licence: "Apache-2.0",
  },
  sudokuSpg: {
    name: "sudoku/spg_test_sudoku_split_new.csv",
    urls: rawUrls(...SPG, "dataset/test_sudoku_split_new.csv"),
    sha256: "bd93420f34f57f6b73c1a4080e70dd2f9366901b9b759132bb8f098c5339929d",
    bytes: 8720,
    rows: 256,
    licence: "MIT",
  },
  countdownD1: {
    name: "countdown/countdown_cd3_test.jsonl",
    urls: rawUrls(...D1, "dataset/countdown_cd3_test.jsonl"),
    sha256: "9916f614621e26fb2b035ed4ea641e35e4fff0d533bb9b9c7bcaaa61017d88c6",
    bytes: 9636,
    rows: 256,
    licence: "Apache-2.0",
  },
} as const satisfies Record<string, DataFile>;

/** The environment variable that names a folder of files provided by hand, laid out by `DataFile.name`. */
export const DATA_VARIABLE = "DLLM_BENCH_DATA";
const DEFAULT_CACHE = resolve(import.meta.dirname!, "../.cache/data");

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
        `Delete it to download it again, or replace it by the original from ${file.urls[0]}.`,
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

/**
 * The file's bytes if they are on this machine, else null. Never uses the network.
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
    return bytes;
  }
  return null;
}

/**
 * The file's bytes, from this machine or downloaded into the cache.
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
  try {
    return await download({ urls: file.urls, bytes: file.bytes, sha256: file.sha256, path }, {
      ...rest,
      ...(onProgress && { onProgress: (received, total) => onProgress(file, received, total) }),
    });
  } catch (error) {
    if (error instanceof DownloadError) throw new DataUnavailableError(file, path, error);
    throw error;
  }
}
