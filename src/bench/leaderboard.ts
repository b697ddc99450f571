/**
 * The leaderboard as data: a pure function of records, so that anyone can derive it again. Records of different
 * suites, versions, contents of a suite, settings or backends are never mixed: each combination is a section of its
 * own. Within a section, what makes rows incomparable (other code or data, diverged runs, missing seeds) is said in
 * its notes.
 */

import type { Objective } from "../objectives/objective.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { BOOTSTRAP, type BootstrapSettings } from "../statistics/bootstrap.ts";
import { compare, groupBy, unique } from "./collections.ts";
import { classesOf } from "./leaderboard_classes.ts";
import { describe, type Description, notesOf } from "./leaderboard_notes.ts";
import { type Ranking, rankingsOf } from "./leaderboard_ranking.ts";
import { resultsOf, type TestResult } from "./leaderboard_results.ts";
import { type Training, trainingOf } from "./leaderboard_training.ts";
import { type BenchRecord, RecordError } from "./record.ts";
import { REPORTED, type ReportedTable } from "./reported.ts";

export interface Section {
  readonly suite: { readonly id: string; readonly version: number; readonly identity: string };
  /** How the base models came to leave room for improvement. */
  readonly setting: BenchRecord["cell"]["setting"];
  readonly backend: BenchRecord["cell"]["backend"];
  readonly tasks: readonly string[];
  readonly seeds: readonly number[];
  /**
   * Rows of every table: objectives whose models are equal byte for byte in every cell are one class, named after
   * its first member. The best of the first ranking first.
   */
  readonly classes: readonly (readonly string[])[];
  readonly notes: readonly string[];
  readonly rankings: readonly Ranking[];
  readonly results: readonly TestResult[];
  readonly training: readonly Training[];
  readonly objectives: readonly Description[];
}

export interface Leaderboard {
  readonly schema: 2;
  /** Of every bootstrap interval in it. */
  readonly bootstrap: BootstrapSettings;
  readonly sections: readonly Section[];
  /** Numbers of papers, about other models and budgets: never compared with those measured here. */
  readonly reported: readonly ReportedTable[];
}

/**
 * Derives the leaderboard. The order of `records` does not matter.
 * @param known objectives that can be described
 * @throws RecordError if two records are of the same cell
 */
export function leaderboardOf(
  records: readonly BenchRecord[],
  known: readonly Objective[] = OBJECTIVES,
): Leaderboard {
  const sections = groupBy(
    records,
    ({ cell: { suite, setting, backend } }) =>
      JSON.stringify([suite.id, String(suite.version).padStart(9, "0"), suite.identity, setting, backend]),
  );
  return {
    schema: 2,
    bootstrap: BOOTSTRAP,
    sections: sections.map(([, members]) => sectionOf(members, known)),
    reported: REPORTED,
  };
}

function sectionOf(records: readonly BenchRecord[], known: readonly Objective[]): Section {
  const ordered = records.toSorted(({ cell: a }, { cell: b }) =>
    compare(a.task, b.task) || compare(a.objective, b.objective) || a.seed - b.seed
  );
  ordered.forEach(({ cell }, i) => {
    const other = ordered[i + 1]?.cell;
    if (other?.task === cell.task && other.objective === cell.objective && other.seed === cell.seed) {
      throw new RecordError(
        `two records of ${cell.task}, ${cell.objective}, seed ${cell.seed} in one section`,
      );
    }
  });
  const { suite, setting, backend } = ordered[0]!.cell;
  const tasks = unique(ordered.map(({ cell }) => cell.task));
  const seeds = unique(ordered.map(({ cell }) => cell.seed)).sort((a, b) => a - b);
  const classes = classesOf(ordered);
  const shown = ordered.filter(({ cell }) => classes.some(([name]) => name === cell.objective));
  const rankings = rankingsOf(shown, tasks, seeds);
  const place = (name: string) => rankings[0]?.rows.findIndex(({ objective }) => objective === name) ?? 0;
  return {
    suite,
    setting,
    backend,
    tasks,
    seeds,
    classes: classes.toSorted(([a], [b]) => place(a!) - place(b!)),
    notes: notesOf(ordered, seeds),
    rankings,
    results: resultsOf(shown),
    training: trainingOf(shown),
    objectives: describe(ordered, known),
  };
}
