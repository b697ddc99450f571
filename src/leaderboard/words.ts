/** Sentences of the leaderboard that every form of it has. */

import type { Section } from "./board.ts";

export const LEGEND = [
  "A score is the percentage of correct responses, the mean over seeds; then the gain over the base model in",
  "points. Mean and interquartile mean (of the middle half of all runs) have 95 % stratified bootstrap intervals over",
  "runs, single tasks have t intervals over seeds, or Wilson's over responses where there is one seed.",
  "Ranks: 1 + the objectives that are better and told apart; rows that share a letter are not told apart. Two",
  "objectives are told apart by exact sign flips of the differences of paired runs, one per task and seed on common",
  "puzzles, with Holm's correction for all pairs at 5 %. † marks runs that diverged.",
];

export const CAVEAT = "These are small models: a ranking here does not by itself transfer to larger ones.";

const SETTINGS: Readonly<Record<Section["setting"], string>> = {
  staged:
    "staged: the base models have the skill but were shown demonstrations with one systematic mistake, which " +
    "training can undo",
  natural: "natural: the base models were trained on correct demonstrations alone",
};

export function sectionTitle({ suite, backend, setting }: Section): string {
  return `${suite.id}@${suite.version} on ${backend}, ${setting}`;
}

/** What a reader must know about a section before its tables. */
export function sectionFacts({ suite, seeds, notes, setting, classes, records }: Section): string[] {
  return [
    ...(records.confirmed === 0 ? [] : [
      `${records.confirmed} of ${
        records.made + records.confirmed
      } records were made by earlier code and are confirmed ` +
      "for later code, which gave the same bytes where it trained a sample of them again (confirmations.json)",
    ]),
    `suite ${suite.identity.slice(0, 12)}, seeds ${seeds.join(", ")}; ${SETTINGS[setting]}`,
    ...classes.filter((members) => members.length > 1).map((members) =>
      `${members.join(" = ")}: equal byte for byte in every cell, shown as one`
    ),
    ...notes.map((note) => `Note: ${note}`),
  ];
}
