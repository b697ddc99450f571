/** `deno task claims`: measures what the papers claim and writes a report with a verdict for each claim. */

import { openCpu } from "../../kernels/cpu.ts";
import { loadSuite, suiteIdentity } from "../suite/suite.ts";
import { workerPool } from "../workers/pool.ts";
import { type Group, GROUPS } from "../claims/claim.ts";
import type { ClaimJob } from "../claims/job.ts";
import { measurePieces } from "../claims/measure.ts";
import { PROFILES } from "../claims/profile.ts";
import { CLAIMS } from "../claims/list.ts";
import { indexFiles, type ReportFiles, reportFiles } from "../claims/report.ts";
import { verdictLine, verdictOf } from "../claims/verdict.ts";
import { replaceFile } from "../files/durable.ts";
import { lockFolder } from "../files/lock.ts";
import { workersOf } from "./backend.ts";
import { interruptible } from "./interrupt.ts";
import { resolveNames } from "./names.ts";
import { parseOptions } from "./options.ts";
import { notePieces } from "../claims/pieces.ts";
import { measurementSource } from "../records/source_identity.ts";
import { openProgress } from "./progress.ts";
import { counted } from "./words.ts";

/** Base models, shared with the other commands. */
const BASES = ".cache/base";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const { only, scale, workers, out, json } = parseOptions("claims", args);
  const groups = resolveNames("group", only, [...GROUPS]) as Group[];
  const claims = CLAIMS.filter(({ group }) => groups.includes(group));
  const profile = PROFILES[scale];
  const suite = await loadSuite(profile.suite);
  const width = workersOf(workers);
  const progress = openProgress({ label: "claims", unit: "measurements", json });
  // Opened here once so that the kernels are compiled before several workers ask for them.
  using backend = await openCpu({ build: "portable" });
  await using pool = workerPool<ClaimJob>(new URL("../claims/worker.ts", import.meta.url), "portable");
  const pieces = claims.flatMap((claim) => claim.pieces(profile));
  let summary: string | undefined;
  try {
    const results = await interruptible((signal) =>
      measurePieces(pieces, {
        width,
        description: backend.description,
        run: (job, hooks) => pool.submit(job, hooks),
        suite,
        bases: BASES,
        cache: `${out}/.work`,
        signal,
        progress: (done, total, note) => progress.update(done, total, note),
        say: progress.line,
      })
    );
    // The index has a line for every report that is there, those of other processes too.
    using _lock = await lockFolder(`${out}/.work`);
    const read = claims.map((claim) => ({ claim, reading: claim.read(results, profile) }));
    const source = (name: string) => measurementSource("cpu", name);
    if (profile === PROFILES.full) {
      await notePieces(out, { suite: suiteIdentity(suite), pieces, results }, source);
    }
    const { id, version } = suite;
    for (const each of read) {
      await writeFiles(out, reportFiles(each, profile, { id, version, identity: suiteIdentity(suite) }));
    }
    // Of all claims: those of other groups keep their lines.
    await writeFiles(out, indexFiles(CLAIMS, profile, (path) => readText(`${out}/${path}`)));
    for (const { claim, reading: { checks } } of read) {
      const verdict = { id: claim.id, outcome: verdictOf(checks), verdict: verdictLine(checks) };
      if (json) console.log(JSON.stringify({ event: "claim", ...verdict }));
      else console.log(`${verdict.id}: ${verdict.verdict}`);
    }
    summary = `${counted(claims.length, "claim")} in ${out}/`;
  } finally {
    progress.done(summary);
  }
  return 0;
}

async function writeFiles(folder: string, files: ReportFiles): Promise<void> {
  for (const [path, contents] of Object.entries(files)) await replaceFile(`${folder}/${path}`, contents);
}

/** The text of a file; null where there is none. */
function readText(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
