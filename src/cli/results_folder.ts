/** Whether a folder is one that a bench writes: a mistyped name must not pass for results that are empty. */

import { RECORD_FILE } from "../records/folder.ts";
import { ID } from "../suite/names.ts";
import { STORE_FOLDER } from "../bench/queue/store.ts";

/** Folders that results have before their first record, or without one. */
const SIGNS: readonly string[] = [STORE_FOLDER, "claims"];

/**
 * Refuses what holds neither records nor claims, and where no bench has begun.
 * @param option that named the folder
 * @throws Error saying what was expected, what was found, and what to do
 */
export function checkResultsFolder(folder: string, option: string): void {
  const refuse = (found: string): never => {
    throw new Error(
      `${option} ${folder}: expected a folder that \`deno task bench --out ${folder}\` has begun to write, ` +
        `found ${found}; correct the name, or start that bench first`,
    );
  };
  try {
    if (!Deno.statSync(folder).isDirectory) refuse("a file");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) refuse("no such folder");
    throw error;
  }
  const entries = [...Deno.readDirSync(folder)];
  if (entries.some(({ name, isDirectory }) => isDirectory && SIGNS.includes(name))) return;
  if (!holdsRecord(folder, 0)) refuse(entries.length > 0 ? "no record in it" : "an empty folder");
}

/** Suite, task, variant, objective. */
const DEPTH = 4;

function holdsRecord(folder: string, depth: number): boolean {
  const entries = [...Deno.readDirSync(folder)];
  return depth > 0 && entries.some(({ name, isFile }) => isFile && RECORD_FILE.test(name)) ||
    depth < DEPTH &&
      entries.some(({ name, isDirectory }) =>
        isDirectory && ID.test(name) && holdsRecord(`${folder}/${name}`, depth + 1)
      );
}
