/**
 * Which files stand behind the identities of code in a results folder: `sources.json`. An identity alone says that
 * code changed; with these it can be said which files did, and so which cells must show that nothing else did.
 */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { lockFolder } from "../files/lock.ts";
import { IDENTITY } from "../files/identity.ts";
import type { FileIdentity } from "./code_identity.ts";
import type { SourcePart } from "./source_identity.ts";

const schema = z.strictObject({
  schema: z.literal(1),
  /** By identity of a part of the code: the beginnings of the identities of its files, each of the file alone. */
  sources: z.record(z.string().regex(IDENTITY), z.array(z.string().regex(/^[0-9a-f]{16}$/))),
});

/** Files behind parts of the code: what `nameOf` gives, by identity of the part. */
export type SourceFiles = ReadonlyMap<string, ReadonlySet<string>>;

const FILE = "sources.json";
/** Folder of a results folder that is locked while files about the code are written. */
export const LOCKED = ".bench";

/** A file as `sources.json` names it. */
function nameOf({ own }: FileIdentity): string {
  return own.slice(0, 16);
}

/** What a results folder knows. Nothing where there is no file, or one that cannot be read: then all files count as changed. */
export async function readSourceFiles(results: string): Promise<SourceFiles> {
  try {
    const { sources } = schema.parse(JSON.parse(await Deno.readTextFile(`${results}/${FILE}`)));
    return new Map(Object.entries(sources).map(([part, files]) => [part, new Set(files)]));
  } catch (error) {
    const unreadable = error instanceof SyntaxError || error instanceof z.ZodError;
    if (error instanceof Deno.errors.NotFound || unreadable) return new Map();
    throw error;
  }
}

/**
 * Writes down the files behind parts of the code, unless they are known.
 * @param replaced parts that newer ones stand for from now on: they are forgotten
 */
export async function noteSourceFiles(
  results: string,
  parts: readonly SourcePart[],
  replaced: ReadonlySet<string> = new Set(),
): Promise<void> {
  // Processes of one folder take turns: each adds to what the others wrote.
  using _turn = await lockFolder(`${results}/${LOCKED}`);
  const before = await readSourceFiles(results);
  if (parts.every(({ identity }) => before.has(identity))) return;
  const sources: Record<string, string[]> = {};
  for (const [part, files] of before) if (!replaced.has(part)) sources[part] = [...files];
  for (const { identity, files } of parts) {
    sources[identity] = [...new Set([...files.values()].map(nameOf))].sort();
  }
  await replaceFile(`${results}/${FILE}`, canonicalJson({ schema: 1, sources }));
}

/** Paths of the files of a part that another part, known by its identity, does not have: all where it is not known. */
export function changedFiles({ files }: SourcePart, before: string, known: SourceFiles): string[] {
  const old = known.get(before);
  const changed = [...files].filter(([, identity]) => !old?.has(nameOf(identity))).map(([path]) => path);
  // Only what a file leads to changed: any of them may give another result.
  return changed.length > 0 ? changed : [...files.keys()];
}
