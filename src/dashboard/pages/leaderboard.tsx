/** The leaderboard: who is ahead, by how much, and whether that is noise. */

import type { Leaderboard, Section } from "../../bench/leaderboard.ts";
import { type RankedRow, type Ranking, TAUS } from "../../bench/leaderboard_ranking.ts";
import type { TestResult } from "../../bench/leaderboard_results.ts";
import { axisName } from "../../bench/leaderboard_tables.ts";
import { GENERATED } from "../../bench/record.ts";
import { intervalChart, lineChart } from "../../figures/mod.ts";
import type { Interval } from "../../statistics/intervals.ts";
import { percent, points } from "../numbers.ts";
import type { Body, Figure, Place } from "../place.tsx";
import type { Results } from "../store/results.ts";
import type { Cell, Table } from "../table.ts";
import { rangeOf } from "../marks.tsx";
import { visibleLine } from "../visible_text.ts";
import { Filters } from "./filters.tsx";
import { Notes } from "./notes.tsx";
import { objectiveIds, objectivePath } from "./objective.tsx";
import { keyedSections, sectionTitle } from "./sections.ts";

export function sectionPath(key: string): string {
  return `sections/${key}.html`;
}

export function sectionKeys(results: Results): string[] {
  return keyedSections(results).map(([key]) => key);
}

/** Which ranking of a section an address asks for; the nearest one where that combination was not measured. */
function rankingFor({ rankings }: Section, { axis, decoding, grading }: Place["query"]): Ranking | undefined {
  const fits = (ranking: Ranking) =>
    4 * Number(!axis || ranking.axis === axis) + 2 * Number(!decoding || ranking.decoding === decoding) +
    Number(!grading || ranking.mode === grading);
  return rankings.toSorted((a, b) => fits(b) - fits(a))[0];
}

/** @param key the section; null for the one that the address or, without a word about it, the order chooses */
export function leaderboardPage(place: Place, results: Results, key: string | null): Body {
  const sections = keyedSections(results);
  const { query } = place;
  const chosen = sections.find(([name]) => name === (key ?? query.section)) ??
    sections.find(([, { suite, backend }]) =>
      (!query.suite || suite.id === query.suite) && (!query.backend || backend === query.backend)
    ) ?? sections[0];
  if (!chosen) {
    return {
      title: "Leaderboard",
      content: (
        <>
          <p class="lead">There are no results yet.</p>
          <p>
            <code>deno task bench</code> makes them; the page <a href={place.link("live.html")}>Live</a>{" "}
            follows it.
          </p>
          <Notes title="Files that could not be read" notes={results.problems} />
        </>
      ),
    };
  }
  const [name, section] = chosen;
  const ranking = rankingFor(section, query);
  const missing = missingFrom(results);
  return {
    title: "Leaderboard",
    content: (
      <>
        {sections.length > 1 && (
          <nav aria-label="Sections">
            <ul class="pages">
              {sections.map(([other, each]) => (
                <li>
                  <a href={place.link(sectionPath(other))} aria-current={other === name ? "page" : undefined}>
                    {sectionTitle(each)}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        {ranking
          ? <Summary place={place} section={section} ranking={ranking} />
          : <p>Nothing can be ranked yet.</p>}
        <Filters
          action={place.link("index.html")}
          fields={[
            {
              name: "section",
              title: "Suite, setting, backend",
              options: sections.map(([other, each]) => [other, sectionTitle(each)] as const),
              value: name,
              all: false,
            },
            {
              name: "task",
              title: "Task",
              options: section.tasks.map((task) => [task, task] as const),
              value: query.task,
            },
            {
              name: "axis",
              title: "Equal budget of",
              options: choices(section, "axis", { compute: "compute", updates: "updates" }),
              value: ranking?.axis,
              all: false,
            },
            {
              name: "decoding",
              title: "Decoding",
              options: choices(section, "decoding", { sampled: "sampled", greedy: "greedy" }),
              value: ranking?.decoding,
              all: false,
            },
            {
              name: "grading",
              title: "Grader",
              options: choices(section, "mode", { strict: "strict", d1: "d1 papers'" }),
              value: ranking?.mode,
              all: false,
            },
          ]}
        />
        {ranking && (
          <>
            {place.table(rankingTable(section, ranking, query.task))}
            <p class="quiet">
              Scores are means over seeds, in per cent of generated puzzles that no training set holds.
              Objectives that share a letter are not told apart: exact sign-flip tests of paired runs,
              corrected for the number of pairs (Holm, 5 %). {ranking.axis === "compute"
                ? `What rows have in common: ${axisName(ranking, section)}.`
                : "Scores are read from the learning curves at the largest number of updates that all runs reach."}
            </p>
          </>
        )}
        <Notes title="Before comparing rows" notes={section.notes} />
        <Notes
          title="Not in this table yet"
          notes={missing.length > 0
            ? [
              `${missing.length} finished cells are newer than the table; it is derived again after each seed`,
            ]
            : []}
        />
        <Notes title="Files that could not be read" notes={results.problems} />
        {ranking && ranking.rows.some(({ aggregate }) => aggregate) && (
          <>
            <h2>Over all tasks</h2>
            <div class="grid">
              {place.figure(aggregateForest(section, ranking))}
              {place.figure(profileFigure(section, ranking))}
            </div>
            {place.table(aggregateTable(ranking))}
          </>
        )}
        <Departures place={place} section={section} known={objectiveIds(results)} />
        <Reported place={place} reported={results.leaderboard.reported} known={objectiveIds(results)} />
      </>
    ),
  };
}

/** Cells whose record the table does not know. */
function missingFrom(results: Results): string[] {
  const known = new Set(
    results.leaderboard.sections.flatMap(({ suite, backend, results, classes }) =>
      results.flatMap(({ task, rows }) =>
        rows.flatMap(({ objective, seeds }) => {
          const members = classes.find((each) => each.includes(objective)) ?? [objective];
          return members.flatMap((member) =>
            seeds.map((seed) => `${suite.id} ${task} ${member} ${seed} ${backend}`)
          );
        })
      )
    ),
  );
  return results.cells.filter(({ suite, task, objective, seed, backend }) =>
    !known.has(`${suite} ${task} ${objective} ${seed} ${backend}`)
  )
    .map(({ id }) => id);
}

function choices<Field extends "axis" | "decoding" | "mode">(
  { rankings }: Section,
  field: Field,
  titles: Readonly<Record<Ranking[Field], string>>,
): [string, string][] {
  return [...new Set(rankings.map((ranking): Ranking[Field] => ranking[field]))].map((
    value,
  ) => [value, titles[value]]);
}

/** Who is ahead, in three sentences. */
function Summary({ place, section, ranking }: { place: Place; section: Section; ranking: Ranking }) {
  const [first] = ranking.rows;
  const { pairs } = ranking;
  if (!first?.aggregate) {
    return <p class="lead">No objective has all tasks and seeds yet; the rows below show what there is.</p>;
  }
  const { mean, meanInterval, gain } = first.aggregate;
  const tied = (ranking.adjustedP[0] ?? []).filter((p, i) => i > 0 && p > 0.05).length;
  const seeds = ranking.seeds.length, tasks = ranking.tasks.length;
  const verdict = !pairs.resolvable
    ? "So few runs cannot tell any two objectives apart."
    : tied > 0
    ? `${tied} ${tied === 1 ? "other is" : "others are"} not told apart from it.`
    : "It is told apart from all others.";
  return (
    <>
      <p class="lead">
        Ahead is{" "}
        <a href={place.link(objectivePath(first.objective))}>
          <strong>{first.objective}</strong>
        </a>{" "}
        with a mean of <strong>{percent(mean)} %</strong>
        {meanInterval ? ` (95 % ${percent(meanInterval[0])} to ${percent(meanInterval[1])})` : ""},{" "}
        {points(gain)} points over the base models, over {tasks} {tasks === 1 ? "task" : "tasks"} and {seeds}
        {" "}
        {seeds === 1 ? "seed" : "seeds"}. <strong>{verdict}</strong>
      </p>
      <p>
        {pairs.compared > 0 && (
          <>
            {pairs.toldApart} of {pairs.compared} pairs of objectives are told apart.{" "}
            {pairs.detectable !== null && (
              <>
                A single pair that differs by {percent(pairs.detectable)}{" "}
                points would be found with 80 % power.
              </>
            )}
          </>
        )} Suite {section.suite.id}@{section.suite.version}, {section.setting} bases, backend{" "}
        {section.backend}.
      </p>
    </>
  );
}

function rankingTable(section: Section, ranking: Ranking, only: string | undefined): Table {
  const tasks = ranking.tasks.map((task, i) => ({ task, i })).filter(({ task }) => !only || task === only);
  const cost = new Map(ranking.rows.map(({ objective }) => [objective, costOf(section, objective)]));
  const gains = ranking.rows.flatMap(({ aggregate }) =>
    aggregate ? [aggregate.gain, ...aggregate.gainInterval ?? []] : []
  );
  const range: Interval = [Math.min(0, ...gains), Math.max(0, ...gains)];
  const intervals = new Map(
    ranking.rows.flatMap(({ objective }) =>
      tasks.map(({ task }) => [
        `${objective} ${task}`,
        ranking.axis === "compute" ? intervalOf(section, ranking, task, objective) : null,
      ])
    ),
  );
  const scale = rangeOf([
    ...ranking.rows.flatMap(({ scores, aggregate }) => [...scores, ...aggregate?.meanInterval ?? []]),
    ...intervals.values().flatMap((interval) => interval ?? []),
    ...ranking.base,
  ].filter((value) => value !== null));
  const baseMean = ranking.base.every((score) => score !== null) ? mean(ranking.base as number[]) : null;
  const base: Cell[] = [
    { value: "base models", note: "before training" },
    { value: null },
    { value: baseMean },
    { value: null },
    ...tasks.map(({ i }) => ({ value: ranking.base[i] ?? null })),
    { value: null },
    { value: null },
  ];
  const bestOf = (at: number) => Math.max(...ranking.rows.map(({ scores }) => scores[at] ?? -1));
  return {
    id: "ranking",
    caption: `Objectives by mean score, ${ranking.decoding}, ${
      ranking.mode === "strict" ? "graded strictly" : "graded as the d1 papers do"
    }, ${axisName(ranking, section)}. Bars run from ${percent(scale[0])} to ${
      percent(scale[1])
    } %; the tick is the base model`,
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      {
        id: "rank",
        title: "Rank",
        kind: "number",
        help: "1 + the number of objectives told apart and better",
      },
      { id: "mean", title: "Mean", kind: "share", unit: "%, bootstrap", range: scale },
      { id: "gain", title: "Gain over base", kind: "points", unit: "points, bootstrap", range },
      ...tasks.map(({ task }) => ({
        id: task,
        title: task,
        kind: "share" as const,
        unit: "%, over seeds",
        range: scale,
      })),
      { id: "compute", title: "Compute", kind: "magnitude", unit: "FLOP per run" },
      { id: "memory", title: "Peak memory", kind: "bytes" },
    ],
    rows: [
      ...ranking.rows.map((row) => {
        const { objective, scores, gains, aggregate } = row;
        const members = section.classes.find((each) =>
          each.includes(objective)
        )?.filter((each) => each !== objective) ?? [];
        const { flops, peak } = cost.get(objective)!;
        return [
          {
            value: objective,
            href: objectivePath(objective),
            mark: aggregate?.group,
            note: members.length > 0 ? `same models: ${members.join(", ")}` : undefined,
          },
          { value: aggregate?.rank ?? null },
          {
            value: aggregate?.mean ?? null,
            interval: aggregate?.meanInterval,
            best: ranking.pairs.resolvable && aggregate?.rank === 1,
          },
          { value: aggregate?.gain ?? null, interval: aggregate?.gainInterval },
          ...tasks.map(({ task, i }): Cell => ({
            value: scores[i] ?? null,
            interval: intervals.get(`${objective} ${task}`),
            reference: ranking.base[i],
            note: gains[i] === null || gains[i] === undefined ? undefined : points(gains[i]),
            best: scores[i] === bestOf(i),
          })),
          { value: flops },
          { value: peak },
        ];
      }),
      base,
    ],
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The interval of one cell of the table: over seeds, or over responses with a single one. */
function intervalOf(section: Section, ranking: Ranking, task: string, objective: string): Interval | null {
  const result = section.results.find((each: TestResult) =>
    each.task === task && each.set === GENERATED && each.subset === "all" &&
    each.decoding === ranking.decoding &&
    each.mode === ranking.mode
  );
  const row = result?.rows.find((each) => each.objective === objective);
  return row ? row.overSeeds ?? row.overResponses : null;
}

function costOf({ training }: Section, objective: string): { flops: number | null; peak: number | null } {
  const own = training.filter((each) => each.objective === objective);
  if (own.length === 0) return { flops: null, peak: null };
  return {
    flops: mean(own.map(({ flops }) => flops)),
    peak: Math.max(...own.map(({ peakDeviceBytes }) => peakDeviceBytes)),
  };
}

function withAggregate(
  { rows }: Ranking,
): (RankedRow & { aggregate: NonNullable<RankedRow["aggregate"]> })[] {
  return rows.flatMap((row) => row.aggregate ? [{ ...row, aggregate: row.aggregate }] : []);
}

function aggregateForest(section: Section, ranking: Ranking): Figure {
  const rows = withAggregate(ranking);
  const estimate = (value: number, range: Interval | null) => ({
    value: 100 * value,
    interval: range && [100 * range[0], 100 * range[1]] as const,
  });
  const known = ranking.base.filter((score) => score !== null);
  return {
    id: "forest",
    caption: "Mean and interquartile mean over all runs. Whiskers: 95 %, stratified bootstrap over seeds.",
    alt: `Mean scores, best first: ${
      rows.map(({ objective, aggregate }) => `${objective} ${percent(aggregate.mean)} %`).join(", ")
    }.`,
    size: [760, 58 + 18 + rows.length * 30 + 46],
    svg: () =>
      intervalChart({
        title: `${sectionTitle(section)}: all tasks, ${ranking.decoding}`,
        subtitle: "whiskers: 95 %, stratified bootstrap over seeds",
        x: { label: "correct (%)" },
        rows: rows.map(({ objective }) => objective),
        series: [
          {
            name: "mean",
            estimates: rows.map(({ aggregate }) => estimate(aggregate.mean, aggregate.meanInterval)),
          },
          {
            name: "interquartile mean",
            estimates: rows.map(({ aggregate }) => estimate(aggregate.iqm, aggregate.iqmInterval)),
          },
        ],
        references: known.length > 0 ? [{ at: 100 * mean(known), label: "base" }] : [],
      }),
  };
}

/** Lines of one figure: more cannot be told apart. */
const LINES = 8;

function profileFigure(section: Section, ranking: Ranking): Figure {
  const rows = withAggregate(ranking).slice(0, LINES);
  return {
    id: "profiles",
    caption: `Performance profiles${
      ranking.rows.length > LINES ? ` of the ${LINES} best` : ""
    }: the share of all runs whose score is above a threshold. A curve above another is better everywhere.`,
    alt: `Share of runs above half of the puzzles: ${
      rows.map(({ objective, aggregate }) =>
        `${objective} ${percent(aggregate.profile[TAUS.indexOf(0.5)] ?? 0)} %`
      )
        .join(", ")
    }.`,
    size: [760, 380],
    svg: () =>
      lineChart({
        title: `${sectionTitle(section)}: performance profiles, ${ranking.decoding}`,
        x: { label: "threshold: correct (%)" },
        y: { label: "runs above the threshold (%)" },
        series: rows.map(({ objective, aggregate }) => ({
          name: objective,
          points: aggregate.profile.map((share, i) => ({ x: 100 * TAUS[i]!, y: 100 * share })),
        })),
        markers: false,
      }),
  };
}

function aggregateTable(ranking: Ranking): Table {
  return {
    id: "aggregates",
    caption: "Aggregates over all tasks and seeds. Intervals: 95 %, stratified bootstrap",
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      { id: "mean", title: "Mean", kind: "share", unit: "%", range: [0, 1] },
      { id: "iqm", title: "Interquartile mean", kind: "share", unit: "%", range: [0, 1] },
      { id: "median", title: "Median of tasks", kind: "share", unit: "%" },
      {
        id: "gap",
        title: "Optimality gap",
        kind: "share",
        unit: "%",
        help: "How far scores stay below 100 % on average",
      },
      { id: "group", title: "Tie groups", kind: "text" },
    ],
    rows: withAggregate(ranking).map(({ objective, aggregate }) => [
      { value: objective, href: objectivePath(objective) },
      { value: aggregate.mean, interval: aggregate.meanInterval },
      { value: aggregate.iqm, interval: aggregate.iqmInterval },
      { value: aggregate.medianOfTasks },
      { value: aggregate.optimalityGap },
      { value: aggregate.group },
    ]),
  };
}

/** What differs from the papers, for every objective of the table. */
function Departures({ place, section, known }: { place: Place; section: Section; known: readonly string[] }) {
  return (
    <>
      <h2>Departures from the papers</h2>
      <p>
        What each objective does differently from its paper, with the reason, and the settings of this suite
        that are not the paper's defaults.
      </p>
      <details>
        <summary>{section.objectives.length} objectives</summary>
        {section.objectives.map(({ objective, paper, departures, overrides }) => (
          <>
            <h3>
              {known.includes(objective)
                ? <a href={place.link(objectivePath(objective))}>{objective}</a>
                : visibleLine(objective)}
            </h3>
            <p class="quiet">
              {visibleLine(paper, 500)}
              {overrides.length > 0 && (
                <>
                  ; {overrides.map(([name, here, paper]) =>
                    `${visibleLine(name)} ${here}${paper === null ? "" : ` instead of ${paper}`}`
                  ).join(", ")}
                </>
              )}
            </p>
            {departures.length > 0 && (
              <ul class="prose">{departures.map((text) => <li>{visibleLine(text, 1000)}</li>)}</ul>
            )}
          </>
        ))}
      </details>
    </>
  );
}

interface ReportedProps {
  readonly place: Place;
  readonly reported: Leaderboard["reported"];
  /** Objectives that have a page. */
  readonly known: readonly string[];
}

function Reported({ place, reported, known }: ReportedProps) {
  if (reported.length === 0) return null;
  return (
    <>
      <h2>Reported in papers, not measured here</h2>
      <p class="notice">
        These numbers are the papers' own, about LLaDA-8B and other budgets and graders. They stand here for
        orientation and cannot be compared with the table above.
      </p>
      {reported.map(({ id, title, source, status, conditions, columns, rows }) => (
        <>
          <h3>{visibleLine(title)}</h3>
          <p class="quiet">
            Reported. {visibleLine(source, 500)}. {visibleLine(conditions, 500)}
            {status === "unverified" && " Unverified: the paper's own table was not seen."}
          </p>
          {place.table({
            id: `reported.${id}`,
            caption: `Reported: ${title}. Accuracy in per cent`,
            columns: [
              { id: "method", title: "Method", kind: "text" },
              ...columns.map((column, i) => ({
                id: `column${i + 1}`,
                title: column,
                kind: "number" as const,
                unit: "%, reported",
              })),
            ],
            rows: rows.map(({ method, objective, quoted, scores }) => [
              {
                value: method,
                href: objective && known.includes(objective) ? objectivePath(objective) : undefined,
                note: quoted ? `quoted from ${quoted}` : undefined,
              },
              ...scores.map((value) => ({ value })),
            ]),
          })}
        </>
      ))}
    </>
  );
}
