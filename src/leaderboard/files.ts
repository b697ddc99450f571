/** The leaderboard as terminal text, and as the files of a results folder. */

import { canonicalJson } from "../files/canonical_json.ts";
import { replaceFile } from "../files/durable.ts";
import { type Leaderboard, leaderboardOf } from "./board.ts";
import { DETAILS_FILE, detailsMarkdown, leaderboardMarkdown, SUMMARY_FILE } from "./markdown.ts";
import { briefRanking, briefReal, costTable } from "./tables.ts";
import { CAVEAT, LEGEND, sectionFacts, sectionTitle } from "./words.ts";
import { readConfirmations } from "../records/confirmations.ts";
import type { BenchRecord } from "../records/record.ts";
import { terminalPart } from "../tables/terminal.ts";

/** What a run prints at its end: the rankings and costs of every section. */
export function leaderboardText(board: Leaderboard): string {
  const parts = board.sections.flatMap((section) => [
    `${sectionTitle(section)}\n${sectionFacts(section).map((fact) => `  ${fact}`).join("\n")}`,
    ...[
      ...section.rankings.filter(({ mode }) => mode === "strict").map((ranking) =>
        briefRanking(section, ranking, { costs: false })
      ),
      ...briefReal(section, "strict"),
      costTable(section),
    ].map(terminalPart),
  ]);
  if (parts.length === 0) return "There are no records yet.\n";
  return [...parts, `${LEGEND.join("\n")}\n${CAVEAT}`].join("\n\n") + "\n";
}

/** The files that a leaderboard consists of, by name. */
export function leaderboardFiles(board: Leaderboard): Record<string, string> {
  return {
    "leaderboard.json": canonicalJson(board),
    [SUMMARY_FILE]: leaderboardMarkdown(board),
    [DETAILS_FILE]: detailsMarkdown(board),
  };
}

/**
 * Derives the leaderboard of the records, and of the confirmations in a folder, and writes its files there. Equal
 * records and confirmations give equal bytes.
 */
export async function writeLeaderboard(
  folder: string,
  records: readonly BenchRecord[],
): Promise<Leaderboard> {
  const board = leaderboardOf(records, readConfirmations(folder));
  for (const [name, text] of Object.entries(leaderboardFiles(board))) {
    await replaceFile(`${folder}/${name}`, text);
  }
  return board;
}
