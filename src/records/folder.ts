/** A results folder: where its records lie, and how they are written and read. */

import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { BACKENDS, ID, TASK_ID } from "../suite/names.ts";
import { type BenchRecord, type Cell, RecordError, validateRecord } from "./record.ts";

/** What a record is named after. */
export type CellName = Pick<Cell, "task" | "objective" | "seed" | "baseSeed" | "backend"> & {
  readonly suite: { readonly id: string };
};

/** Path of the record of a cell inside a results folder. @throws RecordError for an id that is not a file name */
export function recordPath({ suite, task, objective, seed, baseSeed, backend }: CellName): string {
  for (const [part, pattern] of [[suite.id, ID], [task, TASK_ID], [objective, ID]] as const) {
    if (!pattern.test(part)) {
      throw new RecordError(`expected lower-case letters, digits and hyphens, found "${part}"`);
    }
  }
  const base = baseSeed === seed ? "" : `-base-${baseSeed}`;
  return `${suite.id}/${task}/${objective}/seed-${seed}${base}.${backend}.json`;
}

/** Writes a record into a results folder, whole or not at all. @throws RecordError if it is not valid */
export async function writeRecord(folder: string, record: BenchRecord): Promise<void> {
  const valid = validateRecord(record);
  await replaceFile(`${folder}/${recordPath(valid.cell)}`, canonicalJson(valid));
}

/** Folder of the evidence for learning rates, beside the suites' folders. */
export const TUNING = "tuning";
/** Folders of a results folder that hold no records: what tuning found, the reports of claims, and those of GPUs. */
export const NOT_SUITES: readonly string[] = [TUNING, "claims", "gpu"];

const NUMBER = "(?:0|[1-9]\\d{0,9})";
const STEM = `seed-(${NUMBER})(?:-base-(${NUMBER}))?\\.(${BACKENDS.join("|")})`;
/** A record; groups are seed, base seed where it is another one, and backend. */
export const RECORD_FILE = new RegExp(`^${STEM}\\.json$`);
/** Samples and step logs. */
export const BESIDE_RECORD = new RegExp(`^${STEM}\\.(samples|steps)\\.jsonl\\.gz$`);

/**
 * Every record of a results folder, ordered by suite, task, objective, seed, base seed and backend. Files beside the suites' folders,
 * entries that start with a dot and the folders `tuning` and `claims` are not records; a folder that does not exist holds none.
 * @throws RecordError naming the file, when one is not valid or lies in the wrong place
 */
export async function readRecords(folder: string): Promise<BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (const path of await recordFiles(folder, "")) {
    const record = await readRecord(folder, path);
    if (record) records.push(record);
  }
  const number = (value: number) => String(value).padStart(10, "0");
  const key = ({ cell: { suite, task, objective, seed, baseSeed, backend } }: BenchRecord) =>
    JSON.stringify([suite.id, task, objective, number(seed), number(baseSeed), backend]);
  return records.map((record) => [key(record), record] as const)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([, record]) => record);
}

/** The record at a path of a results folder, null where there is none. @throws RecordError if it is not valid */
export async function readRecord(folder: string, path: string): Promise<BenchRecord | null> {
  const name = `${folder}/${path}`;
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (!(error instanceof SyntaxError)) throw error;
    throw new RecordError(`${name} is not JSON: ${error.message}`);
  }
  const record = validateRecord(value, name);
  if (recordPath(record.cell) !== path) {
    throw new RecordError(
      `${name} holds the record of ${recordPath(record.cell)}; move it there or delete it`,
    );
  }
  return record;
}

/** Paths of records below a folder of a results folder; anything else there is an error. */
async function recordFiles(root: string, below: string): Promise<string[]> {
  const files: string[] = [], top = below === "";
  for (const { name, isDirectory } of await entriesIn(`${root}/${below}`, top)) {
    const path = `${below}${name}`;
    if (isDirectory && ID.test(name)) {
      if (!top || !NOT_SUITES.includes(name)) files.push(...await recordFiles(root, `${path}/`));
    } else if (!isDirectory && RECORD_FILE.test(name)) files.push(path);
    // `.tmp` is left by a crash while a file was written: the file itself is whole or absent.
    else if (isDirectory || !(top || BESIDE_RECORD.test(name) || name.endsWith(".tmp"))) {
      throw new RecordError(`${root}/${path} does not belong in a results folder`);
    }
  }
  return files;
}

async function entriesIn(path: string, mayBeAbsent: boolean): Promise<Deno.DirEntry[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (mayBeAbsent && error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
