import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exampleRecord } from "../bench/testing.ts";
import { leaderboardOf } from "./board.ts";
import { leaderboardText } from "./files.ts";
import { detailsMarkdown, leaderboardMarkdown } from "./markdown.ts";
import { records, withOutcome } from "./testing.ts";

function cellsOf(line: string): string[] {
  return line.split("|").map((cell) => cell.trim()).slice(1, -1);
}

Deno.test("settings of every objective are one table, and a departure that several share is printed once", () => {
  const other = exampleRecord({ task: "a", objective: "bgpo", seed: 1, version: 2 });
  const text = leaderboardMarkdown(leaderboardOf([...records(), other]));
  const line = text.split("\n").find((each) => each.includes("BGPO (arXiv") || each.includes("| BGPO "))!;
  assertEquals(cellsOf(line), [
    "bgpo",
    "BGPO",
    "arXiv 2510.11683 v3",
    "0.0005; 2 x 1; normalize 1 (0), samples 2 (16)",
    "0.0005; 2 x 1; normalize 1 (0), samples 2 (16)",
  ]);
  const departure = "eps 1e-6 is added to the standard deviation";
  assertStringIncludes(text, `- **bgpo, vrpo-ol**: ${departure}`);
  assertEquals(text.split(departure).length, 2);
  const unknown = leaderboardOf([exampleRecord({ task: "a", objective: "later", seed: 1 })]);
  const row = leaderboardMarkdown(unknown).split("\n").find((each) => each.includes("not an objective"))!;
  assertEquals(cellsOf(row).slice(0, 3), ["later", "later", "not an objective of this code"]);
});

Deno.test("papers' numbers stand apart, with a source for every table", () => {
  const board = leaderboardOf(records());
  const text = leaderboardMarkdown(board), at = text.indexOf("## Reported by papers");
  assert(at > 0);
  for (const { title, source, rows } of board.reported) {
    assert(source.length > 0 && rows.length > 0);
    assert(text.indexOf(`### Reported, not measured here: ${title}`) > at, title);
  }
  // BGPO's table 1: Countdown 87.5.
  assertMatch(text.slice(at), /\| BGPO +\| .* 87\.5 /);
  assert(!text.slice(0, at).includes("87.5"));
});

Deno.test("the first table shows ranks, aggregates, gains by task, and costs", () => {
  const lines = leaderboardMarkdown(leaderboardOf(records())).split("\n");
  const at = lines.indexOf("### Objectives by mean score, sampled, graded strictly, equal compute (staged)");
  assert(at > 0 && at < lines.indexOf("## How to read the tables"));
  assertEquals(cellsOf(lines[at + 2]!), [
    "Objective",
    "Rank",
    "Tie groups",
    "Mean (%, over runs)",
    "Gain over base (points, over runs)",
    "countdown/mini (%)",
    "sudoku/mini (%)",
    "Compute (FLOP per run)",
    "Forward passes (per run)",
    "Updates (per run)",
    "Peak memory",
  ]);
  assertEquals(cellsOf(lines[at + 4]!), [
    "bgpo",
    "1",
    "a",
    "79.3 [78.9, 79.7]",
    "+54.3 [+53.9, +54.7]",
    "79.3 +54.3",
    "79.3 +54.3",
    "2.28 G",
    "1,200",
    "6",
    "3.00 MiB",
  ]);
  assertStringIncludes(
    lines[at + 9]!,
    "0 of 3 pairs are told apart; 2 tasks x seeds 1, 2; so few runs cannot tell any pair apart.",
  );
  for (const line of lines) assert(!/NaN|undefined|null|Infinity/.test(line), line);
});

Deno.test("the summary has greedy decoding, equal updates and real test sets after the first table", () => {
  const point = {
    puzzles: "test" as const,
    step: 0,
    updates: 0,
    forwards: 0,
    decoding: "greedy" as const,
    n: 32,
    correct: 8,
  };
  const text = leaderboardMarkdown(leaderboardOf(
    records().map((record) => withOutcome(record, { curve: [point] })),
  ));
  const titles = text.match(/^##+ .*(?=\n)/gm)!;
  assertEquals(titles.slice(0, titles.indexOf("## Objectives as they ran")), [
    "## mini@1 on webgpu, staged",
    "### Objectives by mean score, sampled, graded strictly, equal compute (staged)",
    "## How to read the tables",
    "## More of mini@1 on webgpu, staged",
    "### Objectives by mean score, greedy, graded strictly, equal compute (staged)",
    "### Objectives by mean score, greedy, graded strictly, equal updates (staged)",
    "### Real test sets, mode strict (staged)",
  ]);
});

Deno.test("the details have an interval for every score, both grading modes and every result", () => {
  const text = detailsMarkdown(leaderboardOf(records())), lines = text.split("\n");
  const at = lines.indexOf("### Objectives by mean score, sampled, graded strictly, equal compute (staged)");
  assertEquals(cellsOf(lines[at + 4]!).slice(0, 10), [
    "bgpo",
    "1",
    "a",
    "79.3 [78.9, 79.7]",
    "+54.3 [+53.9, +54.7]",
    "79.3 [78.9, 79.7]",
    "79.3",
    "20.7",
    "79.3 [74.3, 84.3] +54.3",
    "79.3 [74.3, 84.3] +54.3",
  ]);
  for (
    const title of [
      "Objectives by mean score, sampled, graded as the d1 papers do, equal compute",
      "Performance profile, equal compute, sampled",
      "Real test sets, mode strict",
      "Real test sets, mode d1",
      "Training by task, means over seeds; the peak is the largest",
    ]
  ) assert(lines.includes(`### ${title} (staged)`), title);
  const heads = lines.filter((line) => line.startsWith("### "));
  for (
    const title of [
      "How probable it is that",
      "sudoku/mini, generated puzzles, sampled",
      "sudoku/mini, sudoku-",
    ]
  ) {
    assert(heads.some((head) => head.startsWith(`### ${title}`)), title);
  }
  for (const line of lines) assert(!/NaN|undefined|null|Infinity/.test(line), line);
});

Deno.test("no records give an empty leaderboard that says so", () => {
  assertEquals(leaderboardOf([]).sections, []);
  assertStringIncludes(leaderboardMarkdown(leaderboardOf([])), "There are no records yet.");
  assertStringIncludes(leaderboardText(leaderboardOf([])), "There are no records yet.");
});
