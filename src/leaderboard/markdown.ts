/** The leaderboard as Markdown: a summary, and details in a file of their own. Pure functions of its data. */

import { groupBy, unique } from "../std/collections.ts";
import type { Leaderboard, Section } from "./board.ts";
import { improvementTable, profileTable, resultTable, trainingTable } from "./detail_tables.ts";
import type { Description } from "./notes.ts";
import { briefRanking, briefReal, COST_NOTE, rankingTable, realTable } from "./tables.ts";
import { CAVEAT, LEGEND, sectionFacts, sectionTitle } from "./words.ts";
import { MODES } from "../../tasks/verdict.ts";
import { reportedTable } from "./reported.ts";
import { escapeMarkdown, markdownParts } from "../tables/markdown.ts";
import { MISSING, type Table, textsTable } from "../tables/table.ts";

export const SUMMARY_FILE = "LEADERBOARD.md";
export const DETAILS_FILE = "LEADERBOARD_DETAILS.md";

/** `LEADERBOARD.md`: the main ranking of every section, what its columns mean, then everything else in brief. */
export function leaderboardMarkdown(board: Leaderboard): string {
  const parts = [
    "# Leaderboard",
    `${CAVEAT}\nEvery interval and further tables: [${DETAILS_FILE}](${DETAILS_FILE}); all of it as data: ` +
    "[leaderboard.json](leaderboard.json).",
  ];
  if (board.sections.length === 0) parts.push("There are no records yet.");
  for (const section of board.sections) {
    const [first] = section.rankings;
    parts.push(...sectionHead(section, sectionTitle(section)));
    if (first) parts.push(...markdownParts(briefRanking(section, first, { costs: true })));
  }
  parts.push("## How to read the tables", howToRead(board));
  for (const section of board.sections) {
    const tables = [
      ...section.rankings.slice(1).filter(({ mode }) => mode === "strict").map((ranking) =>
        briefRanking(section, ranking, { costs: false })
      ),
      ...briefReal(section, "strict"),
    ];
    parts.push(`## More of ${sectionTitle(section)}`, ...tables.flatMap(markdownParts));
  }
  if (board.sections.length > 0) parts.push(...objectiveParts(board.sections));
  parts.push(
    "## Reported by papers",
    "Numbers that papers report about LLaDA-8B. They were not measured here, and neither models nor budgets nor\n" +
      "graders are those of the tables above: they are for orientation, not for comparison.",
    ...board.reported.flatMap((table) => markdownParts(reportedTable(table))),
  );
  return parts.join("\n\n") + "\n";
}

/** `LEADERBOARD_DETAILS.md`: every ranking, test set, mode and result with its intervals, and how training went. */
export function detailsMarkdown(board: Leaderboard): string {
  const parts = ["# Details of the leaderboard", howToRead(board)];
  if (board.sections.length === 0) parts.push("There are no records yet.");
  for (const section of board.sections) {
    const [first] = section.rankings;
    const tables = [
      ...section.rankings.map((ranking) => rankingTable(section, ranking)),
      ...(first ? [improvementTable(section, first), profileTable(section, first)] : []),
      ...MODES.flatMap((mode) => realTable(section, mode) ?? []),
      trainingTable(section),
      ...section.results.filter(({ mode }) => mode === "strict").map((result) =>
        resultTable(section, result)
      ),
    ];
    parts.push(...sectionHead(section, sectionTitle(section)), ...tables.flatMap(markdownParts));
  }
  return parts.join("\n\n") + "\n";
}

function sectionHead(section: Section, title: string): string[] {
  return [`## ${title}`, sectionFacts(section).map((fact) => `- ${fact}`).join("\n")];
}

function howToRead({ bootstrap: { seed, replicates } }: Leaderboard): string {
  return `${LEGEND.join("\n")}\nBootstrap: ${replicates} replicates, seed ${seed}.\n${COST_NOTE}`;
}

/** What the objectives are, how they were set in every section, and how they depart from their papers. */
function objectiveParts(sections: readonly Section[]): string[] {
  const described = sections.flatMap(({ objectives }) => objectives);
  const rows = groupBy(described, ({ objective }) => objective).map(([id, [{ title, paper }]]) => [
    id,
    title,
    paper,
    ...sections.map(({ objectives }) => settingsCell(objectives.find(({ objective }) => objective === id))),
  ]);
  const table: Table = {
    ...textsTable({
      caption: "Settings",
      columns: ["Objective", "Name", "Source", ...sections.map(sectionTitle)],
      rows,
    }),
    note:
      "Learning rate; passes over a rollout x updates per pass; then settings that are not the source's defaults, " +
      "which follow in brackets.",
  };
  const departures = Map.groupBy(
    described.flatMap(({ objective, departures }) => departures.map((text) => ({ objective, text }))),
    ({ text }) => text,
  );
  const lines = [...departures].map(([text, members]) =>
    `- **${escapeMarkdown(unique(members.map(({ objective }) => objective)).join(", "))}**: ${
      escapeMarkdown(text)
    }`
  );
  return [
    "## Objectives as they ran",
    ...markdownParts(table),
    ...(lines.length > 0
      ? ["### Departures", `From the papers or their released code, in every section:\n\n${lines.join("\n")}`]
      : []),
  ];
}

function settingsCell(description: Description | undefined): string {
  if (!description) return MISSING;
  const training = description.training.map(({ learningRate, updates: { inner, miniBatches } }) =>
    `${learningRate}; ${inner} x ${miniBatches}`
  );
  const overrides = description.overrides.map(([name, here, paper]) =>
    `${name} ${here}${paper === null ? "" : ` (${paper})`}`
  );
  return [training.join(" or "), ...(overrides.length > 0 ? [overrides.join(", ")] : [])].join("; ");
}
