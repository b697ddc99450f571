/**
 * Which cells a results folder holds. Names are found by listing folders, never made from what a request says: an
 * id of a request is only looked up among them.
 */

import { BESIDE_RECORD, NOT_SUITES, RECORD_FILE } from "../../records/folder.ts";
import { ID } from "../../suite/names.ts";

export interface CellFile {
  /** `suite.task[.variant].objective.seed[.base-seed].backend`: no part has a dot. */
  readonly id: string;
  readonly suite: string;
  readonly task: string;
  readonly objective: string;
  readonly seed: number;
  readonly baseSeed: number;
  readonly backend: string;
  /** Path of the record without its ".json". */
  readonly stem: string;
  /** Which files lie beside the record, as `stem` + ".samples.jsonl.gz" and ".steps.jsonl.gz". */
  readonly samples: boolean;
  readonly steps: boolean;
  /** Changes whenever the record, its samples or its steps change. */
  readonly version: string;
}

export interface Listing {
  readonly cells: readonly CellFile[];
  /** What stood in a folder and is no record. */
  readonly problems: readonly string[];
  /** Every folder that was looked for, with its time of change. */
  readonly folders: ReadonlyMap<string, number>;
  /** Changes whenever a file or folder appears, goes or is replaced. */
  readonly revision: string;
}

/** Folders below a suite: task, variant, objective. */
const DEPTH = 3;

/** Lists every record of a results folder. A folder that does not exist holds none. */
export function listCells(results: string): Listing {
  const cells: CellFile[] = [], problems: string[] = [];
  const folders = new Map<string, number>();

  const entries = (path: string) => {
    const names: string[] = [], files: string[] = [];
    const changed = timeOf(path);
    folders.set(path, changed);
    if (changed === ABSENT) return { names, files };
    for (const { name, isDirectory, isFile } of Deno.readDirSync(path)) {
      if (name.startsWith(".")) continue;
      if (isDirectory) names.push(name);
      // Links are not followed: they could lead out of the folder.
      else if (isFile) files.push(name);
    }
    return { names: names.sort(), files: files.sort() };
  };

  const visit = (suite: string, path: string, parts: readonly string[]) => {
    const { names, files } = entries(path);
    for (const name of names) {
      if (ID.test(name) && parts.length < DEPTH) visit(suite, `${path}/${name}`, [...parts, name]);
      else problems.push(`${path}/${name} does not belong in a results folder`);
    }
    for (const name of files) {
      const match = RECORD_FILE.exec(name);
      if (match && parts.length >= 2) {
        const file = name.replace(/\.json$/, ""), stem = `${path}/${file}`;
        cells.push({
          id: [suite, ...parts, match[1], ...(match[2] ? [`base-${match[2]}`] : []), match[3]].join("."),
          suite,
          task: parts.slice(0, -1).join("/"),
          objective: parts.at(-1)!,
          seed: Number(match[1]),
          baseSeed: Number(match[2] ?? match[1]),
          backend: match[3]!,
          stem,
          samples: files.includes(`${file}.samples.jsonl.gz`),
          steps: files.includes(`${file}.steps.jsonl.gz`),
          version: stampOf(`${stem}.json`),
        });
      } else if (!BESIDE_RECORD.test(name) && !name.endsWith(".tmp")) {
        problems.push(`${path}/${name} is not a record`);
      }
    }
  };

  for (const suite of entries(results).names) {
    if (ID.test(suite) && !NOT_SUITES.includes(suite)) visit(suite, `${results}/${suite}`, []);
  }
  // By seed as a number, by everything else as text.
  const folder = ({ stem }: CellFile) => stem.replace(/[^/]*$/, "");
  cells.sort((a, b) => compare(folder(a), folder(b)) || a.seed - b.seed || compare(a.stem, b.stem));
  const revision = cells.map(({ id, version }) => `${id} ${version}`).join("\n");
  return { cells, problems, folders, revision };
}

/** Whether a listing still stands: what appears or goes changes a folder, what is written over only its file. */
export function stillStands({ folders, cells }: Listing): boolean {
  return [...folders].every(([path, changed]) => timeOf(path) === changed) &&
    cells.every(({ stem, version }) => stampOf(`${stem}.json`) === version);
}

const ABSENT = -1;

/** Time of change of a folder in milliseconds; negative where there is none. */
export function timeOf(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ABSENT;
    throw error;
  }
}

/** Size and time of change of a file, or "" where there is none. */
export function stampOf(path: string): string {
  try {
    const { size, mtime, isFile } = Deno.lstatSync(path);
    return isFile ? `${size}-${mtime?.getTime() ?? 0}` : "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
