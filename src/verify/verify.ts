/**
 * Whether committed results are what this code gives. Level C: the leaderboard follows from the records. Level A:
 * records follow from the code, byte for byte. Level B, where bytes cannot be equal: equivalence.ts.
 */

import { canonicalJson, type Json } from "../files/canonical_json.ts";
import { identityOf, sha256 } from "../files/identity.ts";
import { readTextIfThere } from "../files/text.ts";
import { compare, unique } from "../std/collections.ts";
import { firstDifference } from "../files/first_difference.ts";
import { leaderboardOf } from "../leaderboard/board.ts";
import { leaderboardFiles } from "../leaderboard/files.ts";
import { type Confirmations, readConfirmations } from "../records/confirmations.ts";
import type { BenchRecord } from "../records/record.ts";
import { readRecords, recordPath } from "../records/folder.ts";
import { changeText, stalenessOf } from "../bench/validity.ts";

/** One comparison. */
export interface Check {
  readonly level: "A" | "B" | "C";
  /** What was compared: a path in the results folder, or a quantity. */
  readonly subject: string;
  readonly passed: boolean;
  /** The hash that both have, or what differs and what to do. */
  readonly detail: string;
}

/** Level C: derives the leaderboard of a results folder again and compares its files by bytes. */
export async function verifyLeaderboard(results: string): Promise<Check[]> {
  const board = leaderboardOf(await readRecords(results), readConfirmations(results));
  const files = leaderboardFiles(board);
  return await Promise.all(
    Object.entries(files).map(async ([name, text]): Promise<Check> => {
      const found = await readTextIfThere(`${results}/${name}`);
      const remedy = `\`deno task leaderboard --out ${results}\` writes it`;
      return {
        level: "C",
        subject: name,
        passed: found === text,
        detail: found === text
          ? hash(text)
          : found === null
          ? `is missing; ${remedy}`
          : `line ${firstDifferentLine(found, text)} is not what the records give; ${remedy}`,
      };
    }),
  );
}

/** Records in the order of their paths. */
export type RecordsByPath = ReadonlyMap<string, BenchRecord>;

/** The records of one suite and backend in a results folder, by their paths. */
export async function recordsOf(results: string, suite: string, backend: string): Promise<RecordsByPath> {
  const records = (await readRecords(results)).filter(({ cell }) =>
    cell.suite.id === suite && cell.backend === backend
  );
  const entries = records.map((record) => [recordPath(record.cell), record] as const);
  return new Map(entries.sort(([a], [b]) => compare(a, b)));
}

/** `count` records, chosen by a hash of their paths and of a text: which ones cannot be foreseen, but repeated. */
export function pick(records: RecordsByPath, count: number, text: string): RecordsByPath {
  const order = [...records].map(([path, record]) => ({ path, record, key: sha256(`${text} ${path}`) }))
    .sort((a, b) => compare(a.key, b.key));
  return new Map(order.slice(0, count).map(({ path, record }) => [path, record]));
}

/** What must be equal of a record on every machine, as bytes; whatever code gave it. */
function essence({ cell: { source: _, ...cell }, outcome }: BenchRecord): string {
  return canonicalJson({ cell, outcome });
}

/** One hash of all that must be equal: what any machine must reproduce. */
export function hashOf(records: RecordsByPath): string {
  return hash([...records].map(([path, record]) => `${path}\n${essence(record)}`).join(""));
}

/**
 * Level A: committed records against retrained ones, and the files beside them by their contents: one check per cell.
 * A record that only one side has fails.
 * @param folders where the records lie
 */
export async function verifyRecords(
  committed: RecordsByPath,
  retrained: RecordsByPath,
  folders: Folders,
): Promise<Check[]> {
  const confirmations = readConfirmations(folders.committed);
  const paths = unique([...committed.keys(), ...retrained.keys()]).sort(compare);
  return await Promise.all(paths.map(async (path): Promise<Check> => {
    const before = committed.get(path), after = retrained.get(path);
    const failed = (detail: string): Check => ({ level: "A", subject: path, passed: false, detail });
    if (!before) return failed(`has no committed record; ${remedy(after!)}`);
    if (!after) return failed("is committed, but not a cell of the suite as it is now; delete it");
    const difference = recordDifference(before, after, confirmations);
    if (difference) return failed(difference);
    const { faults, equal } = await compareBeside(path, folders);
    if (faults.length > 0) return failed(faults.join("; "));
    const beside = equal.length > 0 ? `, with ${equal.join(" and ")}` : "";
    const confirmed = identityOf(before.cell.source) === identityOf(after.cell.source)
      ? ""
      : "; made by earlier code, confirmed";
    return { level: "A", subject: path, passed: true, detail: hash(essence(before)) + beside + confirmed };
  }));
}

/** What differs between two records of a cell, the cause before the effect, and what to do; null for equal ones. */
function recordDifference(
  before: BenchRecord,
  after: BenchRecord,
  confirmations: Confirmations,
): string | null {
  const { data: dataBefore, ...cellBefore } = before.cell, { data: dataAfter, ...cellAfter } = after.cell;
  // Compared strictly, where a run that reuses records forgives missing data.
  const stale = changeText(
    stalenessOf({ ...cellBefore, data: {} }, { ...cellAfter, data: {} }, confirmations),
  );
  if (stale) return `is stale: ${stale}; ${remedy(after)}`;
  if (canonicalJson(dataBefore) !== canonicalJson(dataAfter)) {
    return `was graded on other data: committed ${named(dataBefore)}; here ${named(dataAfter)}`;
  }
  const place = firstDifference(before.outcome as Json, after.outcome as Json, "outcome");
  return place &&
    `differs at ${place}, though code, data and settings are the same: this machine does not reproduce it`;
}

function named(data: Readonly<Record<string, string>>): string {
  return Object.keys(data).sort().join(", ") || "none (DLLM_BENCH_DATA names a folder with the test sets)";
}

function remedy({ cell }: BenchRecord): string {
  return `run \`deno task bench --confirm\` where the code alone changed, or else ` +
    `\`deno task bench --suite ${cell.suite.id} --backend cpu\`, and commit the results`;
}

interface Folders {
  readonly committed: string;
  readonly retrained: string;
}

/** Samples and step logs: `seed-1.cpu.samples.jsonl.gz` belongs to `seed-1.cpu.json`. Compression may differ, contents not. */
async function compareBeside(record: string, { committed, retrained }: Folders) {
  const folder = record.replace(/[^/]*$/, ""), stem = record.slice(folder.length).replace(/json$/, "");
  const names = async (root: string) =>
    (await Array.fromAsync(Deno.readDir(`${root}/${folder}`))).map(({ name }) => name)
      .filter((name) => name.startsWith(stem) && name.endsWith(".gz"));
  const faults: string[] = [], equal: string[] = [];
  for (const name of unique([...await names(committed), ...await names(retrained)]).sort(compare)) {
    const before = await readCompressed(`${committed}/${folder}${name}`);
    const after = await readCompressed(`${retrained}/${folder}${name}`);
    if (before === null) faults.push(`${name} is not committed`);
    else if (after === null) faults.push(`${name} is committed, but retraining does not write it`);
    else if (before !== after) faults.push(`${name} differs in line ${firstDifferentLine(before, after)}`);
    else equal.push(name.slice(stem.length).replace(/\..*/, ""));
  }
  return { faults, equal };
}

/** The text of a gzip file; null if there is none. @throws Error naming a damaged one */
export async function readCompressed(path: string): Promise<string | null> {
  try {
    const file = await Deno.open(path);
    return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new Error(`${path} cannot be decompressed: ${(error as Error).message}`);
  }
}

/** From 1; one past the end of the shorter text if that is all. */
function firstDifferentLine(a: string, b: string): number {
  const left = a.split("\n"), right = b.split("\n");
  const at = left.findIndex((line, i) => line !== right[i]);
  return (at < 0 ? left.length : at) + 1;
}

function hash(text: string): string {
  return `sha256 ${sha256(text)}`;
}
