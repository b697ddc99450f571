/** `deno task bench --confirm`: shows that changed code gives the results that stand in a folder. */

import { backendClass } from "../bench/cell_spec.ts";
import type { Executor } from "../bench/executor.ts";
import {
  confirmCells,
  type ConfirmOptions,
  NotConfirmedError,
  peaksOf,
  type Shown,
  staleCells,
} from "../confirm/cells.ts";
import { confirmTuning } from "../confirm/tuning.ts";
import { writeLeaderboard } from "../leaderboard/files.ts";
import { COMMIT_VARIABLE, readCommit } from "../records/provenance.ts";
import { readRecords } from "../records/folder.ts";
import type { RunnerEvents } from "../bench/runner.ts";
import { loadSuite } from "../suite/suite.ts";
import { workerPool } from "../workers/pool.ts";
import { confirmClaims } from "../claims/confirm.ts";
import type { ClaimJob } from "../claims/job.ts";
import { PROFILES } from "../claims/profile.ts";
import { addConfirmation, CONFIRMATIONS, readConfirmations } from "../records/confirmations.ts";
import { noteSourceFiles } from "../records/source_files.ts";
import { lockFolder } from "../files/lock.ts";
import { interruptible } from "./interrupt.ts";
import { openProgress, type Progress } from "./progress.ts";
import { checkResultsFolder } from "./results_folder.ts";
import { counted } from "./words.ts";

/** What is trained again goes here, with base models of its own: nothing that is shown comes from a cache. */
const FOLDER = ".cache/confirm", SCRATCH = `${FOLDER}/cells`;

/**
 * Confirms cells, tuning evidence and claims of a results folder for this code, all or nothing.
 * @returns the exit status: 1 when anything differs
 */
export async function confirm(
  executor: Executor,
  { out: results, json }: { readonly out: string; readonly json: boolean },
): Promise<number> {
  checkResultsFolder(results, "--out");
  // Whoever else confirms would find that there is nothing left to do.
  using _lock = await interruptible((signal) => lockFolder(FOLDER, { onWait: console.error, signal }));
  // Each part of the work counts something else.
  let progress: Progress | undefined;
  const begin = (label: string, unit: string): Events => {
    progress?.done();
    progress = openProgress({ label, unit, json });
    return { progress: progress.update, say: progress.line };
  };
  const emit = (event: Record<string, unknown>, line: string) => {
    if (json) console.log(JSON.stringify(event));
    else console.log(line);
  };
  try {
    const shown = await interruptible(async (signal) => {
      const options = { executor, results, scratch: SCRATCH, signal };
      const training = begin("confirm cells", "forwards"), cells = await staleCells(options, training.say);
      const shown: Shown[] = [];
      if (cells.length > 0) shown.push(await confirmCells(cells, options, training));
      shown.push(await confirmTuning(options, begin("confirm learning rates", "forwards")));
      shown.push(await claims(options, begin("confirm claims", "measurements")));
      if (shown.every(({ parts }) => parts.length === 0)) return null;
      const peaks = begin("peak memory", "cells");
      return { shown, cells, peakDeviceBytes: await peaksOf(cells, options, peaks.progress) };
    });
    progress?.done();
    if (!shown) {
      emit({ event: "confirmed", cells: 0 }, "nothing to confirm: no record is of other code");
      return 0;
    }
    await write(executor, results, shown.shown, shown.peakDeviceBytes);
    await Deno.remove(SCRATCH, { recursive: true });
    const again = shown.shown.reduce((sum, { shown }) => sum + Object.keys(shown).length, 0);
    emit(
      { event: "confirmed", cells: shown.cells.length, again },
      `${
        counted(shown.cells.length, "record")
      } confirmed for this code: ${again} results were made again and are equal ` +
        `byte for byte. ${results}/${CONFIRMATIONS} says which`,
    );
    return 0;
  } catch (error) {
    progress?.done();
    if (!(error instanceof NotConfirmedError)) throw error;
    emit(
      { event: "differs", differences: error.message.split("\n") },
      `nothing is confirmed, as this code gives other results:\n${error.message.replace(/^/gm, "  ")}\n` +
        "if the change is meant, `deno task bench` (or tune, or claims) makes them again; what was trained is in " +
        `${SCRATCH}`,
    );
    return 1;
  }
}

type Events = Pick<RunnerEvents, "progress" | "say">;

/** Claims are measured with the portable arithmetic of the CPU alone. */
async function claims(
  { executor, ...options }: ConfirmOptions,
  events: Events,
): Promise<Shown> {
  if (backendClass(executor.description) !== "cpu") return { changed: [], sources: {}, shown: {}, parts: [] };
  await using pool = workerPool<ClaimJob>(new URL("../claims/worker.ts", import.meta.url), "portable");
  return await confirmClaims(options, {
    ...events,
    width: executor.width,
    description: executor.description,
    run: (job, hooks) => pool.submit(job, hooks),
    profile: PROFILES.full,
    suite: await loadSuite(PROFILES.full.suite),
  });
}

async function write(
  { description }: Executor,
  results: string,
  shown: readonly Shown[],
  peakDeviceBytes: Readonly<Record<string, number>>,
): Promise<void> {
  const sources: Record<string, string> = Object.assign({}, ...shown.map(({ sources }) => sources));
  const backend = backendClass(description), records = await readRecords(results);
  // Records of other arithmetic still go by the old code, parts of which may be the same.
  const confirmations = readConfirmations(results);
  const needed = new Set(
    records.filter(({ cell }) => cell.backend !== backend).flatMap(({ cell }) =>
      Object.values(cell.source).map((part) => confirmations.representative(cell.backend, part))
    ),
  );
  const replaced = new Set(Object.keys(sources).filter((part) => !needed.has(part)));
  await noteSourceFiles(results, shown.flatMap(({ parts }) => parts), replaced);
  await addConfirmation(results, {
    backend,
    commit: readCommit(Deno.env.get(COMMIT_VARIABLE) ?? "")[0],
    changed: [...new Set(shown.flatMap(({ changed }) => changed))].sort(),
    sources,
    shown: Object.assign({}, ...shown.map(({ shown }) => shown)),
    peakDeviceBytes,
  });
  await writeLeaderboard(results, records);
}
