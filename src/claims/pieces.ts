/**
 * What was measured for the claims of a results folder, by hashes: `claims/pieces.json`. Reports are read from many
 * measurements; with these, single ones can be measured again and compared.
 */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { IDENTITY, sha256 } from "../files/identity.ts";
import { type Piece, pieceIdentity, type Results } from "./claim.ts";

const identity = z.string().regex(IDENTITY, "expected 64 hexadecimal digits");

const schema = z.strictObject({
  schema: z.literal(1),
  /** Identity of the suite that all were measured in. */
  suite: identity,
  /** By identity of the measurement with its parameters: the code, and SHA-256 of the result. */
  pieces: z.record(identity, z.strictObject({ source: identity, result: identity })),
});
export type MeasuredPieces = z.infer<typeof schema>;

/** File inside the folder of claims. */
export const PIECES_FILE = "pieces.json";

/** The pieces of a folder of claims, null where there is no file. @throws Error naming a file that is not valid */
export async function readPieces(folder: string): Promise<MeasuredPieces | null> {
  const file = `${folder}/${PIECES_FILE}`;
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(file)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new Error(
      `${file} does not hold measured pieces (${error.message}); \`deno task claims\` writes it anew`,
    );
  }
}

/** What a result is compared by. */
export function hashOfResult(result: unknown): string {
  return sha256(canonicalJson(result));
}

/** Writes down what was measured; what was measured of the same suite before and is not among it stays. */
export async function notePieces(
  folder: string,
  { suite, pieces, results }: {
    readonly suite: string;
    readonly pieces: readonly Piece[];
    readonly results: Results;
  },
  sourceOf: (measurement: string) => Promise<string>,
): Promise<void> {
  const before = await readPieces(folder);
  const all: Record<string, MeasuredPieces["pieces"][string]> = before?.suite === suite
    ? { ...before.pieces }
    : {};
  for (const piece of pieces) {
    // What reads the clock is never the same again.
    if (piece.timed) continue;
    all[pieceIdentity(piece)] = {
      source: await sourceOf(piece.measurement),
      result: hashOfResult(results(piece)),
    };
  }
  await replaceFile(`${folder}/${PIECES_FILE}`, canonicalJson({ schema: 1, suite, pieces: all }));
}
