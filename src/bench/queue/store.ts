/**
 * The embedded database of a results folder, `.bench/bench.sqlite`: the queue of cells, and what the running ones
 * are doing, for whoever watches. Nothing in it is a result: it may be deleted between runs and is rebuilt.
 *
 *   cells      id, position, identity, needs, state (ready, leased, done, failed), worker, lease_until, attempts, error
 *   progress   cell, worker, step, steps, forwards, reward, updated: the newest step of each cell
 *   steps      cell, step, json: the step log of each cell
 *
 * Times are milliseconds since 1970. Several processes may have it open; readers are never blocked.
 */

import { DatabaseSync } from "node:sqlite";

const SCHEMA = 1;

const TABLES = `
  CREATE TABLE IF NOT EXISTS cells (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    identity TEXT NOT NULL,
    needs TEXT,
    state TEXT NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'failed')),
    worker TEXT,
    lease_until INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS progress (
    cell TEXT PRIMARY KEY,
    worker TEXT NOT NULL,
    step INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    forwards INTEGER NOT NULL,
    reward REAL,
    updated INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS steps (
    cell TEXT NOT NULL,
    step INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (cell, step)
  ) STRICT, WITHOUT ROWID;
`;

/** Folder of the database inside a results folder. */
export const STORE_FOLDER = ".bench";

/**
 * Opens the database of a results folder and creates it where there is none. One that is damaged or of another
 * version is replaced: it holds nothing that the records do not.
 * @param warn called with one line of text when it is replaced
 */
export function openStore(out: string, warn: (message: string) => void): DatabaseSync {
  const folder = `${out}/${STORE_FOLDER}`, file = `${folder}/bench.sqlite`;
  Deno.mkdirSync(folder, { recursive: true });
  try {
    return openDatabase(file);
  } catch (error) {
    warn(`${file} cannot be used (${(error as Error).message}); it is built anew`);
    for (const suffix of ["", "-wal", "-shm"]) removeFile(file + suffix);
    return openDatabase(file);
  }
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // A writer waits for another one; a crash of the machine may lose the last transactions, never the file.
    database.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as {
      user_version: number;
    };
    if (version !== 0 && version !== SCHEMA) throw new Error(`version ${version}, expected ${SCHEMA}`);
    database.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${SCHEMA}; COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What a cell is doing. */
export interface LiveStep {
  readonly step: number;
  readonly steps: number;
  readonly forwards: number;
  readonly reward: number | null;
  /** The line of the step log as JSON; absent where there is none, as in base training. */
  readonly json?: string;
}

/** Shows steps of cells to other processes. */
export interface LiveView {
  show(cell: string, worker: string, live: LiveStep): void;
  /** Forgets the steps of a cell that begins anew. */
  clear(cell: string): void;
}

export function liveView(database: DatabaseSync): LiveView {
  const progress = database.prepare(`
    INSERT INTO progress (cell, worker, step, steps, forwards, reward, updated) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (cell) DO UPDATE SET worker = excluded.worker, step = excluded.step, steps = excluded.steps,
      forwards = excluded.forwards, reward = excluded.reward, updated = excluded.updated`);
  const line = database.prepare("INSERT OR REPLACE INTO steps (cell, step, json) VALUES (?, ?, ?)");
  const forget = ["steps", "progress"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE cell = ?`)
  );
  return {
    show(cell, worker, { step, steps, forwards, reward, json }) {
      progress.run(cell, worker, step, steps, forwards, reward, Date.now());
      if (json !== undefined) line.run(cell, step, json);
    },
    clear: (cell) => forget.forEach((statement) => statement.run(cell)),
  };
}
