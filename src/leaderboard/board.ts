/**
 * The leaderboard as data: a pure function of records and confirmations, so that anyone can derive it again. Records of different
 * suites, versions, contents of a suite, settings or backends are never mixed: each combination is a section of its
 * own. Within a section, what makes rows incomparable (other code or data, diverged runs, missing seeds) is said in
 * its notes.
 */

import type { Objective } from "../objectives/objective.ts";
import { OBJECTIVES } from "../objectives/registry.ts";
import { type Confirmations, NO_CONFIRMATIONS } from "../records/confirmations.ts";
import { BOOTSTRAP, type BootstrapSettings } from "../statistics/bootstrap.ts";
import { compare, groupBy, unique } from "../std/collections.ts";
import { classesOf } from "./classes.ts";
import { describe, type Description, notesOf } from "./notes.ts";
import { type Ranking, rankingsOf } from "./ranking.ts";
import { resultsOf, type TestResult } from "./results.ts";
import { type Training, trainingOf } from "./training_costs.ts";
import { type BenchRecord, RecordError } from "../records/record.ts";
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
  /** Records of the newest code that results know, and of earlier code that was confirmed to give the same. */
  readonly records: { readonly made: number; readonly confirmed: number };
  readonly notes: readonly string[];
  readonly rankings: readonly Ranking[];
  readonly results: readonly TestResult[];
  readonly training: readonly Training[];
  readonly objectives: readonly Description[];
}

export interface Leaderboard {
  readonly schema: 3;
  /** Of every bootstrap interval in it. */
  readonly bootstrap: BootstrapSettings;
  readonly sections: readonly Section[];
  /** Numbers of papers, about other models and budgets: never compared with those measured here. */
  readonly reported: readonly ReportedTable[];
}

/**
 * Derives the leaderboard. The order of `records` does not matter.
 * @param confirmations which code gives the same results as that of the records
 * @param known objectives that can be described
 * @throws RecordError if two records are of the same cell
 */
export function leaderboardOf(
  records: readonly BenchRecord[],
  confirmations: Confirmations = NO_CONFIRMATIONS,
  known: readonly Objective[] = OBJECTIVES,
): Leaderboard {
  const sections = groupBy(
    records,
    ({ cell: { suite, setting, backend } }) =>
      JSON.stringify([suite.id, String(suite.version).padStart(9, "0"), suite.identity, setting, backend]),
  );
  return {
    schema: 3,
    bootstrap: BOOTSTRAP,
    sections: sections.map(([, members]) => sectionOf(members, confirmations, known)),
    reported: REPORTED,
  };
}

function sectionOf(
  records: readonly BenchRecord[],
  confirmations: Confirmations,
  known: readonly Objective[],
): Section {
  // Runs from the base model of another seed tell what a base model is worth: they are no repetition of a cell.
  const own = records.filter(({ cell }) => cell.baseSeed === cell.seed),
    crossed = records.length - own.length;
  const ordered = own.toSorted(({ cell: a }, { cell: b }) =>
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
  const { suite, setting, backend } = records[0]!.cell;
  const confirmed = ordered.filter(({ cell }) => confirmations.isConfirmed(cell.backend, cell.source)).length;
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
    records: { made: ordered.length - confirmed, confirmed },
    notes: [
      ...notesOf(ordered, seeds, confirmations),
      ...(crossed > 0 ? [`${crossed} records of runs from base models of other seeds are left out`] : []),
    ],
    rankings,
    results: resultsOf(shown),
    training: trainingOf(shown, confirmations),
    objectives: describe(ordered, known),
  };
}
