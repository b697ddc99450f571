/**
 * The queue of cells: every worker takes the first cell that is ready, and tells that it still works on it. A cell
 * whose worker is gone, or silent for longer than its lease, is ready again. Finishing a cell twice is harmless, so
 * that this is all the coordination that workers need. The database is one implementation of the interface.
 */

import type { DatabaseSync } from "node:sqlite";

/** What is asked for, in the order of the queue. */
export interface QueuedCell {
  readonly id: string;
  /** Of everything that determines it: another identity under the same id is another cell. */
  readonly identity: string;
  /** Cell that must be done before; null for none. */
  readonly needs: string | null;
  readonly done: boolean;
}

/** A cell in the hands of a worker. */
export interface Lease {
  readonly id: string;
  readonly identity: string;
  readonly worker: string;
  /** How often it was leased, this time included. */
  readonly attempt: number;
}

export interface CellState {
  readonly state: "ready" | "leased" | "done" | "failed";
  readonly error: string | null;
}

export interface CellQueue {
  /**
   * Brings cells in. One that is already there with the same identity and leased or done stays as it is, unless its
   * worker is gone: asked for anew, a cell that was given up or lost has all its attempts again.
   */
  enqueue(cells: readonly QueuedCell[]): void;
  /** The first ready cell among `ids`, or null. Also takes cells back from workers that are gone. */
  claim(worker: string, ids: readonly string[]): Lease | null;
  /** Extends a lease. False when the cell was taken away: its worker must stop and write nothing more. */
  heartbeat(lease: Lease): boolean;
  /** Marks a cell as done. False when it was taken away. */
  complete(lease: Lease): boolean;
  /** Marks a cell as failed, with the reason for other processes. */
  fail(lease: Lease, error: string): void;
  /** Gives a cell back unfinished. */
  release(lease: Lease): void;
  /** Makes a cell ready again that was done. */
  retry(id: string): void;
  states(ids: readonly string[]): ReadonlyMap<string, CellState>;
}

/** Milliseconds without a sign of life after which a cell is taken from a worker whose process still exists. */
export const LEASE = 600_000;

/** Leases after which a cell is given up: what ends a whole process must not end every one that comes after it. */
const MAX_ATTEMPTS = 5;

interface QueueOptions {
  /** Whether the process of a worker still exists. */
  readonly isAlive: (worker: string) => boolean;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** The queue in the database of a results folder. */
export function openQueue(
  database: DatabaseSync,
  { isAlive, clock = Date.now }: QueueOptions,
): CellQueue {
  const insert = database.prepare(`
    INSERT INTO cells (id, position, identity, needs, state) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, needs = excluded.needs,
      identity = excluded.identity, error = NULL,
      state = CASE
        WHEN excluded.state = 'done' THEN 'done'
        WHEN identity = excluded.identity AND state IN ('leased', 'done') THEN state
        ELSE 'ready' END,
      worker = CASE WHEN identity = excluded.identity AND state = 'leased' THEN worker END,
      attempts = CASE WHEN identity = excluded.identity AND state = 'leased' THEN attempts ELSE 0 END`);
  const ready = database.prepare(`
    UPDATE cells SET state = 'leased', worker = :worker, lease_until = :until, attempts = attempts + 1
    WHERE id = (
      SELECT id FROM cells AS cell
      WHERE state = 'ready' AND id IN (SELECT value FROM json_each(:ids)) AND
        (needs IS NULL OR EXISTS (SELECT 1 FROM cells WHERE id = cell.needs AND state = 'done'))
      ORDER BY position LIMIT 1)
    RETURNING id, identity, attempts`);
  const leased = database.prepare(
    "SELECT id, worker, lease_until FROM cells WHERE state = 'leased' AND id IN (SELECT value FROM json_each(?))",
  );
  const forget = database.prepare(
    "UPDATE cells SET state = 'ready', worker = NULL, attempts = 0 WHERE id = ? AND worker = ? AND state = 'leased'",
  );
  const takeBack = database.prepare(`
    UPDATE cells SET state = CASE WHEN attempts < ${MAX_ATTEMPTS} THEN 'ready' ELSE 'failed' END, worker = NULL,
      error = CASE WHEN attempts < ${MAX_ATTEMPTS} THEN NULL
        ELSE 'its worker ended without a word ' || attempts || ' times' END
    WHERE id = ? AND worker = ? AND lease_until = ? AND state = 'leased'`);
  const own = "WHERE id = :id AND worker = :worker AND attempts = :attempt AND state = 'leased'";
  const beat = database.prepare(`UPDATE cells SET lease_until = :until ${own}`);
  const finish = database.prepare(`UPDATE cells SET state = :state, worker = NULL, error = :error ${own}`);
  const again = database.prepare(
    "UPDATE cells SET state = 'ready', attempts = 0 WHERE id = ? AND state = 'done'",
  );
  const read = database.prepare(
    "SELECT id, state, error FROM cells WHERE id IN (SELECT value FROM json_each(?))",
  );
  const end = ({ id, worker, attempt }: Lease, state: CellState["state"], error: string | null) =>
    finish.run({ id, worker, attempt, state, error }).changes === 1;

  return {
    enqueue(cells) {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const { id, worker } of leased.all(JSON.stringify(cells.map(({ id }) => id)))) {
          if (!isAlive(String(worker))) forget.run(id!, worker!);
        }
        cells.forEach(({ id, identity, needs, done }, position) =>
          insert.run(id, position, identity, needs, done ? "done" : "ready")
        );
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    claim(worker, ids) {
      const among = JSON.stringify(ids), now = clock();
      for (const row of leased.all(among)) {
        const { id, worker: holder, lease_until: until } = row as Record<string, string | number>;
        if (Number(until) < now || !isAlive(String(holder))) takeBack.run(id!, holder!, until!);
      }
      const row = ready.get({ worker, until: now + LEASE, ids: among });
      if (!row) return null;
      const { id, identity, attempts } = row as { id: string; identity: string; attempts: number };
      return { id, identity, worker, attempt: attempts };
    },
    heartbeat: ({ id, worker, attempt }) =>
      beat.run({ id, worker, attempt, until: clock() + LEASE }).changes === 1,
    complete: (lease) => end(lease, "done", null),
    fail: (lease, error) => void end(lease, "failed", error),
    release: (lease) => void end(lease, "ready", null),
    retry: (id) => void again.run(id),
    states(ids) {
      const rows = read.all(JSON.stringify(ids)) as unknown as (CellState & { id: string })[];
      return new Map(rows.map(({ id, state, error }) => [id, { state, error }]));
    },
  };
}
