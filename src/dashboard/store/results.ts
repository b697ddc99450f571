/**
 * The read model of a results folder. Everything is read when it is first asked for and kept until its file changes;
 * whether a file changed is seen from the times of folders and records, looked at no more than once a second.
 */

import type { Leaderboard } from "../../leaderboard/board.ts";
import { type BenchRecord, RecordError, validateRecord } from "../../records/record.ts";
import type { CellName } from "../../records/folder.ts";
import {
  ConfirmationError,
  CONFIRMATIONS,
  NO_CONFIRMATIONS,
  readConfirmations,
} from "../../records/confirmations.ts";
import { type CellFile, listCells, type Listing, stampOf, stillStands, timeOf } from "./cell_files.ts";
import { type Claim, CLAIM_FOLDERS, readClaims } from "./claim_files.ts";
import { type Deriver, openDeriver } from "./derived.ts";
import { BOARD_FILE, staleCells } from "./stale.ts";
import { type Memo, memo } from "../../leaderboard/memo.ts";
import { readSamples, type SampleName, type Samples } from "./sample_file.ts";

/** What stood in the results folder at one moment. */
export interface Results {
  /** Changes whenever anything in the folder does. */
  readonly revision: string;
  readonly cells: readonly CellFile[];
  cell(id: string): CellFile | null;
  /** The record of a cell; null where its file is not a valid record, which `problems` then says. */
  record(cell: CellFile): BenchRecord | null;
  samples(cell: CellFile): Samples;
  /** Which generations of a cell are kept: cheap to ask for many cells. */
  kept(cell: CellFile): readonly SampleName[];
  /** A compressed file that the cell has beside its record, as it stands. @throws Error for one too large */
  beside(cell: CellFile, name: Beside): Uint8Array<ArrayBuffer>;
  /** Derived from the records, never read from a file; see derived.ts. */
  readonly leaderboard: Leaderboard;
  /** Cells whose record is newer than the leaderboard. */
  readonly newer: readonly CellFile[];
  readonly claims: readonly Claim[];
  /** What cannot be read, and why, and what a written leaderboard claims without a record. */
  readonly problems: readonly string[];
}

/** Files beside a record: its generations and its step log. */
export type Beside = "samples" | "steps";

/** Cells whose samples, and whose list of samples, are kept in memory. Records all are. */
const SAMPLES = 32, LISTS = 4096;
/** A compressed file larger than this is not sent. */
const BESIDE_BYTES = 64 * 2 ** 20;
const LOOK_EVERY_MS = 1000;

/**
 * Opens a results folder, which need not exist yet.
 * @returns what stands in it now; the same object until something changes
 */
export function openResults(folder: string, now: () => number = () => performance.now()): () => Results {
  const shared: Shared = {
    records: new Map(),
    samples: memo(SAMPLES),
    kept: memo(LISTS),
    deriver: openDeriver(now),
  };
  let listing = listCells(folder), stamps = stampsOf(folder), looked = now();
  let results = resultsOf(folder, listing, stamps, shared);
  return () => {
    if (now() - looked < LOOK_EVERY_MS) return results;
    looked = now();
    const fresh = stampsOf(folder), stands = stillStands(listing);
    if (stands && fresh === stamps && !shared.deriver.isDue()) return results;
    if (!stands) listing = listCells(folder);
    stamps = fresh;
    forget(shared.records, listing);
    results = resultsOf(folder, listing, stamps, shared);
    return results;
  };
}

/** The files that are not records. */
function stampsOf(folder: string): string {
  const claims = CLAIM_FOLDERS.map((name) => timeOf(`${folder}/${name}`));
  return [...[BOARD_FILE, CONFIRMATIONS].map((name) => stampOf(`${folder}/${name}`)), ...claims].join(" ");
}

/** What one state of the folder leaves to the next. */
interface Shared {
  /** Records, or why there is none, by `keyOf` their cell. */
  readonly records: Map<string, BenchRecord | string>;
  readonly samples: Memo<Samples>;
  readonly kept: Memo<readonly SampleName[]>;
  readonly deriver: Deriver;
}

/** A cell's record as it stands now. */
function keyOf({ stem, version }: CellFile): string {
  return `${stem} ${version}`;
}

function forget(records: Shared["records"], { cells }: Listing): void {
  const listed = new Set(cells.map(keyOf));
  for (const key of records.keys()) if (!listed.has(key)) records.delete(key);
}

function resultsOf(
  folder: string,
  { cells, problems: misplaced, revision }: Listing,
  stamps: string,
  { records, samples, kept, deriver }: Shared,
): Results {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const read = (cell: CellFile) => {
    const key = keyOf(cell), known = records.get(key) ?? readRecord(cell);
    records.set(key, known);
    return known;
  };
  const record = (cell: CellFile) => {
    const found = read(cell);
    return typeof found === "string" ? null : found;
  };
  const samplesOf = (cell: CellFile) =>
    cell.samples
      ? samples.get(keyOf(cell), () => readSamples(besidePath(cell, "samples")))
      : { samples: [], problems: [] };
  const derived = once(() => {
    const readable = new Map(cells.flatMap((cell) => {
      const found = record(cell);
      return found ? [[keyOf(cell), found] as const] : [];
    }));
    const { board, from } = deriver.derive(readable, confirmations().known);
    return { board, newer: cells.filter((cell) => readable.has(keyOf(cell)) && !from.has(keyOf(cell))) };
  });
  const confirmations = once(() => {
    try {
      return { known: readConfirmations(folder), problems: [] };
    } catch (error) {
      if (!(error instanceof ConfirmationError)) throw error;
      return { known: NO_CONFIRMATIONS, problems: [error.message] };
    }
  });
  const claims = once(() => readClaims(folder));
  const problems = once(() => [
    ...misplaced,
    ...cells.map(read).filter((found) => typeof found === "string"),
    ...staleCells(folder),
    ...confirmations().problems,
    ...claims().problems,
  ]);
  return {
    revision: `${stamps}\n${revision}`,
    cells,
    cell: (id) => byId.get(id) ?? null,
    record,
    samples: samplesOf,
    kept: (cell) =>
      kept.get(
        keyOf(cell),
        () => samplesOf(cell).samples.map(({ set, decoding, index }) => ({ set, decoding, index })),
      ),
    beside: (cell, name) => readBeside(besidePath(cell, name)),
    get leaderboard() {
      return derived().board;
    },
    get newer() {
      return derived().newer;
    },
    get claims() {
      return claims().claims;
    },
    get problems() {
      return problems();
    },
  };
}

/** A value that is made when it is first asked for. */
function once<Value extends object>(make: () => Value): () => Value {
  let value: Value | null = null;
  return () => value ??= make();
}

function besidePath({ stem }: CellFile, name: Beside): string {
  return `${stem}.${name}.jsonl.gz`;
}

function readBeside(path: string): Uint8Array<ArrayBuffer> {
  const { size } = Deno.statSync(path);
  if (size > BESIDE_BYTES) throw new Error(`${path} has ${size} bytes, expected at most ${BESIDE_BYTES}`);
  return Deno.readFileSync(path);
}

/** A record, or why it is none. */
function readRecord({ stem, id }: CellFile): BenchRecord | string {
  const path = `${stem}.json`;
  try {
    const record = validateRecord(JSON.parse(Deno.readTextFileSync(path)), path);
    return cellId(record.cell) === id ? record : `${path} holds the record of another cell`;
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    return `${path} cannot be read: ${(error as Error).message}`;
  }
}

/** The id of a cell in addresses. */
export function cellId(
  { suite, task, objective, seed, baseSeed, backend }: CellName,
): string {
  const base = baseSeed === seed ? [] : [`base-${baseSeed}`];
  return [suite.id, ...task.split("/"), objective, seed, ...base, backend].join(".");
}
