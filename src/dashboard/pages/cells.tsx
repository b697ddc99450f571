/** All cells, page by page, with filters. */

import type { Body, Place } from "../parts/place.tsx";
import type { Results } from "../store/results.ts";
import type { CellFile } from "../store/cell_files.ts";
import { correctInterval } from "../../records/score.ts";
import { GENERATED } from "../../suite/names.ts";
import type { Cell, Table } from "../../tables/table.ts";
import { objectiveCellsPath, taskPath } from "./addresses.ts";
import { cellAddress } from "./seeds.ts";
import { Filters, optionsOf } from "./filters.tsx";

/** Cells of one page. */
const CELLS_PER_PAGE = 100;

/** Number of pages that hold all cells; at least one. */
export function cellPages(results: Results): number {
  return Math.max(1, Math.ceil(results.cells.length / CELLS_PER_PAGE));
}

/** Address of a page of the list, from 1. */
export function cellsPath(page: number): string {
  return page === 1 ? "cells.html" : `cells.${page}.html`;
}

export function cellsPage(place: Place, results: Results, page: number): Body {
  const { query } = place;
  const matching = results.cells.filter((cell) =>
    (["suite", "task", "objective"] as const).every((name) => !query[name] || cell[name] === query[name])
  );
  const pages = Math.max(1, Math.ceil(matching.length / CELLS_PER_PAGE));
  const from = (page - 1) * CELLS_PER_PAGE;
  const shown = matching.slice(from, from + CELLS_PER_PAGE);
  const options = (name: "suite" | "task" | "objective") =>
    optionsOf(results.cells.map((cell) => cell[name]));
  return {
    title: "Cells",
    content: (
      <>
        <p class="lead">
          A cell is one task, one objective and one seed. Each has a record; the generations, the first
          responses to each test set, are kept of the first seed. {matching.length} of {results.cells.length}
          {" "}
          are listed.
        </p>
        {place.served
          ? (
            <Filters
              action={place.link("cells.html")}
              fields={[
                { name: "suite", title: "Suite", options: options("suite"), value: query.suite },
                { name: "task", title: "Task", options: options("task"), value: query.task },
                {
                  name: "objective",
                  title: "Objective",
                  options: options("objective"),
                  value: query.objective,
                },
              ]}
            />
          )
          : <CellsByObjective place={place} results={results} />}
        {place.table(cellTable(place, shown, results))}
        {pages > 1 && (
          <nav aria-label="Pages of the list">
            <ul class="pages">
              {Array.from({ length: pages }, (_, i) => (
                <li>
                  <a
                    href={place.link(cellsPath(i + 1)) + filterText(query)}
                    aria-current={i + 1 === page ? "page" : undefined}
                  >
                    {i + 1}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
      </>
    ),
  };
}

/** What stands for filters where no server answers: each objective's page lists its cells. */
function CellsByObjective({ place, results }: { place: Place; results: Results }) {
  const objectives = optionsOf(results.cells.map(({ objective }) => objective));
  return (
    <nav aria-label="Cells by objective">
      <ul class="pages">
        <li class="quiet">Cells of one objective:</li>
        {objectives.map(([id]) => (
          <li>
            <a href={place.link(objectiveCellsPath(id))}>{id}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function filterText(query: Place["query"]): string {
  const kept = Object.entries(query).filter(([name, value]) => name !== "sort" && value);
  return kept.length > 0 ? `?${new URLSearchParams(kept)}` : "";
}

/** A row per cell: its scores on generated puzzles and its curve. */
export function cellTable(place: Place, cells: readonly CellFile[], results: Results): Table {
  return {
    id: "cells",
    caption:
      "Strictly graded scores on generated puzzles before and after training, and training reward per rollout",
    columns: [
      { id: "cell", title: "Cell", kind: "text" },
      { id: "suite", title: "Suite", kind: "text" },
      { id: "task", title: "Task", kind: "text" },
      { id: "seed", title: "Seed", kind: "number" },
      { id: "backend", title: "Backend", kind: "text" },
      { id: "status", title: "Status", kind: "text" },
      { id: "sampled_before", title: "Base, sampled", kind: "share", unit: "%" },
      { id: "sampled", title: "Sampled", kind: "share", unit: "%", range: [0, 1] },
      { id: "greedy_before", title: "Base, greedy", kind: "share", unit: "%" },
      { id: "greedy", title: "Greedy", kind: "share", unit: "%", range: [0, 1] },
      {
        id: "reward",
        title: "Reward",
        kind: "number",
        help: "Mean of the last rollout; the curve runs over all",
      },
    ],
    rows: cells.map((cell) => {
      const record = results.record(cell);
      const test = (decoding: string) =>
        record?.outcome.tests.find((test) => test.set === GENERATED && test.decoding === decoding);
      const scores = ["sampled", "greedy"].flatMap((decoding): Cell[] => {
        const found = test(decoding);
        if (!found) return [{ value: null }, { value: null }];
        const { before, after } = found;
        return [
          { value: before.strict.correct / before.n },
          { value: after.strict.correct / after.n, interval: correctInterval(after, "strict") },
        ];
      });
      const reward = record?.outcome.diagnostics.reward ?? [];
      return [
        { value: cell.objective, href: cellAddress(place, cell, results) },
        { value: cell.suite },
        { value: cell.task, href: taskPath(cell.task) },
        { value: cell.seed },
        { value: record?.cell.backend ?? null },
        { value: record?.outcome.status ?? "not readable" },
        ...scores,
        { value: reward.at(-1) ?? null, curve: reward.length > 1 ? reward : undefined },
      ];
    }),
  };
}
