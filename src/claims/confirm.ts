/** Shows that changed code gives the measurements of the papers' claims: a sample of each kind is measured again. */

import { type ConfirmOptions, NotConfirmedError, type Shown } from "../bench/confirm.ts";
import { compare, groupBy } from "../bench/collections.ts";
import { type Suite, suiteIdentity } from "../bench/suite.ts";
import { sha256 } from "../files/identity.ts";
import { readConfirmations } from "../records/confirmations.ts";
import { changedFiles, readSourceFiles } from "../records/source_files.ts";
import { currentCode, type SourcePart } from "../records/source_identity.ts";
import { type Piece, pieceIdentity } from "./claim.ts";
import { type MeasureOptions, measurePieces } from "./measure.ts";
import { hashOfResult, readPieces } from "./pieces.ts";
import { PROFILES } from "./profile.ts";
import { CLAIMS } from "./registry.ts";

/** Folder of claims inside a results folder. */
const CLAIMS_FOLDER = "claims";
/** Pieces of a kind of measurement that are measured again, and one in so many of them in any case. */
const PIECES = 3, SHARE = 20;

/** How many measured pieces of the claims in a results folder are of this code, confirmed for it, or stale. */
export async function statesOfPieces(results: string, suite: Suite): Promise<Record<PieceState, number>> {
  const counts = { made: 0, confirmed: 0, stale: 0 };
  for (const { state } of await knownPieces(results, suite)) counts[state]++;
  return counts;
}
type PieceState = "made" | "confirmed" | "stale";

interface KnownPiece {
  readonly piece: Piece;
  readonly before: { readonly source: string; readonly result: string };
  readonly now: SourcePart;
  readonly state: PieceState;
}

/** Pieces of today's claims that were measured before, in the same suite. */
async function knownPieces(results: string, suite: Suite): Promise<KnownPiece[]> {
  const measured = await readPieces(`${results}/${CLAIMS_FOLDER}`),
    confirmations = readConfirmations(results);
  if (measured?.suite !== suiteIdentity(suite)) return [];
  const pieces = new Map(
    CLAIMS.flatMap((claim) => claim.pieces(PROFILES.full)).map((piece) => [pieceIdentity(piece), piece]),
  );
  const found: KnownPiece[] = [];
  for (const [id, before] of Object.entries(measured.pieces)) {
    const piece = pieces.get(id);
    if (!piece) continue;
    const now = await currentCode().measurement(piece.measurement, "cpu");
    const state = before.source === now.identity
      ? "made"
      : confirmations.same("cpu", before.source, now.identity)
      ? "confirmed"
      : "stale";
    found.push({ piece, before, now, state });
  }
  return found;
}

/**
 * Measures a sample of the stale pieces again: three of each kind of measurement, and one in twenty.
 * @throws NotConfirmedError naming the measurements that differ
 */
export async function confirmClaims(
  { results, scratch, signal }: Pick<ConfirmOptions, "results" | "scratch" | "signal">,
  options: Pick<MeasureOptions, "width" | "description" | "run" | "suite" | "progress" | "say">,
): Promise<Shown> {
  const confirmations = readConfirmations(results), known = await readSourceFiles(results);
  const stale = (await knownPieces(results, options.suite)).filter(({ state }) => state === "stale");
  const sample = groupBy(stale, ({ piece }) => piece.measurement).flatMap(([, own]) => {
    // One seed as far as it goes: its base models are trained again, too.
    const order = ({ piece, now }: KnownPiece) =>
      sha256(`${now.identity} ${piece.parameters.seed}`) + sha256(`${now.identity} ${pieceIdentity(piece)}`);
    return own.toSorted((a, b) => compare(order(a), order(b)))
      .slice(0, Math.max(PIECES, Math.ceil(own.length / SHARE)));
  });
  if (sample.length > 0) {
    options.say(`${stale.length} measurements of claims: ${sample.length} are made again`);
  }
  const measured = await measurePieces(sample.map(({ piece }) => piece), {
    ...options,
    bases: `${scratch}/.base`,
    cache: `${scratch}/${CLAIMS_FOLDER}`,
    signal,
  });
  const shown: Record<string, string> = {}, differences: string[] = [];
  for (const { piece, before } of sample) {
    const { measurement, parameters: { task, seed } } = piece;
    const name = `${CLAIMS_FOLDER}/${measurement}/${task}/seed-${seed}/${pieceIdentity(piece).slice(0, 16)}`;
    const hash = hashOfResult(measured(piece));
    if (hash === before.result) shown[name] = hash;
    else differences.push(`${name}: another result`);
  }
  if (differences.length > 0) throw new NotConfirmedError(differences.join("\n"));
  const replaced = stale.map(({ before, now }) => ({
    before: confirmations.representative("cpu", before.source),
    now,
  }));
  return {
    changed: [
      ...new Set(
        replaced.flatMap(({ before, now }) => known.has(before) ? changedFiles(now, before, known) : []),
      ),
    ].sort(),
    sources: Object.fromEntries(replaced.map(({ before, now }) => [before, now.identity])),
    shown,
    parts: replaced.map(({ now }) => now),
  };
}
