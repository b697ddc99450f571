/**
 * The site as a function of the results: which addresses there are and what stands at each. The server and the
 * static export both ask here, so they show the same pages.
 */

import { canonicalJson } from "../files/canonical_json.ts";
import { csv } from "../tables/csv.ts";
import { tableJsonText } from "../tables/json.ts";
import type { Table } from "../tables/table.ts";
import { filesOf, type Format, type Query } from "./parts/address.ts";
import { type Body, type Place, placeOf } from "./parts/place.tsx";
import { renderPage } from "./parts/layout.tsx";
import type { Results } from "./store/results.ts";
import { cellPath, objectivePath, taskPath } from "./pages/addresses.ts";
import { cellPages, cellsPage, cellsPath } from "./pages/cells.tsx";
import { cellPage } from "./pages/cell.tsx";
import { BESIDE, RECORD } from "./pages/downloads.tsx";
import { hasExportedPage, RECORDS, seedRecords, seedsOf } from "./pages/seeds.ts";
import { generationGroups, generationPath, generationsPage } from "./pages/generations.tsx";
import { objectiveIds, objectivePage, objectivesPage } from "./pages/objective.tsx";
import { taskIds, taskPage, tasksPage } from "./pages/task.tsx";
import { boardPath, boards } from "./pages/leaderboard/boards.ts";
import { firstPage, leaderboardPage } from "./pages/leaderboard/page.tsx";
import { comparePaths } from "./pages/compare/addresses.ts";
import { comparePage } from "./pages/compare/page.tsx";
import { claimPage, claimPath, claimsPage } from "./pages/claims.tsx";
import { livePage } from "./pages/live.tsx";
import type { LiveState } from "./store/live.ts";

/** What pages are made of. */
export interface View {
  readonly results: Results;
  /** The running bench; null in a static export, where nothing runs. */
  readonly live: LiveState | null;
}

/** A file of the site. */
export interface SiteFile {
  readonly type: "html" | "csv" | "json" | "svg" | "gz";
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** What addresses look like. No "..", no "//", nothing encoded, no capital letters. */
const PATH =
  /^(?:[a-z0-9][a-z0-9_~-]*(?:\.[a-z0-9_~-]+)*\/)*[a-z0-9][a-z0-9_~-]*(?:\.[a-z0-9_~-]+)*\.(html|csv|json|svg|gz)$/;
const LONGEST = 400;

/** Parameters that pages know; others are ignored. */
const PARAMETERS = ["a", "b", "objective", "section", "sort", "suite", "task"] as const;

/** The known parameters of an address, cut at a length that no valid one has. */
export function queryOf(parameters: URLSearchParams): Query {
  return Object.fromEntries(
    PARAMETERS.flatMap((name) => {
      const value = parameters.getAll(name).join(",");
      return value && value.length <= LONGEST ? [[name, value]] : [];
    }),
  );
}

/** The file at an address relative to the root of the site, or null. */
export function fileAt(view: View, path: string, query: Query): SiteFile | null {
  const type = path.length <= LONGEST ? PATH.exec(path)?.[1] as SiteFile["type"] | undefined : undefined;
  if (!type) return null;
  if (type === "html") {
    const page = pageAt(view, path, query);
    return page && { type, body: page.html };
  }
  // Files of a page lie in a folder of its name.
  const slash = path.lastIndexOf("/");
  if (slash < 0) return null;
  const folder = path.slice(0, slash), name = path.slice(slash + 1);
  const beside = cellFiles(view, folder).get(name);
  if (beside) return beside();
  const id = name.slice(0, name.lastIndexOf("."));
  const place = pageAt(view, `${folder}.html`, query)?.place;
  if (type === "svg") {
    const figure = place?.figures.find((each) => each.id === id);
    return figure ? { type, body: figure.svg() } : null;
  }
  const found = place?.tables.find(({ table, formats }) =>
    table.id === id && formats.some((each) => each === type)
  );
  return found ? tableFile(found.table, type as Format) : null;
}

function tableFile(table: Table, type: Format): SiteFile {
  return { type, body: type === "csv" ? csv(table) : tableJsonText(table) };
}

/** Files of a cell beside its figures, by name: its record, and what lies beside that; those of all seeds are the first one's. */
function cellFiles({ results }: View, folder: string): ReadonlyMap<string, () => SiteFile> {
  const cell = folder.startsWith("cells/") ? results.cell(folder.slice("cells/".length)) : null;
  const record = cell && results.record(cell), files = new Map<string, () => SiteFile>();
  if (!cell) return files;
  if (seedsOf(cell, results)[0] === cell) {
    files.set(`${RECORDS}.gz`, () => ({ type: "gz", body: seedRecords(cell, results) }));
  }
  // The rest does not hang on a valid record: pages of generations lead to it.
  if (record) files.set(`${RECORD}.json`, () => ({ type: "json", body: canonicalJson(record) }));
  for (const [name, kind] of BESIDE) {
    if (cell[kind]) files.set(`${name}.gz`, () => ({ type: "gz", body: results.beside(cell, kind) }));
  }
  return files;
}

interface Page {
  readonly html: string;
  /** Holds the page's tables and figures. */
  readonly place: Place;
}

function pageAt(view: View, path: string, query: Query): Page | null {
  const place = placeOf(path, query, view.live !== null);
  const body = bodyAt(view, place);
  // Tables and figures register where they are rendered, some of them inside components.
  return body && { html: renderPage(place, body), place };
}

function bodyAt(view: View, place: Place): Body | null {
  const { results, live } = view;
  const { path } = place;
  switch (path) {
    case "index.html":
      return firstPage(place, results);
    case "tasks.html":
      return tasksPage(place, results);
    case "objectives.html":
      return objectivesPage(place, results);
    case "compare.html":
      return comparePage(place, results, null);
    case "claims.html":
      return claimsPage(place, results);
    case "cells.html":
      return cellsPage(place, results, 1);
    case "live.html":
      return livePage(place, live);
  }
  const list = /^cells\.([2-9]|[1-9]\d{1,4})\.html$/.exec(path);
  if (list) {
    const page = Number(list[1]);
    return page <= cellPages(results) ? cellsPage(place, results, page) : null;
  }
  const [folder, ...rest] = filesOf(path).split("/");
  const [name, part] = rest;
  if (name === undefined || rest.length > 2) return null;
  if (folder === "cells") {
    const cell = results.cell(name);
    if (!cell) return null;
    if (part === undefined) return cellPage(place, cell, results);
    const group = generationGroups(results.kept(cell)).find((each) => generationPath(name, each) === path);
    return group ? generationsPage(place, cell, results.samples(cell).samples, group) : null;
  }
  if (part !== undefined) return null;
  switch (folder) {
    case "sections":
      return leaderboardPage(place, results);
    case "tasks": {
      const task = taskIds(results).find((id) => taskPath(id) === path);
      return task === undefined ? null : taskPage(place, task, results);
    }
    case "objectives":
      return objectiveIds(results).includes(name) ? objectivePage(place, name, results) : null;
    case "compare":
      return comparePage(place, results, name);
    case "claims": {
      const claim = results.claims.find(({ report }) => claimPath(report.id) === path);
      return claim ? claimPage(place, claim) : null;
    }
  }
  return null;
}

/** Every page of an export, in a fixed order. A server has more: pages with parameters, and of each cell. */
export function* pagePaths({ results }: View): Generator<string> {
  yield* ["index.html", "tasks.html", "objectives.html", "compare.html", "claims.html", "live.html"];
  for (let page = 1; page <= cellPages(results); page++) yield cellsPath(page);
  for (const board of boards(results)) yield boardPath(board);
  for (const task of taskIds(results)) yield taskPath(task);
  for (const objective of objectiveIds(results)) yield objectivePath(objective);
  yield* comparePaths(results);
  for (const { report } of results.claims) yield claimPath(report.id);
  for (const cell of results.cells) {
    if (!hasExportedPage(cell, results)) continue;
    yield cellPath(cell.id);
    for (const group of generationGroups(results.kept(cell))) yield generationPath(cell.id, group);
  }
}

/** A page and all files that it links to: what an export writes for one address. */
export function* filesOfPage(view: View, path: string): Generator<readonly [path: string, file: SiteFile]> {
  const page = pageAt(view, path, {});
  if (!page) throw new Error(`there is no page ${path}`);
  const { place, html } = page, folder = filesOf(path);
  yield [path, { type: "html", body: html }];
  for (const { table, formats } of place.tables) {
    for (const format of formats) yield [`${folder}/${table.id}.${format}`, tableFile(table, format)];
  }
  for (const [name, file] of cellFiles(view, folder)) yield [`${folder}/${name}`, file()];
  for (const figure of place.figures) {
    yield [`${folder}/${figure.id}.svg`, { type: "svg", body: figure.svg() }];
  }
}
