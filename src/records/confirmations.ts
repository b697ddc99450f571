/**
 * Which code gives the same results: `confirmations.json` of a results folder. After a change of code, a sample of
 * old records is trained again; where all bytes that must be equal are equal, the others count as valid for the new
 * code too. Records are not rewritten: a confirmation says that one part of the code and another are the same.
 */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { IDENTITY } from "../files/identity.ts";
import { lockFolder } from "../files/lock.ts";
import { LOCKED } from "./source_files.ts";
import type { CellSource } from "./source_identity.ts";

const identity = z.string().regex(IDENTITY, "expected 64 hexadecimal digits");

const confirmation = z.strictObject({
  /** Arithmetic of the cells that were trained again: the others' records are not confirmed by it. */
  backend: z.string(),
  /** Commit of the new code, "unknown" outside a git clone. */
  commit: z.string(),
  /** Files that differ between the old and the new code, by their paths in the new one. */
  changed: z.array(z.string()),
  /** Parts of the code: identity of the new one by that of the old one. */
  sources: z.record(identity, identity),
  /** What was trained again and came out equal: SHA-256 of it by name. */
  shown: z.record(z.string(), identity),
  /** Peak device bytes that the new code needs for a step, by suite, task and objective. */
  peakDeviceBytes: z.record(z.string(), z.int().min(0)),
});
export type Confirmation = z.infer<typeof confirmation>;

const schema = z.strictObject({ schema: z.literal(1), confirmations: z.array(confirmation) });

/** The file inside a results folder. */
export const CONFIRMATIONS = "confirmations.json";

/** A file of confirmations that is not valid. */
export class ConfirmationError extends Error {
  override name = "ConfirmationError";
}

/** What results know about their code. */
export interface Confirmations {
  readonly list: readonly Confirmation[];
  /** Whether two parts of the code give the same results on a backend: equal, or confirmed over any number of steps. */
  same(backend: string, a: string, b: string): boolean;
  /** One identity for all parts that give the same results. */
  representative(backend: string, part: string): string;
  /** Whether later code was confirmed for a record of this code. */
  isConfirmed(backend: string, source: CellSource): boolean;
  /** The newest measured peak of a cell (`suite/task/objective`), null where the record's own is the newest. */
  peakDeviceBytes(backend: string, cell: string): number | null;
}

/** Parts of the code of which a record's differ from those of another code, and are not confirmed for it. */
export function staleParts(
  { same }: Pick<Confirmations, "same">,
  backend: string,
  before: CellSource,
  now: CellSource,
): (keyof CellSource)[] {
  return (Object.keys(now) as (keyof CellSource)[]).filter((part) => !same(backend, before[part], now[part]));
}

export function confirmationsOf(list: readonly Confirmation[]): Confirmations {
  /** A part that stands for those which were found equal to it; absent: it stands for itself. */
  const leaders = new Map<string, string>(), replaced = new Set<string>();
  const keyOf = (backend: string, part: string) => `${backend} ${part}`;
  const leaderOf = (key: string): string => {
    const leader = leaders.get(key);
    return leader === undefined ? key : leaderOf(leader);
  };
  for (const { backend, sources } of list) {
    for (const [from, to] of Object.entries(sources)) {
      const old = leaderOf(keyOf(backend, from)), now = leaderOf(keyOf(backend, to));
      if (old !== now) leaders.set(old, now);
      replaced.add(keyOf(backend, from));
    }
  }
  const representative = (backend: string, part: string) =>
    leaderOf(keyOf(backend, part)).slice(backend.length + 1);
  return {
    list,
    representative,
    same: (backend, a, b) => a === b || representative(backend, a) === representative(backend, b),
    isConfirmed: (backend, source) =>
      Object.values(source).some((part) => replaced.has(keyOf(backend, part))),
    peakDeviceBytes: (backend, cell) =>
      list.findLast((each) => each.backend === backend && cell in each.peakDeviceBytes)
        ?.peakDeviceBytes[cell] ??
        null,
  };
}

/** No code but that of the records. */
export const NO_CONFIRMATIONS: Confirmations = confirmationsOf([]);

/**
 * The confirmations of a results folder; none where there is no file.
 * @throws ConfirmationError naming the file and its faults
 */
export function readConfirmations(results: string): Confirmations {
  const file = `${results}/${CONFIRMATIONS}`;
  let value: unknown;
  try {
    value = JSON.parse(Deno.readTextFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NO_CONFIRMATIONS;
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfirmationError(`${file} is not JSON: ${error.message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return confirmationsOf(result.data.confirmations);
  const faults = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new ConfirmationError(`${file} does not hold confirmations:\n${faults.join("\n")}`);
}

/** Writes the confirmations of a results folder with one more. */
export async function addConfirmation(results: string, added: Confirmation): Promise<void> {
  using _turn = await lockFolder(`${results}/${LOCKED}`);
  const { list } = readConfirmations(results);
  await replaceFile(
    `${results}/${CONFIRMATIONS}`,
    canonicalJson(schema.parse({ schema: 1, confirmations: [...list, added] })),
  );
}
