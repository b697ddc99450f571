/** What a reader must know before comparing rows, and what each objective is. */

import type { Objective } from "../objectives/objective.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import type { Confirmations } from "../records/confirmations.ts";
import { compare, groupBy, unique } from "../std/collections.ts";
import type { BenchRecord } from "../records/record.ts";

/** An objective as it ran. */
export interface Description {
  readonly objective: string;
  readonly title: string;
  readonly paper: string;
  /** What differs from the paper or its released code, each with the reason. */
  readonly departures: readonly string[];
  /** Settings of the records that are not the paper's: [name, here, paper's default or null]. */
  readonly overrides: readonly (readonly [name: string, here: number, paper: number | null])[];
  /** Learning rates and updates of the records; one entry unless tasks or seeds differ. */
  readonly training: readonly {
    readonly learningRate: number;
    readonly updates: { readonly inner: number; readonly miniBatches: number };
  }[];
}

/** Every objective of the records, in the order of its name. An unknown one has no title and no departures. */
export function describe(records: readonly BenchRecord[], known: readonly Objective[]): Description[] {
  return groupBy(records, ({ cell }) => cell.objective).map(([id, own]) => {
    const objective = known.find((each) => each.id === id);
    const overrides = own.flatMap(({ cell }) => Object.entries(cell.settings))
      .map(([name, here]) => [name, here, objective?.defaults[name] ?? null] as const)
      .filter(([, here, paper]) => here !== paper);
    return {
      objective: id,
      title: objective?.title ?? id,
      paper: objective?.paper ?? "not an objective of this code",
      departures: objective?.departures ?? [],
      training: distinctOf(own.map(({ cell: { learningRate, updates } }) => ({ learningRate, updates }))),
      overrides: distinctOf(overrides),
    };
  });
}

/** The different values, ordered by their text. */
function distinctOf<T>(values: readonly T[]): T[] {
  return groupBy(values, (value) => canonicalJson(value)).map(([, [first]]) => first!);
}

/** Notes of a section: other code or data, missing and diverged runs, settings that differ. */
export function notesOf(
  records: readonly BenchRecord[],
  seeds: readonly number[],
  { representative }: Pick<Confirmations, "representative">,
): string[] {
  const notes: string[] = [];
  const sharing: string[] = [];
  const objectives = unique(records.map(({ cell }) => cell.objective)).sort(compare);
  for (const [task, members] of groupBy(records, ({ cell }) => cell.task)) {
    if (seeds.length > 1 && unique(members.map(({ cell }) => cell.base)).length === 1) sharing.push(task);
    notes.push(...baseNotes(task, members), ...dataNotes(task, members));
    const decodings = distinctOf(members.map(({ cell }) => cell.decoding)).length;
    if (decodings > 1) notes.push(`${task}: decoded in ${decodings} ways; rows cannot be compared`);
    for (const objective of objectives) {
      const name = `${task}, ${objective}`, own = members.filter(({ cell }) => cell.objective === objective);
      const found = own.map(({ cell }) => cell.seed);
      const missing = seeds.filter((seed) => !found.includes(seed));
      if (missing.length > 0) notes.push(`${name}: no record of seed ${missing.join(", ")}`);
      const diverged = own.filter(({ outcome }) => outcome.status === "diverged");
      if (diverged.length > 0) {
        notes.push(`${name}: seed ${diverged.map(({ cell }) => cell.seed).join(", ")} diverged`);
      }
      const sources = unique(
        own.map(({ cell: { backend, source } }) =>
          [source.core, source.task, source.objective].map((part) => representative(backend, part)).join()
        ),
      );
      if (sources.length > 1) {
        notes.push(`${name}: seeds ran with ${sources.length} versions of the code; run the suite again`);
      }
      const settings = distinctOf(
        own.map(({ cell: { settings, learningRate, updates } }) => ({ settings, learningRate, updates })),
      );
      if (settings.length > 1) notes.push(`${name}: ran with ${settings.length} different settings`);
    }
  }
  if (sharing.length > 0) {
    notes.unshift(
      `${sharing.join(", ")}: all seeds share one base model; intervals over seeds do not cover it`,
    );
  }
  return notes;
}

/** Cells of one task and seed start from the same base model, or their gains cannot be compared. */
function baseNotes(task: string, members: readonly BenchRecord[]): string[] {
  return groupBy(members, ({ cell }) => String(cell.seed)).flatMap(([seed, own]) => {
    const bases = unique(own.map(({ cell }) => cell.base)).length;
    return bases > 1
      ? [`${task}: seed ${seed} ran from ${bases} different base models; gains cannot be compared`]
      : [];
  });
}

function dataNotes(task: string, members: readonly BenchRecord[]): string[] {
  const versions = unique(members.map(({ cell }) => canonicalJson(cell.data)));
  return versions.length > 1
    ? [`${task}: graded on ${versions.length} different sets of data files; rows cannot be compared on them`]
    : [];
}
