/** The leaderboard as Markdown and as terminal text: pure functions of its data. */

import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { type Leaderboard, leaderboardOf, type Section } from "./leaderboard.ts";
import type { Description } from "./leaderboard_notes.ts";
import {
  costTable,
  detailTable,
  improvementTable,
  profileTable,
  rankingTable,
  realTables,
  trainingTable,
} from "./leaderboard_tables.ts";
import type { BenchRecord } from "./record.ts";
import type { ReportedTable } from "./reported.ts";
import { escape, markdownTable, MISSING, type Table, textTable } from "./table.ts";

const LEGEND = [
  "A score is the percentage of correct responses, the mean over seeds; then the gain over the base model in",
  "points. Mean and IQM (mean of the middle half of all runs) have 95 % stratified bootstrap intervals over seeds.",
  "Ranks: 1 + the objectives that are better and told apart; rows that share a letter are not told apart. Two",
  "objectives are told apart by exact sign flips of the differences of paired runs, one per task and seed on common",
  "puzzles, with Holm's correction for all pairs at 5 %. † marks runs that diverged.",
];

const CAVEAT = "These are small models: a ranking here does not by itself transfer to larger ones.";

const SETTINGS: Readonly<Record<Section["setting"], string>> = {
  staged:
    "staged: the base models have the skill but were shown demonstrations with one systematic mistake, which " +
    "training can undo",
  natural: "natural: the base models were trained on correct demonstrations alone",
};

/** `LEADERBOARD.md`. */
export function leaderboardMarkdown(board: Leaderboard): string {
  const { seed, replicates } = board.bootstrap;
  const parts = [
    "# Leaderboard",
    `${LEGEND.join("\n")}\nBootstrap: ${replicates} replicates, seed ${seed}.\n${CAVEAT}`,
  ];
  if (board.sections.length === 0) parts.push("There are no records yet.");
  for (const section of board.sections) {
    const [first] = section.rankings;
    parts.push(`## ${sectionTitle(section)}`, sectionFacts(section).map((fact) => `- ${fact}`).join("\n"));
    const tables = [
      ...section.rankings.map((ranking) => rankingTable(section, ranking, false)),
      ...(first ? [improvementTable(section, first), profileTable(section, first)] : []),
      ...realTables(section, false),
      trainingTable(section),
      detailTable(section),
    ];
    for (const table of tables) parts.push(...markdownParts(table));
    parts.push("### Objectives as they ran", ...section.objectives.map(descriptionMarkdown));
  }
  parts.push(
    "## Reported by papers",
    "Numbers that papers report about LLaDA-8B. They were not measured here, and neither models nor budgets nor\n" +
      "graders are those of the tables above: they are for orientation, not for comparison.",
    ...board.reported.flatMap((table) => markdownParts(reportedTable(table))),
  );
  return parts.join("\n\n") + "\n";
}

/** What a run prints at its end: the rankings and costs of every section. */
export function leaderboardText(board: Leaderboard): string {
  const parts = board.sections.flatMap((section) => [
    `${sectionTitle(section)}\n${sectionFacts(section).map((fact) => `  ${fact}`).join("\n")}`,
    ...[
      ...section.rankings.filter(({ mode }) => mode === "strict").map((ranking) =>
        rankingTable(section, ranking, true)
      ),
      ...realTables(section, true),
      costTable(section),
    ].map((table) => `${table.title}\n${textTable(table)}${table.note ? `\n  ${table.note}` : ""}`),
  ]);
  if (parts.length === 0) return "There are no records yet.\n";
  return [...parts, `${LEGEND.join("\n")}\n${CAVEAT}`].join("\n\n") + "\n";
}

/** The files that a leaderboard consists of, by name. */
export function leaderboardFiles(board: Leaderboard): Record<string, string> {
  return { "leaderboard.json": canonicalJson(board), "LEADERBOARD.md": leaderboardMarkdown(board) };
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
  for (const [name, text] of Object.entries(leaderboardFiles(board))) {
    await replaceFile(`${folder}/${name}`, text);
  }
  return board;
}

function sectionTitle({ suite, backend, setting }: Section): string {
  return `${suite.id}@${suite.version} on ${backend}, ${setting}`;
}

function sectionFacts({ suite, seeds, notes, setting, classes }: Section): string[] {
  return [
    `suite ${suite.identity.slice(0, 12)}, seeds ${seeds.join(", ")}; ${SETTINGS[setting]}`,
    ...classes.filter((members) => members.length > 1).map((members) =>
      `${members.join(" = ")}: equal byte for byte in every cell, shown as one`
    ),
    ...notes.map((note) => `Note: ${note}`),
  ];
}

function descriptionMarkdown(description: Description): string {
  const { objective, title, paper, departures, overrides, training } = description;
  const lines = [`**${escape(objective)}**: ${escape(title)} (${escape(paper)})`];
  lines.push(
    ...training.map(({ learningRate, updates: { inner, miniBatches } }) =>
      `- learning rate ${learningRate}, updates per rollout ${
        inner * miniBatches
      } (passes ${inner}, mini-batches ${miniBatches})`
    ),
  );
  if (overrides.length > 0) {
    const settings = overrides.map(([name, here, paper]) =>
      `${name} ${here}${paper === null ? "" : ` (default ${paper})`}`
    );
    lines.push(`- settings that are not the defaults: ${escape(settings.join(", "))}`);
  }
  lines.push(...departures.map((departure) => `- departure: ${escape(departure)}`));
  return lines.join("\n");
}

function reportedTable({ title, source, status, conditions, columns, rows }: ReportedTable): Table {
  const quoted = rows.filter((row) => row.quoted).map(({ method, quoted }) => `${method}: ${quoted}.`);
  return {
    title: `Reported, not measured here: ${title}`,
    header: ["method", ...columns],
    rows: rows.map(({ method, objective, scores, quoted }) => [
      `${method}${objective ? ` (${objective})` : ""}${quoted ? " ‡" : ""}`,
      ...scores.map((score) => score === null ? MISSING : String(score)),
    ]),
    note: `Source: ${source}${status === "unverified" ? " (not verified)" : ""}. ${conditions}.` +
      (quoted.length > 0 ? ` ‡ ${quoted.join(" ")}` : ""),
  };
}

function markdownParts(table: Table): string[] {
  return [`### ${table.title}`, markdownTable(table), ...(table.note ? [escape(table.note)] : [])];
}
