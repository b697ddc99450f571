/**
 * The running bench, from its store, read-only. The file is opened for every look: a bench may be stopped, started
 * again, or begin after the dashboard.
 */

import { DatabaseSync } from "node:sqlite";

export interface RunningCell {
  readonly id: string;
  readonly worker: string;
  readonly step: number;
  readonly steps: number;
  readonly forwards: number;
  /** Mean training reward of the last rollout. */
  readonly reward: number | null;
  /** Seconds since the worker last said anything. */
  readonly silentSeconds: number;
  /** Mean reward by rollout so far. */
  readonly rewards: readonly (number | null)[];
}

export interface LiveState {
  /** `none`: there is no store; `idle`: nobody works on it; `running`: workers report. */
  readonly status: "none" | "idle" | "running";
  readonly ready: number;
  readonly leased: number;
  readonly done: number;
  readonly failed: number;
  readonly cells: readonly RunningCell[];
  /** Cells that were given up, with the reason. */
  readonly failures: readonly { readonly id: string; readonly error: string }[];
  /** Seconds to the end at the pace seen since the dashboard started; null while unknown. */
  readonly remainingSeconds: number | null;
}

export interface LiveStore {
  state(): LiveState;
}

/** The store's file inside a results folder. */
export const STORE_FILE = ".bench/bench.sqlite";

/** Newest rollouts whose reward is shown. */
const ROLLOUTS = 200;

/** A worker that said nothing for so long does not run. */
const SILENT_SECONDS = 60;

const NONE: LiveState = {
  status: "none",
  ready: 0,
  leased: 0,
  done: 0,
  failed: 0,
  cells: [],
  failures: [],
  remainingSeconds: null,
};

/**
 * @param path the store's file, which need not exist
 * @param now milliseconds since 1970
 */
export function openLive(path: string, now: () => number = Date.now): LiveStore {
  let first: { readonly time: number; readonly finished: number } | null = null;
  return {
    state() {
      const found = read(path, now());
      if (found.status !== "running") {
        first = null;
        return found;
      }
      const total = found.ready + found.leased + found.done;
      const finished = found.done +
        found.cells.reduce((sum, { step, steps }) => sum + step / Math.max(1, steps), 0);
      if (!first || finished < first.finished) first = { time: now(), finished };
      const pace = (finished - first.finished) / (now() - first.time);
      const remaining = pace > 0 ? (total - finished) / pace / 1000 : null;
      return { ...found, remainingSeconds: remaining };
    },
  };
}

interface ProgressRow {
  readonly cell: string;
  readonly worker: string;
  readonly step: number;
  readonly steps: number;
  readonly forwards: number;
  readonly reward: number | null;
  readonly updated: number;
}

function read(path: string, now: number): LiveState {
  let database: DatabaseSync;
  try {
    if (!Deno.lstatSync(path).isFile) return NONE;
    database = new DatabaseSync(path, { readOnly: true, timeout: 500 });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NONE;
    throw error;
  }
  try {
    const counts = new Map(
      database.prepare("select state, count(*) as n from cells group by state").all()
        .map(({ state, n }) => [String(state), Number(n)]),
    );
    const rows = database.prepare(
      "select p.cell, p.worker, p.step, p.steps, p.forwards, p.reward, p.updated from progress p " +
        "join cells c on c.id = p.cell where c.state = 'leased' order by c.position",
    ).all() as unknown as ProgressRow[];
    const rewards = database.prepare(
      "select json from (select step, json from steps where cell = ? order by step desc limit ?) order by step",
    );
    const cells = rows.map(({ cell, updated, ...row }): RunningCell => ({
      id: cell,
      ...row,
      silentSeconds: Math.max(0, (now - updated) / 1000),
      rewards: rewards.all(cell, ROLLOUTS).map(({ json }) => rewardOf(String(json))),
    }));
    return {
      status: cells.some(({ silentSeconds }) => silentSeconds < SILENT_SECONDS) ? "running" : "idle",
      ready: counts.get("ready") ?? 0,
      leased: counts.get("leased") ?? 0,
      done: counts.get("done") ?? 0,
      failed: counts.get("failed") ?? 0,
      cells,
      failures: database.prepare(
        "select id, error from cells where state = 'failed' order by position limit 20",
      ).all()
        .map(({ id, error }) => ({ id: String(id), error: String(error ?? "") })),
      remainingSeconds: null,
    };
  } finally {
    database.close();
  }
}

function rewardOf(json: string): number | null {
  try {
    const { reward } = JSON.parse(json);
    return typeof reward === "number" ? reward : null;
  } catch {
    return null;
  }
}
