/** Shows that changed code gives the scores that learning rates were chosen by: some of them are measured again. */

import { taskById } from "../../tasks/registry.ts";
import { identityOf, sha256 } from "../files/identity.ts";
import { objectiveById } from "../objectives/registry.ts";
import { readConfirmations, staleParts } from "../records/confirmations.ts";
import { changedFiles, readSourceFiles } from "../records/source_files.ts";
import { cellParts, type SourcePart } from "../records/source_identity.ts";
import { compare } from "./collections.ts";
import { type ConfirmOptions, NotConfirmedError, type Shown } from "./confirm.ts";
import { TUNING } from "./record.ts";
import type { RunnerEvents } from "./runner.ts";
import { loadSuite, SUITE_IDS } from "./suite.ts";
import { measureScore, readEvidence, type TuningEvidence } from "./tuning.ts";

/** Scores measured again: the cells differ from a suite's in rate and seeds alone, and those are shown at length. */
const SCORES = 3;

/** A score that stands in the evidence of a sweep. */
interface TuningScore {
  readonly evidence: TuningEvidence;
  readonly objective: string;
  readonly task: string;
  readonly rate: number;
  readonly score: number;
}

/**
 * Measures scores of the sweeps in a results folder again whose code changed. Empty where none did.
 * @throws NotConfirmedError naming the scores that differ
 */
export async function confirmTuning(
  { executor, results, scratch, signal }: ConfirmOptions,
  events: Pick<RunnerEvents, "progress" | "say">,
): Promise<Shown> {
  const confirmations = readConfirmations(results), known = await readSourceFiles(results);
  const { backend } = executor.description, stale: TuningScore[] = [];
  const sources: Record<string, string> = {}, changed = new Set<string>(), parts: SourcePart[] = [];
  for (const id of SUITE_IDS) {
    const evidence = await readEvidence(`${results}/${TUNING}/${id}.json`);
    if (evidence?.backend !== backend || evidence.version !== (await loadSuite(id)).version) continue;
    for (const [objective, { rates, source }] of Object.entries(evidence.objectives)) {
      for (const [task, before] of Object.entries(source)) {
        const now = await cellParts(task, objective, backend);
        const identities = {
          core: now.core.identity,
          task: now.task.identity,
          objective: now.objective.identity,
        };
        const names = staleParts(confirmations, backend, before, identities);
        if (names.length === 0) continue;
        for (const name of names) {
          const old = confirmations.representative(backend, before[name]);
          sources[old] = identities[name];
          parts.push(now[name]);
          for (const file of changedFiles(now[name], old, known)) changed.add(file);
        }
        for (const { rate, tasks } of rates) {
          stale.push({ evidence, objective, task, rate, score: tasks[task]! });
        }
      }
    }
  }
  const salt = identityOf(parts.map(({ identity }) => identity).sort());
  const order = (each: TuningScore) => sha256(`${salt} ${nameOf(each)}`);
  const sample = stale.toSorted((a, b) => compare(order(a), order(b))).slice(0, SCORES);
  if (sample.length > 0) {
    events.say(`${stale.length} scores of learning rates: ${sample.length} are measured again`);
  }
  const shown: Record<string, string> = {}, differences: string[] = [];
  for (const each of sample) {
    const { evidence, objective, task, rate } = each;
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
    if (score === each.score) shown[nameOf(each)] = identityOf(score);
    else differences.push(`${nameOf(each)}: ${each.score} and ${score}`);
  }
  if (differences.length > 0) throw new NotConfirmedError(differences.join("\n"));
  return { changed: [...changed].sort(), sources, shown, parts };
}

function nameOf({ evidence, objective, task, rate }: TuningScore): string {
  return `${TUNING}/${evidence.suite}/${task}/${objective}/${rate}`;
}
