/** Whether a record is what its cell would give now. */

import { identityOf } from "../files/identity.ts";
import { type Confirmations, staleParts } from "../records/confirmations.ts";
import type { BenchRecord, Cell } from "../records/record.ts";
import type { TestSet } from "./test_sets.ts";

/** What of a cell is no longer what its record says: fields, and parts of the code. Empty for a valid record. */
export interface Staleness {
  readonly fields: readonly (keyof Cell)[];
  readonly code: readonly (keyof Cell["source"])[];
}

/** Compares the cell of a record with what is asked now. Code that is confirmed to give the same is the same. */
export function stalenessOf(before: Cell, now: Cell, confirmations: Confirmations): Staleness {
  const fields = (Object.keys(now) as (keyof Cell)[]).filter((key) => {
    if (key === "source") return false;
    // Data decides which sets are graded, not what is trained: a file that is missing now takes nothing away.
    if (key === "data") {
      return Object.entries(now.data).some(([name, hash]) =>
        name in before.data && before.data[name] !== hash
      );
    }
    return identityOf(before[key]) !== identityOf(now[key]);
  });
  return { fields, code: staleParts(confirmations, now.backend, before.source, now.source) };
}

/** What changed, in words; null when nothing did. */
export function changeText({ fields, code }: Staleness): string | null {
  const changed = [
    ...fields,
    ...code.map((part) => part === "core" ? "the code of every cell" : `the code of the ${part}`),
  ];
  return changed.length > 0 ? `${changed.join(", ")} changed since its record` : null;
}

/** Why a cell with a record has to run; null when the record is what it would give. */
export function whyAgain(
  { cell: before, outcome }: BenchRecord,
  now: Cell,
  sets: readonly Pick<TestSet, "id">[],
  confirmations: Confirmations,
): string | null {
  const change = changeText(stalenessOf(before, now, confirmations));
  if (change) return change;
  const ungraded = sets.filter(({ id }) => !outcome.tests.some(({ set }) => set === id));
  return ungraded.length > 0 ? `it was not graded on ${ungraded.map(({ id }) => id).join(", ")}` : null;
}
