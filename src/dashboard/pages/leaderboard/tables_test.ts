/** Whoever reads the leaderboard reads the same numbers: every table in every form, cell by cell. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { exampleRecord } from "../../../bench/testing.ts";
import { confirmationsOf, readConfirmations } from "../../../records/confirmations.ts";
import { readRecords } from "../../../records/folder.ts";
import { csv } from "../../../tables/csv.ts";
import { TableView } from "../../parts/table_view.tsx";
import { tableJson } from "../../../tables/json.ts";
import { markdownParts } from "../../../tables/markdown.ts";
import { type Cell, cellText, type Column, headText, shown, type Table } from "../../../tables/table.ts";
import { terminalPart } from "../../../tables/terminal.ts";
import { MODES } from "../../../../tasks/verdict.ts";
import { type Leaderboard, leaderboardOf } from "../../../leaderboard/board.ts";
import {
  improvementTable,
  profileTable,
  resultTable,
  trainingTable,
} from "../../../leaderboard/detail_tables.ts";
import { leaderboardFiles, leaderboardText } from "../../../leaderboard/files.ts";
import { reportedTable } from "../../../leaderboard/reported.ts";
import { briefRanking, briefReal, costTable, rankingTable, realTable } from "../../../leaderboard/tables.ts";

/** Every table of a board, whole and as readers with little room get it. */
function tablesOf({ sections, reported }: Leaderboard): Table[] {
  return [
    ...sections.flatMap((section) => [
      ...section.rankings.flatMap((ranking) => [
        rankingTable(section, ranking),
        briefRanking(section, ranking, { costs: true }),
        briefRanking(section, ranking, { costs: false }),
        improvementTable(section, ranking),
        profileTable(section, ranking),
      ]),
      ...MODES.flatMap((
        mode,
      ) => [...briefReal(section, mode), ...[realTable(section, mode) ?? []].flat()]),
      ...section.results.map((result) => resultTable(section, result)),
      trainingTable(section),
      costTable(section),
    ]),
    ...reported.map(reportedTable),
  ];
}

/** Fields of the lines of a Markdown table, markup undone. */
function markdownFields(text: string): string[][] {
  return text.split("\n").filter((_, i) => i !== 1).map((line) =>
    line.slice(2, -2).split(/(?<!\\) \| /).map((field) => field.trim().replace(/\\(.)/g, "$1"))
  );
}

/** Fields of the lines of a terminal's table, by the widths of the line under its head. */
function terminalFields(text: string, { rows: { length } }: Table): string[][] {
  const lines = text.split("\n").slice(1, 3 + length);
  const [head, rule, ...rows] = lines, columns: [number, number][] = [];
  for (const { index, 0: run } of rule!.matchAll(/\u2500+/g)) columns.push([index, index + run.length]);
  return [head!, ...rows].map((line) => columns.map(([from, to]) => line.slice(from, to).trim()));
}

/** Fields of comma-separated lines, quotes undone. */
function csvFields(text: string): string[][] {
  return text.trimEnd().split("\r\n").map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
      quoted?.replaceAll('""', '"') ?? plain!
    )
  );
}

/** What a page shows in the body of a table: of each cell its number, its text, and the ends of its bar, as drawn. */
function htmlFields(html: string, columns: readonly Column[]) {
  const body = html.slice(html.indexOf("<tbody>"), html.indexOf("</tbody>"));
  return body.split("<tr>").slice(1).map((row) =>
    [...row.matchAll(/<(t[hd])([^>]*)>(.*?)<\/\1>/gs)].map(([, , attributes, content], i) => {
      const [, value] = /data-value="([^"]*)"/.exec(attributes!) ?? [];
      const [, low, high] = /class="whisker" d="M([\d.]+) 6H([\d.]+)"/.exec(content!) ?? [];
      const [from, to] = columns[i]!.range ?? [0, 1];
      const end = (x: string | undefined) =>
        x === undefined ? null : from + (Number(x) - 2) / 92 * (to - from);
      const text = content!.replace(/<svg.*?<\/svg>/gs, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")
        .trim();
      return { value, text: unescaped(text), ends: [end(low), end(high)] };
    })
  );
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll(
    "&#39;",
    "'",
  )
    .replaceAll("&amp;", "&");
}

/** The forms of a table. */
const FORMS = {
  markdown: (table: Table) => markdownParts(table)[1]!,
  terminal: terminalPart,
  csv,
  json: (table: Table) => JSON.stringify(tableJson(table)),
  html: (table: Table) =>
    String(
      TableView({
        table,
        order: null,
        query: null,
        link: (target) => target,
        formats: [],
        file: (name) => name,
      }),
    ),
};

/** Every form of a table says what its cells say. */
function checkForms(table: Table, forms = FORMS): void {
  const { columns, rows, caption } = table;
  const texts = [
    columns.map(headText),
    ...rows.map((row) => row.map((cell, i) => cellText(cell, columns[i]!))),
  ];
  assertEquals(
    markdownFields(forms.markdown(table)),
    texts.map((line) => line.map((text) => text.trim())),
    caption,
  );
  assertEquals(
    terminalFields(forms.terminal(table), table),
    texts.map((line) => line.map((text) => text.trim())),
    caption,
  );

  const shownRows = htmlFields(forms.html(table), columns);
  const [header, ...lines] = csvFields(forms.csv(table));
  const { rows: data } = JSON.parse(forms.json(table)) as ReturnType<typeof tableJson>;
  assertEquals([lines.length, data.length], [rows.length, rows.length], caption);
  rows.forEach((row, r) => {
    row.forEach(({ value, interval }, c) => {
      const { id, over } = columns[c]!, kind = columns[c]!.kind;
      assert(!interval || over, `${caption}: column ${id} does not say what its intervals are over`);
      const field = (name: string) => lines[r]![header!.indexOf(name)]!;
      const read = typeof value === "number" ? Number(field(id)) : field(id).replace(/^'(?=[=+\-@])/, "");
      assertEquals(read, value ?? "", `${caption}: ${id}`);
      const json = data[r]![id] as { value: unknown; interval?: readonly number[] };
      assertEquals(json.value, value);
      assertEquals(json.interval ?? null, interval ? [...interval] : null);
      if (interval) assertEquals([field(`${id}_low`), field(`${id}_high`)].map(Number), [...interval]);
      const { text: seen, value: sorted, ends } = shownRows[r]![c]!;
      assert(seen.includes(shown({ value }, kind)), `${caption}: ${id} on a page: ${seen}`);
      if (kind !== "text") assertEquals(sorted, String(value ?? ""), `${caption}: ${id} on a page`);
      if (interval && columns[c]!.range) {
        const [low, high] = columns[c]!.range!, step = (high - low) / 92 / 100 + 1e-12;
        interval.forEach((end, side) => {
          const drawn = Math.min(high, Math.max(low, end));
          assert(
            Math.abs(ends[side]! - drawn) <= step,
            `${caption}: ${id}: drawn at ${ends[side]}, is ${drawn}`,
          );
        });
      }
      // What people read is that number, rounded.
      const text = texts[r + 1]![c]!;
      assert(value === null || text.startsWith(shown({ value }, kind)), `${caption}: ${id}: ${text}`);
      for (const end of interval ?? []) assert(text.includes(shown({ value: end }, kind)), text);
    });
  });
}

const RECORDS = [1, 2].flatMap((seed) =>
  ["countdown/mini", "sudoku/mini"].flatMap((task) =>
    ["bgpo", "vrpo-ol", "reinforce-elbo"].map((objective) => exampleRecord({ task, objective, seed }))
  )
);

Deno.test("every table of the leaderboard says the same in every form", async () => {
  const boards = [
    leaderboardOf(RECORDS, confirmationsOf([])),
    leaderboardOf(RECORDS.slice(0, 6), confirmationsOf([])),
    leaderboardOf(await readRecords("results"), readConfirmations("results")),
  ];
  for (const board of boards) {
    const tables = tablesOf(board);
    assert(tables.length > 20, String(tables.length));
    for (const table of tables) checkForms(table);
    // What is printed and what is written are these tables.
    const files = Object.values(leaderboardFiles(board)).join("\n"), text = leaderboardText(board);
    for (const section of board.sections) {
      const [first] = section.rankings;
      if (!first) continue;
      assert(files.includes(markdownParts(rankingTable(section, first))[1]!));
      assert(files.includes(markdownParts(briefRanking(section, first, { costs: true }))[1]!));
      assert(text.includes(terminalPart(briefRanking(section, first, { costs: false }))));
    }
  }
});

Deno.test("a form that says another number, or leaves one out, is found", () => {
  const [table] = tablesOf(leaderboardOf(RECORDS, confirmationsOf([])));
  checkForms(table!);
  const at = table!.columns.findIndex(({ id }) => id === "mean");
  const changed = (change: (cell: Cell) => Cell): Table => ({
    ...table!,
    rows: table!.rows.map((row, r) => row.map((cell, c) => r === 0 && c === at ? change(cell) : cell)),
  });
  const faults = {
    "another value": changed((cell) => ({ ...cell, value: Number(cell.value) + 0.01 })),
    "another interval": changed((cell) => ({ ...cell, interval: [0.1, 0.9] })),
    "no interval": changed(({ interval: _, ...cell }) => cell),
    "no value": changed(() => ({ value: null })),
  };
  for (const form of Object.keys(FORMS) as (keyof typeof FORMS)[]) {
    for (const [name, wrong] of Object.entries(faults)) {
      assertThrows(
        () => checkForms(table!, { ...FORMS, [form]: () => FORMS[form](wrong) }),
        Error,
        undefined,
        `${form}: ${name}`,
      );
    }
  }
  const silent = { ...table!, columns: table!.columns.map(({ over: _, ...column }) => column) };
  assertThrows(() => checkForms(silent), Error, "does not say what its intervals are over");
});
