/**
 * Shows that changed code gives the results of old records: a sample of them is trained again, and where all bytes
 * that must be equal are equal, the code of the others counts as the same. One difference, and nothing is confirmed.
 */

import { taskById } from "../../tasks/registry.ts";
import { canonicalJson, type Json } from "../files/canonical_json.ts";
import { identityOf, sha256 } from "../files/identity.ts";
import { objectiveById, OBJECTIVES } from "../objectives/registry.ts";
import { type Confirmation, readConfirmations } from "../records/confirmations.ts";
import { changedFiles, readSourceFiles } from "../records/source_files.ts";
import { cellParts, type SourcePart } from "../records/source_identity.ts";
import { cellOf, type CellSpec } from "../bench/cell_spec.ts";
import { groupBy, unique } from "../std/collections.ts";
import { type Candidate, sampleOf } from "./sample.ts";
import type { Executor } from "../bench/executor.ts";
import { firstDifference } from "../files/first_difference.ts";
import type { BenchRecord, Cell } from "../records/record.ts";
import { readRecord, readRecords, recordPath } from "../records/folder.ts";
import { type RunnerEvents, runSuite } from "../bench/runner.ts";
import { loadSuite, type Suite, SUITE_IDS } from "../suite/suite.ts";
import { loadTestSets, type TestSet } from "../bench/test_sets.ts";
import { stalenessOf } from "../bench/validity.ts";

/** What was shown: a confirmation but for where it was shown, and the parts of the code that it is about. */
export interface Shown extends Pick<Confirmation, "changed" | "sources" | "shown"> {
  readonly parts: readonly SourcePart[];
}

/** Nothing is confirmed; the message says what differs. */
export class NotConfirmedError extends Error {
  override name = "NotConfirmedError";
}

export interface ConfirmOptions {
  readonly executor: Executor;
  /** Folder of the old records. */
  readonly results: string;
  /** Folder of what is trained again; an interrupted confirmation continues there. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** A record that only its code keeps from being valid. */
export interface StaleCell extends Candidate {
  readonly record: BenchRecord;
  readonly spec: CellSpec;
  readonly sets: readonly TestSet[];
  readonly parts: readonly StalePart[];
}

/** A part of the code, before and now. */
interface StalePart {
  readonly before: string;
  readonly now: SourcePart;
}

/**
 * The records of a results folder that changed code alone makes stale, on the arithmetic of an executor.
 * @param say called with one line of text for stale records that cannot be trained again to the same bytes, and why
 */
export async function staleCells(
  { executor, results }: Pick<ConfirmOptions, "executor" | "results">,
  say: (line: string) => void,
): Promise<StaleCell[]> {
  const confirmations = readConfirmations(results), known = await readSourceFiles(results);
  const { backend } = executor.description;
  const found: StaleCell[] = [];
  for (const [id, records] of groupBy(await readRecords(results), ({ cell }) => cell.suite.id)) {
    const others = new Map<string, number>();
    const leave = (reason: string, count = 1) => others.set(reason, (others.get(reason) ?? 0) + count);
    const suite = SUITE_IDS.includes(id) ? await loadSuite(id) : null;
    if (!suite) leave("the suite is none that comes with the benchmark", records.length);
    const asked = suite ? records.filter(({ cell }) => isListed(suite, cell)) : [];
    if (suite && asked.length < records.length) {
      leave("the suite has no such cell any more", records.length - asked.length);
    }
    const tasks = unique(asked.map(({ cell }) => cell.task)).map(taskById);
    const sets = suite ? await loadTestSets(suite, tasks, say) : new Map<string, readonly TestSet[]>();
    for (const record of asked) {
      const { task, objective, seed } = record.cell, own = sets.get(task)!;
      const spec = { suite: suite!, task: taskById(task), objective: objectiveById(objective), seed };
      const now = await cellOf(spec, executor, record.cell.memory, own);
      if (now.backend !== record.cell.backend) continue;
      const { fields, code } = stalenessOf(record.cell, now, confirmations);
      if (code.length === 0) continue;
      const reason = otherReason(record, now, fields, own);
      if (reason !== null) {
        leave(reason);
        continue;
      }
      const current = await cellParts(task, objective, backend);
      const parts = code.map((part) => ({
        before: confirmations.representative(now.backend, record.cell.source[part]),
        now: current[part],
      }));
      found.push({
        path: recordPath(record.cell),
        suite: id,
        task,
        objective,
        seed,
        changed: new Set(parts.flatMap(({ before, now }) => changedFiles(now, before, known))),
        record,
        spec,
        sets: own,
        parts,
      });
    }
    for (const [reason, count] of others) say(`${id}: ${count} records cannot be in the sample: ${reason}`);
  }
  return found;
}

/** What else than its code keeps a cell from giving the bytes of its record; null when nothing does. */
function otherReason(
  { cell, outcome }: BenchRecord,
  now: Cell,
  fields: readonly (keyof Cell)[],
  sets: readonly TestSet[],
): string | null {
  if (fields.length > 0) return `${fields.join(", ")} changed`;
  const missing = Object.keys(cell.data).filter((name) => !(name in now.data));
  if (missing.length > 0) return `${missing.join(", ")} cannot be had`;
  const added = sets.filter(({ id }) => !outcome.tests.some(({ set }) => set === id));
  return added.length > 0 ? `not graded on ${added.map(({ id }) => id).join(", ")}` : null;
}

/** Whether a suite still has a cell. */
export function isListed(
  { tasks, objectives }: Suite,
  { task, objective }: Pick<Cell, "task" | "objective">,
): boolean {
  return task in tasks && objective in objectives && OBJECTIVES.some(({ id }) => id === objective);
}

/**
 * Trains a sample of stale cells again and compares them with their records.
 * @throws NotConfirmedError naming the first field of each cell that differs
 * @throws the reason of the signal when it was aborted; the next run continues
 */
export async function confirmCells(
  cells: readonly StaleCell[],
  { executor, scratch, signal }: ConfirmOptions,
  events: Pick<RunnerEvents, "progress" | "say">,
): Promise<Shown> {
  const parts = new Map(cells.flatMap(({ parts }) => parts.map(({ now }) => [now.identity, now] as const)));
  const changed = unique(cells.flatMap(({ changed }) => [...changed])).sort();
  const sample = sampleOf(cells, identityOf([...parts.keys()].sort()));
  events.say(
    `${cells.length} records, ${changed.length} changed files that they reach: ${sample.length} cells are trained again`,
  );
  for (const [, own] of groupBy(sample, ({ suite, record }) => `${suite} ${record.cell.memory}`)) {
    const wanted = new Set(own.map(({ path }) => path));
    await runSuite({
      executor,
      suite: own[0]!.spec.suite,
      tasks: unique(own.map(({ task }) => task)).map(taskById),
      objectives: unique(own.map(({ objective }) => objective)).map(objectiveById),
      seeds: unique(own.map(({ seed }) => seed)),
      only: (cell) => wanted.has(recordPath(cell)),
      out: scratch,
      work: `${scratch}/.work`,
      cache: `${scratch}/.base`,
      mode: own[0]!.record.cell.memory,
      signal,
    }, {
      ...events,
      finished: ({ cell }) => events.say(`${recordPath(cell)} trained again`),
      seedFinished: () => Promise.resolve(),
    });
  }
  const differences: string[] = [], shown: Record<string, string> = {};
  for (const { path, record } of sample) {
    const again = await readRecord(scratch, path);
    const place = firstDifference(record.outcome as Json, again!.outcome as Json, "outcome");
    if (place) differences.push(`${path}: ${place}`);
    else shown[path] = sha256(canonicalJson(record.outcome));
  }
  if (differences.length > 0) throw new NotConfirmedError(differences.join("\n"));
  const sources = cells.flatMap(({ parts }) =>
    parts.map(({ before, now }) => [before, now.identity] as const)
  );
  return { changed, sources: Object.fromEntries(sources), shown, parts: [...parts.values()] };
}

/** Peak device bytes of every kind of cell among some, by `suite/task/objective`, measured anew. */
export async function peaksOf(
  cells: readonly StaleCell[],
  { executor, signal }: Pick<ConfirmOptions, "executor" | "signal">,
  progress: (done: number, total: number, note: string) => void,
): Promise<Record<string, number>> {
  const kinds = groupBy(cells, ({ suite, task, objective }) => `${suite}/${task}/${objective}`);
  const peaks: Record<string, number> = {}, waiting = [...kinds];
  await Promise.all(Array.from({ length: executor.width }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      signal.throwIfAborted();
      const [kind, [{ spec: { suite, seed }, task, objective, sets, record }]] = next as [
        string,
        [StaleCell],
      ];
      const job = { suite, task, objective, seed, sets, mode: record.cell.memory };
      peaks[kind] = await executor.peak(job, { onProgress: () => {}, warn: () => {}, signal });
      progress(Object.keys(peaks).length, kinds.length, `peak memory of ${kind}`);
    }
  }));
  return peaks;
}
