/**
 * The leaderboard of a folder that may be growing. Deriving it takes seconds for thousands of records, and during a
 * bench they appear one by one: so it is derived again only where the last time is long enough ago for what it took.
 * Until then the last one stands, as long as every record that it follows from does.
 */

import { type Leaderboard, leaderboardOf } from "../../leaderboard/board.ts";
import type { BenchRecord } from "../../records/record.ts";
import type { Confirmations } from "../../records/confirmations.ts";

export interface Derived {
  readonly board: Leaderboard;
  /** Keys of the records that it follows from. */
  readonly from: ReadonlySet<string>;
}

export interface Deriver {
  /** The leaderboard of these records, or of the part of them that the last one was derived from. */
  derive(records: ReadonlyMap<string, BenchRecord>, confirmations: Confirmations): Derived;
  /** Whether the last answer lacked records and may now be made anew. */
  isDue(): boolean;
}

/** Share of the time that may go into deriving. */
const DERIVING = 1 / 20;

/** @param now milliseconds */
export function openDeriver(now: () => number): Deriver {
  let last: Derived & { readonly until: number; readonly known: number } | null = null, complete = true;
  return {
    derive(records, confirmations) {
      const known = confirmations.list.length;
      const stands = last !== null && last.known === known && [...last.from].every((key) => records.has(key));
      complete = stands && last!.from.size === records.size;
      if (last && stands && (complete || now() < last.until)) return last;
      const began = now(), board = leaderboardOf([...records.values()], confirmations), ended = now();
      complete = true;
      return last = {
        board,
        from: new Set(records.keys()),
        until: ended + (ended - began) / DERIVING,
        known,
      };
    },
    isDue: () => !complete && now() >= last!.until,
  };
}
