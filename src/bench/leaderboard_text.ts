/** The leaderboard as Markdown and as terminal text: pure functions of its data. */

import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import {
  type Cost,
  type Decoding,
  DECODINGS,
  type Leaderboard,
  leaderboardOf,
  meanScore,
  type Row,
  type Section,
  type TestResult,
} from "./leaderboard.ts";
import { type BenchRecord, GENERATED } from "./record.ts";
import type { Interval } from "../statistics/intervals.ts";

interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const MISSING = "–";

const LEGEND = [
  "A score is the percentage of correct responses, the mean over seeds; in brackets the 95 % Wilson interval over",
  "all graded responses; then the gain over the base model in points. Rows with the same letter are not told apart",
  "from the best of them: their intervals (over responses, or over seeds) overlap. † marks runs that diverged.",
];

const CAVEAT = "These are small models: a ranking here does not by itself transfer to larger ones.";

/** `LEADERBOARD.md`. */
export function leaderboardMarkdown(board: Leaderboard): string {
  const parts = ["# Leaderboard", `${LEGEND.join("\n")}\n${CAVEAT}`];
  if (board.sections.length === 0) parts.push("There are no records yet.");
  for (const section of board.sections) {
    parts.push(`## ${sectionTitle(section)}`, sectionFacts(section).map((fact) => `- ${fact}`).join("\n"));
    for (const table of [...summaryTables(section), costTable(section), detailTable(section)]) {
      parts.push(`### ${table.title}`, markdownTable(table));
    }
  }
  return parts.join("\n\n") + "\n";
}

/** What a run prints at its end: the summaries and costs of every section. */
export function leaderboardText(board: Leaderboard): string {
  const parts = board.sections.flatMap((section) => [
    `${sectionTitle(section)}\n${sectionFacts(section).map((fact) => `  ${fact}`).join("\n")}`,
    ...[...summaryTables(section), costTable(section)].map((table) => `${table.title}\n${textTable(table)}`),
  ]);
  if (parts.length === 0) return "There are no records yet.\n";
  return [...parts, `${LEGEND.join("\n")}\n${CAVEAT}`].join("\n\n") + "\n";
}

/**
 * Derives the leaderboard of the records and writes `leaderboard.json` and `LEADERBOARD.md` into a folder. Equal
 * records give equal bytes.
 */
export async function writeLeaderboard(
  folder: string,
  records: readonly BenchRecord[],
): Promise<Leaderboard> {
  const board = leaderboardOf(records);
  await replaceFile(`${folder}/leaderboard.json`, canonicalJson(board));
  await replaceFile(`${folder}/LEADERBOARD.md`, leaderboardMarkdown(board));
  return board;
}

function sectionTitle({ suite, backend }: Section): string {
  return `${suite.id}@${suite.version} on ${backend}`;
}

function sectionFacts({ suite, seeds, notes }: Section): string[] {
  return [
    `suite ${suite.identity.slice(0, 12)}, seeds ${seeds.join(", ")}`,
    ...notes.map((note) => `Note: ${note}`),
  ];
}

/** Rows objectives, columns tasks, one table per decoding; then the same for the real test sets. */
function summaryTables(section: Section): Table[] {
  const tables: Table[] = [];
  for (const real of [false, true]) {
    for (const decoding of DECODINGS) {
      const results = section.results.filter((result) =>
        (result.set !== GENERATED) === real && result.decoding === decoding
      );
      if (results.length > 0) tables.push(summaryTable(section, results, decoding, real));
    }
  }
  return tables;
}

function summaryTable(
  { objectives }: Section,
  results: readonly TestResult[],
  decoding: Decoding,
  real: boolean,
): Table {
  // A mean over tasks makes sense; one over real sets would count a task as often as it has sets.
  const withMean = !real && results.length > 1;
  const average = (value: number | null) => withMean ? [value === null ? MISSING : percent(value)] : [];
  const baseMean = results.reduce((total, { base }) => total + base.score, 0) / results.length;
  return {
    title: `${real ? "Real test sets" : "Generated puzzles"}, ${decoding}`,
    header: [
      "objective",
      ...results.map((result) => columnName(result, real)),
      ...(withMean ? ["mean"] : []),
    ],
    rows: [
      [
        "base",
        ...results.map(({ base }) => `${percent(base.score)} ${interval(base.interval)}`),
        ...average(baseMean),
      ],
      ...objectives.map((objective) => [
        objective,
        ...results.map(({ rows }) => summaryCell(rows.find((row) => row.objective === objective))),
        ...average(meanScore(results, objective)),
      ]),
    ],
  };
}

function columnName({ task, set, subset }: TestResult, real: boolean): string {
  const name = real ? set : task;
  return subset === "all" ? name : `${name} (${subset})`;
}

function summaryCell(row: Row | undefined): string {
  if (!row) return MISSING;
  const { score, overResponses, gain, group, diverged } = row;
  return `${percent(score)} ${interval(overResponses)} ${signed(gain)} ${group}${
    diverged.length > 0 ? "†" : ""
  }`;
}

function costTable({ objectives, tasks, costs }: Section): Table {
  const cell = (cost: Cost | undefined) =>
    cost
      ? `${(cost.peakDeviceBytes / 2 ** 20).toFixed(1)} MiB, ${amount(cost.updates)}, ${
        amount(cost.forwards)
      }`
      : MISSING;
  return {
    title: "Cost of training: peak device memory, updates, forward passes (a backward pass counts as two)",
    header: ["objective", ...tasks],
    rows: objectives.map((objective) => [
      objective,
      ...tasks.map((task) => cell(costs.find((cost) => cost.task === task && cost.objective === objective))),
    ]),
  };
}

/** Everything the summaries leave out, one line per result and objective. */
function detailTable({ results }: Section): Table {
  const measures = [...new Set(results.flatMap(({ base }) => Object.keys(base.measures)))].sort();
  return {
    title: "All results",
    header: [
      "task",
      "test set",
      "decoding",
      "objective",
      "seeds",
      "n",
      "base",
      "score",
      "over responses",
      "over seeds",
      "gain",
      "gain over seeds",
      ...measures.map((name) => `${name}: base, after`),
    ],
    rows: results.flatMap(({ task, set, subset, decoding, base, rows }) =>
      rows.map((row) => [
        task,
        subset === "all" ? set : `${set} (${subset})`,
        decoding,
        row.objective,
        String(row.seeds.length) + (row.diverged.length > 0 ? `, ${row.diverged.length} diverged` : ""),
        String(row.n),
        percent(base.score),
        percent(row.score),
        interval(row.overResponses),
        row.overSeeds ? interval(row.overSeeds) : MISSING,
        signed(row.gain),
        row.gainOverSeeds ? interval(row.gainOverSeeds) : MISSING,
        ...measures.map((name) =>
          name in row.measures ? `${percent(base.measures[name]!)}, ${percent(row.measures[name]!)}` : MISSING
        ),
      ])
    ),
  };
}

function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  return text === "-0.0" ? "0.0" : text;
}

function signed(share: number): string {
  const text = percent(share);
  return text.startsWith("-") ? text : `+${text}`;
}

function interval([low, high]: Interval): string {
  return `[${percent(low)}, ${percent(high)}]`;
}

/** A mean of counts: whole where it is whole. */
function amount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function markdownTable({ header, rows }: Table): string {
  const widths = columnWidths({ header, rows });
  const line = (cells: readonly string[]) => `| ${padded(cells, widths).join(" | ")} |`;
  return [line(header), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)]
    .join("\n");
}

function textTable({ header, rows }: Table): string {
  const widths = columnWidths({ header, rows });
  const line = (cells: readonly string[]) => `  ${padded(cells, widths).join("  ")}`.trimEnd();
  return [line(header), `  ${widths.map((width) => "─".repeat(width)).join("  ")}`, ...rows.map(line)].join(
    "\n",
  );
}

function columnWidths({ header, rows }: Pick<Table, "header" | "rows">): number[] {
  return header.map((name, i) => Math.max(name.length, 3, ...rows.map((row) => row[i]!.length)));
}

function padded(cells: readonly string[], widths: readonly number[]): string[] {
  return cells.map((cell, i) => cell.padEnd(widths[i]!));
}
