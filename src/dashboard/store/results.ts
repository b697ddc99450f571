/**
 * The read model of a results folder. Everything is read when it is first asked for and kept until its file changes;
 * whether a file changed is seen from the times of folders, looked at no more than once a second.
 */

import { type Leaderboard, leaderboardOf } from "../../bench/leaderboard.ts";
import { type BenchRecord, type CellName, validateRecord } from "../../bench/record.ts";
import { type CellFile, listCells, type Listing, stampOf, stillStands, timeOf } from "./cell_files.ts";
import { type Claim, CLAIM_FOLDERS, readClaims } from "./claim_files.ts";
import { type Memo, memo } from "./memo.ts";
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
  /** `leaderboard.json`, or derived from the records where there is none. */
  readonly leaderboard: Leaderboard;
  readonly claims: readonly Claim[];
  /** What could not be read so far, and why. */
  readonly problems: readonly string[];
}

/** Files beside a record: its generations and its step log. */
export type Beside = "samples" | "steps";

/** Records kept in memory, and the samples of this many cells. */
const RECORDS = 4096, SAMPLES = 32;
/** A compressed file larger than this is not sent. */
const BESIDE_BYTES = 64 * 2 ** 20;
const LOOK_EVERY_MS = 1000;

/**
 * Opens a results folder, which need not exist yet.
 * @returns what stands in it now; the same object until something changes
 */
export function openResults(folder: string, now: () => number = () => performance.now()): () => Results {
  const records = memo<BenchRecord | string>(RECORDS), samples = memo<Samples>(SAMPLES);
  const kept = memo<readonly SampleName[]>(RECORDS);
  const derive = sparing(leaderboardOf, now);
  let listing = listCells(folder), stamps = stampsOf(folder), looked = now();
  let results = resultsOf(folder, listing, stamps, { records, samples, kept, derive });
  return () => {
    if (now() - looked < LOOK_EVERY_MS) return results;
    looked = now();
    const fresh = stampsOf(folder), stands = stillStands(listing);
    if (stands && fresh === stamps) return results;
    if (!stands) listing = listCells(folder);
    stamps = fresh;
    results = resultsOf(folder, listing, stamps, { records, samples, kept, derive });
    return results;
  };
}

/** The files that are not records. */
function stampsOf(folder: string): string {
  const claims = CLAIM_FOLDERS.map((name) => timeOf(`${folder}/${name}`));
  return [stampOf(`${folder}/leaderboard.json`), ...claims].join(" ");
}

/** What one state of the folder leaves to the next. */
interface Shared {
  readonly records: Memo<BenchRecord | string>;
  readonly samples: Memo<Samples>;
  readonly kept: Memo<readonly SampleName[]>;
  derive(records: () => readonly BenchRecord[]): Leaderboard;
}

/** Share of the time that may go into deriving the leaderboard again while records appear one by one. */
const DERIVING = 1 / 20;

/** A leaderboard that is derived again only where the last time is long enough ago for what it took. */
function sparing(of: typeof leaderboardOf, now: () => number): Shared["derive"] {
  let last: { readonly board: Leaderboard; readonly until: number } | null = null;
  return (records) => {
    if (last && now() < last.until) return last.board;
    const began = now(), board = of(records());
    last = { board, until: now() + (now() - began) / DERIVING };
    return board;
  };
}

function resultsOf(
  folder: string,
  { cells, problems, revision }: Listing,
  stamps: string,
  { records, samples, kept, derive }: Shared,
): Results {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const found = new Set(problems);
  const record = (cell: CellFile) => {
    const read = records.get(`${cell.stem} ${cell.version}`, () => readRecord(cell));
    if (typeof read !== "string") return read;
    found.add(read);
    return null;
  };
  const samplesOf = (cell: CellFile) =>
    cell.samples
      ? samples.get(`${cell.stem} ${cell.version}`, () => readSamples(besidePath(cell, "samples")))
      : { samples: [], problems: [] };
  let leaderboard: Leaderboard | null = null, claims: readonly Claim[] | null = null;
  return {
    revision: `${stamps}\n${revision}`,
    cells,
    cell: (id) => byId.get(id) ?? null,
    record,
    samples: samplesOf,
    kept: (cell) =>
      kept.get(
        `${cell.stem} ${cell.version}`,
        () => samplesOf(cell).samples.map(({ set, decoding, index }) => ({ set, decoding, index })),
      ),
    beside: (cell, name) => readBeside(besidePath(cell, name)),
    get leaderboard() {
      return leaderboard ??= readLeaderboard(folder, found) ??
        derive(() => cells.flatMap((cell) => record(cell) ?? []));
    },
    get claims() {
      if (!claims) {
        const read = readClaims(folder);
        for (const problem of read.problems) found.add(problem);
        claims = read.claims;
      }
      return claims;
    },
    get problems() {
      return [...found];
    },
  };
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
    return (error as Error).message;
  }
}

/** The id of a cell in addresses. */
export function cellId(
  { suite, task, objective, seed, baseSeed, backend }: CellName,
): string {
  const base = baseSeed === seed ? [] : [`base-${baseSeed}`];
  return [suite.id, ...task.split("/"), objective, seed, ...base, backend].join(".");
}

const SCHEMA: Leaderboard["schema"] = leaderboardOf([]).schema;

function readLeaderboard(folder: string, problems: Set<string>): Leaderboard | null {
  const path = `${folder}/leaderboard.json`;
  if (stampOf(path) === "") return null;
  try {
    const board: Leaderboard = JSON.parse(Deno.readTextFileSync(path));
    if (board?.schema === SCHEMA) return board;
    problems.add(`${path} is of another schema; the table is derived from the records`);
  } catch (error) {
    problems.add(`${path} is not JSON: ${(error as Error).message}`);
  }
  return null;
}
