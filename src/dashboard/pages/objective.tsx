/** The objectives: what each maximises, where it comes from, and how it did. */

import type { BenchRecord } from "../../records/record.ts";
import type { Objective } from "../../objectives/objective.ts";
import { OBJECTIVES } from "../../objectives/registry.ts";
import { needsOf } from "../../objectives/value.ts";
import { curveDecodings, diagnosticFigures, learningFigure } from "../parts/curves.ts";
import type { Figure } from "../parts/figure_view.tsx";
import type { Body, Place } from "../parts/place.tsx";
import type { CellFile } from "../store/cell_files.ts";
import type { Results } from "../store/results.ts";
import type { Table } from "../../tables/table.ts";
import { objectivePath } from "./addresses.ts";
import { cellTable } from "./cells.tsx";
import { Facts } from "./facts.tsx";
import { sectionTitle } from "../../leaderboard/words.ts";
import { keyedSections, recordsOf } from "./sections.ts";

export function objectivesPage(place: Place, results: Results): Body {
  return {
    title: "Objectives",
    content: (
      <>
        <p class="lead">
          Every algorithm reads like its paper's equations and touches the model only through log-probs of
          tokens at masked positions.
        </p>
        {place.table(objectivesTable(results))}
      </>
    ),
  };
}

function objectivesTable(results: Results): Table {
  const counts = new Map<string, number>();
  for (const { objective } of results.cells) counts.set(objective, (counts.get(objective) ?? 0) + 1);
  const unknown = [...counts.keys()].filter((id) => !OBJECTIVES.some((known) => known.id === id));
  return {
    id: "objectives",
    caption: "Objectives with what they need from the engine",
    columns: [
      { id: "objective", title: "Objective", kind: "text" },
      { id: "paper", title: "Paper", kind: "text" },
      {
        id: "anchor",
        title: "Ratio against",
        kind: "text",
        help: "The policy whose log-probs the ratio is taken to",
      },
      {
        id: "scope",
        title: "Weight needs",
        kind: "text",
        help: "What must be known before a token's weight",
      },
      { id: "equation", title: "Maximises", kind: "text" },
      { id: "cells", title: "Cells", kind: "count" },
    ],
    rows: [
      ...OBJECTIVES.map(({ id, paper, anchor, scope, equation }) => [
        { value: id, href: objectivePath(id) },
        { value: paper },
        { value: anchor },
        { value: scope },
        { value: equation },
        { value: counts.get(id) ?? 0 },
      ]),
      ...unknown.map((id) => [
        { value: id, href: objectivePath(id) },
        ...Array.from({ length: 4 }, () => ({ value: null })),
        { value: counts.get(id)! },
      ]),
    ],
  };
}

export function objectivePage(place: Place, id: string, results: Results): Body {
  const objective = OBJECTIVES.find((known) => known.id === id);
  const cells = results.cells.filter((cell) => cell.objective === id);
  return {
    title: objective?.title ?? id,
    content: (
      <>
        {objective ? <Definition objective={objective} /> : (
          <p class="notice">
            This version of the code does not know the objective; its records are shown as they are.
          </p>
        )}
        {keyedSections(results).map(([key, section]) => {
          const records = recordsOf(results, section, (cell) => cell.objective === id);
          const figures = curves(id, records);
          return figures.length > 0 && (
            <section>
              <h2>Curves of {sectionTitle(section)}</h2>
              <div class="grid">
                {figures.map((figure) => place.figure({ ...figure, id: `${key}.${figure.id}` }))}
              </div>
            </section>
          );
        })}
        <h2>Cells</h2>
        {place.table(cellTable(place, cells, results), { to: CELLS })}
        {cells.length > CELLS && <p class="quiet">{CELLS} of {cells.length} cells; the files hold all.</p>}
      </>
    ),
  };
}

/** Figures of the records of one section, a line per task. */
function curves(id: string, records: readonly BenchRecord[]): Figure[] {
  const groups = byTask(records);
  return [
    ...curveDecodings(records).map((decoding) =>
      learningFigure({
        title: id,
        lines: groups.map(([name, records]) => ({ name, records, decoding })),
        axis: "forwards",
      })
    ),
    ...diagnosticFigures(id, groups),
  ].filter((figure) => figure !== null);
}

/** Cells listed on one page. */
const CELLS = 200;

function Definition({ objective }: { objective: Objective }) {
  const { id, paper, equation, departures, defaults, anchor, scope, advantage } = objective;
  const { reference } = needsOf(objective, defaults);
  return (
    <>
      <p class="lead">
        <code>{id}</code>, {paper}
      </p>
      <h2>Maximises</h2>
      <pre>{equation}</pre>
      <Facts
        facts={[
          ["Advantage", `${advantage.kind}${advantage.std ? `, ${advantage.std} deviation` : ""}`],
          ["Ratio against", anchor === "none" ? "nothing: no ratio" : `the ${anchor} policy`],
          ["Reference model", reference ? "needed" : "not needed"],
          ["A weight needs", `the ${scope}`],
          ["Code", <code>src/objectives/{id.replaceAll("-", "_")}.ts</code>],
          ["On the device", <code>kernels/objectives/{id.replaceAll("-", "_")}.wgsl</code>],
          [
            "Defaults",
            Object.keys(defaults).length === 0
              ? "none"
              : <code>{Object.entries(defaults).map(([name, value]) => `${name} ${value}`).join(", ")}</code>,
          ],
        ]}
      />
      {departures.length > 0 && (
        <>
          <h2>Departures from the paper</h2>
          <ul class="prose">{departures.map((text) => <li>{text}</li>)}</ul>
        </>
      )}
    </>
  );
}

function byTask(records: readonly BenchRecord[]): [string, BenchRecord[]][] {
  return [...Map.groupBy(records, ({ cell }) => cell.task)].sort(([a], [b]) => a < b ? -1 : 1);
}

/** Ids of all objectives: those of the code and those of records. */
export function objectiveIds(results: { readonly cells: readonly CellFile[] }): string[] {
  return [
    ...new Set([...OBJECTIVES.map(({ id }) => id), ...results.cells.map(({ objective }) => objective)]),
  ];
}
