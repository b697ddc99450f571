/** Shows that changed code gives the scores that learning rates were chosen by: some of them are measured again. */

import { taskById } from "../../tasks/registry.ts";
import { identityOf } from "../files/identity.ts";
import { objectiveById } from "../objectives/registry.ts";
import { readConfirmations, staleParts } from "../records/confirmations.ts";
import { changedFiles, readSourceFiles } from "../records/source_files.ts";
import { cellParts, type SourcePart } from "../records/source_identity.ts";
import { unique } from "../std/collections.ts";
import { backendClass } from "../bench/cell_spec.ts";
import { type ConfirmOptions, isListed, NotConfirmedError, type Shown } from "./cells.ts";
import { type Candidate, sampleOf } from "./sample.ts";
import { TUNING } from "../records/folder.ts";
import type { RunnerEvents } from "../bench/runner.ts";
import { loadSuite, SUITE_IDS } from "../suite/suite.ts";
import { measureScore, readEvidence, type TuningEvidence } from "../bench/tuning.ts";

/** A score that stands in the evidence of a sweep, over all seeds of it. */
interface TuningScore extends Candidate {
  readonly evidence: TuningEvidence;
  readonly rate: number;
  readonly score: number;
}

/**
 * Measures a sample of the scores again whose code changed, of the sweeps in a results folder: chosen as cells are.
 * Empty where nothing changed.
 * @throws NotConfirmedError naming the scores that differ
 */
export async function confirmTuning(
  { executor, results, scratch, signal }: ConfirmOptions,
  events: Pick<RunnerEvents, "progress" | "say">,
): Promise<Shown> {
  const confirmations = readConfirmations(results), known = await readSourceFiles(results);
  const { backend } = executor.description, arithmetic = backendClass(executor.description);
  const stale: TuningScore[] = [];
  const sources: Record<string, string> = {}, parts: SourcePart[] = [];
  for (const id of SUITE_IDS) {
    const evidence = await readEvidence(`${results}/${TUNING}/${id}.json`);
    const suite = await loadSuite(id);
    if (evidence?.backend !== arithmetic || evidence.version !== suite.version) continue;
    for (const [objective, { rates, source }] of Object.entries(evidence.objectives)) {
      for (const [task, before] of Object.entries(source)) {
        if (!isListed(suite, { task, objective })) continue;
        const now = await cellParts(task, objective, backend);
        const identities = {
          core: now.core.identity,
          task: now.task.identity,
          objective: now.objective.identity,
        };
        const names = staleParts(confirmations, arithmetic, before, identities);
        if (names.length === 0) continue;
        const own = new Set<string>();
        for (const name of names) {
          const old = confirmations.representative(arithmetic, before[name]);
          sources[old] = identities[name];
          parts.push(now[name]);
          for (const file of changedFiles(now[name], old, known)) own.add(file);
        }
        for (const { rate, tasks } of rates) {
          const path = `${TUNING}/${id}/${task}/${objective}/${rate}`;
          const score = tasks[task]!;
          // All seeds of a score are measured together.
          stale.push({ path, suite: id, task, objective, seed: 0, changed: own, evidence, rate, score });
        }
      }
    }
  }
  const salt = identityOf(parts.map(({ identity }) => identity).sort());
  const sample = sampleOf(stale, salt);
  if (sample.length > 0) {
    events.say(`${stale.length} scores of learning rates: ${sample.length} are measured again`);
  }
  const shown: Record<string, string> = {}, differences: string[] = [];
  for (const each of sample) {
    const { path, evidence, objective, task, rate } = each;
    const score = await measureScore(
      {
        executor,
        suite: await loadSuite(evidence.suite),
        tasks: [taskById(task)],
        objectives: [objectiveById(objective)],
        out: `${scratch}/${TUNING}`,
        work: `${scratch}/${TUNING}/.work`,
        cache: `${scratch}/.base`,
        mode: "two-pass",
        signal,
      },
      rate,
      { ...events, finished: () => {}, seedFinished: () => Promise.resolve() },
    );
    if (score === each.score) shown[path] = identityOf(score);
    else differences.push(`${path}: ${each.score} and ${score}`);
  }
  if (differences.length > 0) throw new NotConfirmedError(differences.join("\n"));
  const changed = unique(stale.flatMap(({ changed }) => [...changed])).sort();
  return { changed, sources, shown, parts };
}
