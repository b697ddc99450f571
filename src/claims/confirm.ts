/** Shows that changed code gives the measurements of the papers' claims: a sample of each kind is measured again. */

import { type ConfirmOptions, NotConfirmedError, type Shown } from "../confirm/cells.ts";
import { unique } from "../std/collections.ts";
import { type Candidate, sampleOf } from "../confirm/sample.ts";
import { type Suite, suiteIdentity } from "../suite/suite.ts";
import { identityOf } from "../files/identity.ts";
import { readConfirmations } from "../records/confirmations.ts";
import { changedFiles, readSourceFiles } from "../records/source_files.ts";
import { currentCode, type SourcePart } from "../records/source_identity.ts";
import { type Piece, pieceIdentity } from "./claim.ts";
import { type MeasureOptions, measurePieces } from "./measure.ts";
import { hashOfResult, readPieces } from "./pieces.ts";
import { type Profile, PROFILES } from "./profile.ts";
import { CLAIMS } from "./list.ts";

/** Folder of claims inside a results folder. */
const CLAIMS_FOLDER = "claims";

/** How many measured pieces of the claims in a results folder are of this code, confirmed for it, or stale. */
export async function statesOfPieces(
  results: string,
  suite: Suite,
  profile: Profile = PROFILES.full,
): Promise<Record<PieceState, number>> {
  const counts = { made: 0, confirmed: 0, stale: 0 };
  for (const { state } of await knownPieces(results, suite, profile)) counts[state]++;
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
async function knownPieces(results: string, suite: Suite, profile: Profile): Promise<KnownPiece[]> {
  const measured = await readPieces(`${results}/${CLAIMS_FOLDER}`),
    confirmations = readConfirmations(results);
  if (measured?.suite !== suiteIdentity(suite)) return [];
  const pieces = new Map(
    CLAIMS.flatMap((claim) => claim.pieces(profile)).map((piece) => [pieceIdentity(piece), piece]),
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

interface ClaimOptions
  extends Pick<MeasureOptions, "width" | "description" | "run" | "suite" | "progress" | "say"> {
  /** Sizes that were measured. */
  readonly profile: Profile;
}

/**
 * Measures a sample of the stale pieces again: of each kind of measurement as cells of a suite are
 * trained again, with every task and objective that it runs.
 * @throws NotConfirmedError naming the measurements that differ
 */
export async function confirmClaims(
  { results, scratch, signal }: Pick<ConfirmOptions, "results" | "scratch" | "signal">,
  { profile, ...options }: ClaimOptions,
): Promise<Shown> {
  const confirmations = readConfirmations(results), known = await readSourceFiles(results);
  const stale = (await knownPieces(results, options.suite, profile)).filter(({ state }) => state === "stale");
  const candidates = stale.map((each): KnownPiece & Candidate => {
    const { measurement, parameters } = each.piece, { task, seed } = parameters;
    const { objective = "" } = parameters as { readonly objective?: string };
    const path = `${CLAIMS_FOLDER}/${measurement}/${task}/seed-${seed}/` +
      pieceIdentity(each.piece).slice(0, 16);
    // A measurement reaches all objectives and tasks, but with its parameters it runs one of them: any may have changed.
    const changed = new Set([`objective ${objective}`, `task ${task}`]);
    return { ...each, path, suite: measurement, task, objective, seed, changed };
  });
  const sample = sampleOf(candidates, identityOf(unique(stale.map(({ now }) => now.identity)).sort()));
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
  for (const { path, piece, before } of sample) {
    const hash = hashOfResult(measured(piece));
    if (hash === before.result) shown[path] = hash;
    else differences.push(`${path}: another result`);
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
