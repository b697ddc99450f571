/** Objectives against each other, on common seeds and items. */

import type { Section } from "../../bench/leaderboard.ts";
import type { Ranking } from "../../bench/leaderboard_ranking.ts";
import { readItemBits } from "../../bench/item_bits.ts";
import { type BenchRecord, type Decoding, GENERATED } from "../../bench/record.ts";
import { intervalChart } from "../../figures/mod.ts";
import {
  BOOTSTRAP,
  pairedBootstrap,
  percentileInterval,
  resampledItems,
} from "../../statistics/bootstrap.ts";
import { type Interval, tInterval } from "../../statistics/intervals.ts";
import { discordant, mcnemar } from "../../statistics/mcnemar.ts";
import { mean } from "../../statistics/moments.ts";
import { percent } from "../numbers.ts";
import type { Body, Figure, Place } from "../place.tsx";
import { cellId, type Results } from "../store/results.ts";
import type { Table } from "../table.ts";
import { Filters } from "./filters.tsx";
import { sampleName } from "./sample.tsx";
import { keyedSections, recordsOf, sectionTitle } from "./sections.ts";
import { taskPath } from "./task.tsx";

/** A pair of objectives of a section, the one that the table shows first. */
export interface Comparison {
  readonly section: string;
  readonly a: string;
  readonly b: string;
}

export function comparePath({ section, a, b }: Comparison): string {
  return `compare/${section}~${a}~${b}.html`;
}

/** Every pair of objectives that has a page. */
export function* comparisons(results: Results): Generator<Comparison> {
  for (const [section, { rankings }] of keyedSections(results)) {
    const names = rankings[0]?.rows.map(({ objective }) => objective) ?? [];
    for (const [i, a] of names.entries()) for (const b of names.slice(i + 1)) yield { section, a, b };
  }
}

/** Objectives compared with the first on one page. */
const MOST = 8;

/**
 * @param pair `section~a~b`, or null for the choice that the parameters make
 * @returns null where there is no such pair
 */
export function comparePage(place: Place, results: Results, pair: string | null): Body | null {
  const sections = keyedSections(results), { query } = place;
  const [sectionName, first, second] = pair?.split("~") ?? [query.section, query.a, query.b];
  const chosen = sections.find(([name]) => name === sectionName) ?? (pair === null ? sections[0] : undefined);
  if (!chosen) {
    return pair === null
      ? { title: "Compare", content: <p class="lead">There are no results yet.</p> }
      : null;
  }
  const [name, section] = chosen;
  const names = section.rankings[0]?.rows.map(({ objective }) => objective) ?? [];
  const a = names.includes(first ?? "") ? first! : names[0];
  const others = (second ?? "").split(",").filter((other) => names.includes(other) && other !== a).slice(
    0,
    MOST,
  );
  if (pair !== null && (a !== first || others.length !== 1)) return null;
  const ranking = rankingFor(section, query.decoding);
  const records = recordsOf(
    results,
    section,
    ({ objective }) => objective === a || others.includes(objective),
  );
  return {
    title: others.length > 0 ? `${a} against ${others.join(", ")}` : "Compare",
    content: (
      <>
        <p class="lead">
          Differences on common seeds and items: the noise that two runs share cancels.{" "}
          {sectionTitle(section)}.
        </p>
        <Filters
          action={place.link("compare.html")}
          fields={[
            {
              name: "section",
              title: "Suite, setting, backend",
              options: sections.map(([other, each]) => [other, sectionTitle(each)] as const),
              value: name,
              all: false,
            },
            {
              name: "a",
              title: "Objective",
              options: names.map((each) => [each, each] as const),
              value: a,
              all: false,
            },
            {
              name: "b",
              title: "Against",
              options: names.map((each) => [each, each] as const),
              value: others,
              all: false,
            },
            {
              name: "decoding",
              title: "Decoding",
              options: [["sampled", "sampled"], ["greedy", "greedy"]],
              value: ranking?.decoding,
              all: false,
            },
          ]}
        />
        {ranking && a !== undefined &&
          others.map((b) => (
            <Pair
              place={place}
              results={results}
              section={section}
              ranking={ranking}
              records={records}
              a={a}
              b={b}
            />
          ))}
        {others.length === 0 && ranking && (
          <>
            <h2>Probability of improvement</h2>
            {place.table(improvementTable(name, ranking))}
          </>
        )}
      </>
    ),
  };
}

function rankingFor({ rankings }: Section, decoding: string | undefined): Ranking | undefined {
  const compute = rankings.filter(({ axis, mode }) => axis === "compute" && mode === "strict");
  return compute.find((ranking) => ranking.decoding === decoding) ?? compute[0];
}

/** Every pair in one table; each cell leads to the pair. */
function improvementTable(section: string, { rows, improvement, adjustedP }: Ranking): Table {
  const names = rows.filter(({ aggregate }) => aggregate).map(({ objective }) => objective);
  return {
    id: "improvement",
    caption:
      "How probable it is that a run of the row's objective beats a run of the column's, in per cent, mean over " +
      "tasks. An asterisk marks pairs that are told apart (Holm, 5 %)",
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      ...names.map((name) => ({ id: name, title: name, kind: "share" as const })),
    ],
    rows: names.map((row, i) => [
      { value: row },
      ...names.map((column, j) => {
        if (i === j) return { value: null };
        const [a, b] = i < j ? [row, column] : [column, row];
        return {
          value: improvement[i]![j]!,
          href: comparePath({ section, a, b }),
          mark: adjustedP[i]![j]! <= 0.05 ? "*" : undefined,
        };
      }),
    ]),
  };
}

/** What two runs of one task and seed solved, item by item. */
interface PairedRun {
  readonly task: string;
  readonly seed: number;
  readonly decoding: Decoding;
  readonly a: BenchRecord;
  readonly b: BenchRecord;
  readonly solvedByA: readonly boolean[];
  readonly solvedByB: readonly boolean[];
}

function pairedRuns(records: readonly BenchRecord[], a: string, b: string, decoding: Decoding): PairedRun[] {
  const verdicts = ({ outcome }: BenchRecord) => {
    const score = outcome.tests.find((test) => test.set === GENERATED && test.decoding === decoding)?.after;
    return score ? readItemBits(score.items.strict, score.n) : null;
  };
  return records.filter(({ cell }) => cell.objective === a).flatMap((first) => {
    const { task, seed } = first.cell;
    const second = records.find(({ cell }) =>
      cell.objective === b && cell.task === task && cell.seed === seed
    );
    if (!second) return [];
    const solvedByA = verdicts(first), solvedByB = verdicts(second);
    if (!solvedByA || !solvedByB || solvedByA.length !== solvedByB.length) return [];
    return [{ task, seed, decoding, a: first, b: second, solvedByA, solvedByB }];
  });
}

interface PairProps {
  readonly place: Place;
  readonly results: Results;
  readonly section: Section;
  readonly ranking: Ranking;
  readonly records: readonly BenchRecord[];
  readonly a: string;
  readonly b: string;
}

function Pair({ place, results, section, ranking, records, a, b }: PairProps) {
  const runs = pairedRuns(records, a, b, ranking.decoding);
  const names = ranking.rows.filter(({ aggregate }) => aggregate).map(({ objective }) => objective);
  const i = names.indexOf(a), j = names.indexOf(b);
  const differences = section.tasks.flatMap((task) => differenceOf(task, runs) ?? []);
  const p = ranking.adjustedP[i]?.[j], chance = ranking.improvement[i]?.[j];
  return (
    <section>
      <h2>{a} against {b}</h2>
      {p !== undefined && chance !== undefined && (
        <p>
          A run of {a} beats a run of {b} with a probability of{" "}
          <strong>{percent(chance)} %</strong>, mean over tasks.{" "}
          {p <= 0.05 ? <strong>The two are told apart</strong> : <strong>The two are not told apart</strong>}
          {" "}
          (p = {p.toPrecision(2)}, sign flips of {runs.length} paired runs, corrected by Holm).
        </p>
      )}
      {differences.length === 0
        ? <p class="quiet">There are no runs of both on a common task and seed.</p>
        : (
          <>
            {place.figure(differenceFigure(a, b, differences))}
            {place.table(differenceTable(a, b, differences))}
            {place.table(itemTable(a, b, runs, results), { to: ITEMS })}
            <p class="quiet">At most {ITEMS} items are shown; the files hold all.</p>
          </>
        )}
    </section>
  );
}

interface Difference {
  readonly task: string;
  readonly seeds: number;
  /** Mean over seeds of a - b, and its t interval over seeds. */
  readonly difference: number;
  readonly overSeeds: Interval | null;
  /** Paired bootstrap over common items. */
  readonly overItems: Interval;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly both: number;
  readonly neither: number;
  /** McNemar's mid-p over all responses of all seeds. */
  readonly p: number;
}

function differenceOf(task: string, all: readonly PairedRun[]): Difference | null {
  const runs = all.filter((run) => run.task === task);
  if (runs.length === 0) return null;
  const items = Math.min(...runs.map(({ solvedByA }) => solvedByA.length));
  let onlyA = 0, onlyB = 0, both = 0, neither = 0;
  const shareA = new Array<number>(items).fill(0), shareB = new Array<number>(items).fill(0);
  for (const { solvedByA, solvedByB } of runs) {
    const alone = discordant(solvedByA, solvedByB);
    onlyA += alone.b;
    onlyB += alone.c;
    both += solvedByA.filter((solved, i) => solved && solvedByB[i]).length;
    neither += solvedByA.filter((solved, i) => !solved && !solvedByB[i]).length;
    for (let i = 0; i < items; i++) {
      shareA[i]! += Number(solvedByA[i]) / runs.length;
      shareB[i]! += Number(solvedByB[i]) / runs.length;
    }
  }
  const count = (solved: readonly boolean[]) => solved.filter(Boolean).length;
  const perSeed = runs.map(({ solvedByA, solvedByB }) =>
    (count(solvedByA) - count(solvedByB)) / solvedByA.length
  );
  return {
    task,
    seeds: runs.length,
    difference: mean(perSeed),
    overSeeds: tInterval(perSeed),
    overItems: percentileInterval(pairedBootstrap(shareA, shareB, resampledItems(items, BOOTSTRAP))),
    onlyA,
    onlyB,
    both,
    neither,
    p: mcnemar(onlyA, onlyB).mid,
  };
}

function differenceFigure(a: string, b: string, differences: readonly Difference[]): Figure {
  const estimate = (value: number, interval: Interval | null) => ({
    value: 100 * value,
    interval: interval && [100 * interval[0], 100 * interval[1]] as const,
  });
  return {
    id: `differences.${a}.${b}`,
    caption: `Score of ${a} minus that of ${b}, by task. Right of zero, ${a} is better. Whiskers: 95 %.`,
    alt: `Differences in points: ${
      differences.map(({ task, difference }) => `${task} ${(100 * difference).toFixed(1)}`).join(", ")
    }.`,
    size: [760, 58 + 18 + 30 * differences.length + 46],
    svg: () =>
      intervalChart({
        title: `${a} minus ${b}`,
        subtitle: "whiskers: 95 %, t over seeds and paired bootstrap over common items",
        x: { label: "difference (points)" },
        rows: differences.map(({ task }) => task),
        series: [
          {
            name: "over seeds",
            estimates: differences.map((each) => estimate(each.difference, each.overSeeds)),
          },
          {
            name: "over items",
            estimates: differences.map((each) => estimate(each.difference, each.overItems)),
          },
        ],
        references: [{ at: 0, label: "equal" }],
      }),
  };
}

function differenceTable(a: string, b: string, differences: readonly Difference[]): Table {
  const ends = differences.flatMap(({ overSeeds, overItems }) => [...overSeeds ?? [], ...overItems]);
  const range = [Math.min(0, ...ends), Math.max(0, ...ends)] as const;
  return {
    id: `differences.${a}.${b}`,
    caption: `Paired differences, ${a} minus ${b}, and how many responses to common items each solved alone`,
    columns: [
      { id: "task", title: "Task", kind: "text" },
      { id: "difference", title: "Over seeds", kind: "points", unit: "points, t", range },
      { id: "items", title: "Over items", kind: "points", unit: "points, bootstrap", range },
      {
        id: "p",
        title: "p",
        kind: "p",
        unit: "McNemar, mid",
        help: "Of one task alone, not corrected for the number of tasks",
      },
      { id: "only_a", title: `Only ${a}`, kind: "count", unit: "responses" },
      { id: "only_b", title: `Only ${b}`, kind: "count", unit: "responses" },
      { id: "both", title: "Both", kind: "count" },
      { id: "neither", title: "Neither", kind: "count" },
      { id: "seeds", title: "Seeds", kind: "count" },
    ],
    rows: differences.map((each) => [
      { value: each.task, href: taskPath(each.task) },
      { value: each.difference, interval: each.overSeeds },
      { value: each.difference, interval: each.overItems },
      { value: each.p },
      { value: each.onlyA },
      { value: each.onlyB },
      { value: each.both },
      { value: each.neither },
      { value: each.seeds },
    ]),
  };
}

/** Items shown of a comparison. */
const ITEMS = 100;

/** Items that one solves and the other does not; those whose generations are kept come first. */
function itemTable(a: string, b: string, runs: readonly PairedRun[], results: Results): Table {
  const rows = runs.flatMap((run) => {
    const pagesA = generationPages(run.a, run.decoding, results);
    const pagesB = generationPages(run.b, run.decoding, results);
    return run.solvedByA.flatMap((solved, index) =>
      solved === run.solvedByB[index]
        ? []
        : [{ run, index, by: solved ? a : b, pageA: pagesA.get(index), pageB: pagesB.get(index) }]
    );
  });
  rows.sort((x, y) => Number(y.pageA !== undefined) - Number(x.pageA !== undefined));
  return {
    id: `items.${a}.${b}`,
    caption: "Items that one solves and the other does not, on the same seed",
    columns: [
      { id: "item", title: "Item", kind: "text" },
      { id: "task", title: "Task", kind: "text" },
      { id: "seed", title: "Seed", kind: "number" },
      { id: "index", title: "Index", kind: "number" },
      { id: "solved_by", title: "Solved by", kind: "text" },
      { id: "a", title: `Generation of ${a}`, kind: "text" },
      { id: "b", title: `Generation of ${b}`, kind: "text" },
    ],
    rows: rows.map(({ run, index, by, pageA, pageB }) => [
      { value: `${run.task} ${index}` },
      { value: run.task },
      { value: run.seed },
      { value: index },
      { value: by },
      { value: pageA ? "look" : null, href: pageA },
      { value: pageB ? "look" : null, href: pageB },
    ]),
  };
}

/** Pages of the generations of a cell that were kept, by item. */
function generationPages({ cell }: BenchRecord, decoding: Decoding, results: Results): Map<number, string> {
  const id = cellId(cell), file = results.cell(id);
  const kept = file ? results.samples(file).samples : [];
  return new Map(
    kept.filter((sample) => sample.set === GENERATED && sample.decoding === decoding)
      .map((sample) => [sample.index, `cells/${id}/${sampleName(sample)}.html`]),
  );
}
