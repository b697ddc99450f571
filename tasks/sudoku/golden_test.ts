/** Responses and what they must come to. The first puzzle has eight empty cells and one solution. */

import { type Golden, goldenTests } from "../testing/testing.ts";
import { sudokuMini } from "./mini.ts";
import { sudokuExample } from "./test_sets.ts";

const puzzle = "0310200404001043", solution = "4312213434211243";
const solved = { parse: solution, reward: 1, correct: true, reason: "solved" };
const none = { parse: null, reward: 0, correct: false, reason: "no answer of sixteen cells" };
const spaced = [...solution].join(" ");
const rows = solution.match(/..../g)!;

const ordinary: Golden[] = [
  { response: solution, ...solved },
  { response: ` ${solution}\n`, ...solved },
  { response: spaced, ...solved },
  { response: rows.join("\n"), ...solved },
  { response: rows.join("\r\n"), ...solved },
  { response: [...solution].join(","), ...solved },
  { response: JSON.stringify(rows.map((row) => [...row].map(Number))), ...solved },
  { response: `"${solution}"`, ...solved },
  { response: "```\n" + rows.join("\n") + "\n```", ...solved },
  { response: rows.map((row) => `| ${[...row].join(" | ")} |`).join("\n+---+---+\n"), ...solved },
  { response: `<answer>\n${solution}\n</answer>`, ...solved },
  { response: `<reasoning>Row 1 needs 4.</reasoning>\n<answer>${solution}</answer>`, ...solved },
  { response: `<answer>${puzzle}</answer>, no: <answer>${solution}</answer>`, ...solved },
  { response: `<answer>${solution}`, ...solved },
  {
    response: puzzle,
    parse: puzzle,
    reward: 0,
    correct: false,
    reason: "leaves row 1, column 1 empty",
  },
  // Seven of the eight cells.
  {
    response: "3312213434211243",
    parse: "3312213434211243",
    reward: 7 / 8,
    correct: false,
    reason: "3 at row 1, column 1 and at row 1, column 2",
  },
  // All empty cells right, a given overwritten: d1 does not look at it, the rules do.
  {
    response: "4412213434211243",
    parse: "4412213434211243",
    reward: 1,
    correct: false,
    d1: true,
    reason: "changes the given at row 1, column 2",
  },
  // Another valid grid, but not of this puzzle.
  {
    response: "1234341221434321",
    parse: "1234341221434321",
    reward: 0,
    correct: false,
    reason: "changes the given at row 1, column 2",
  },
  // 3 and 4 swapped in the empty cells of the lower half.
  {
    response: "4312213444211243",
    parse: "4312213444211243",
    reward: 7 / 8,
    correct: false,
    reason: "4 at row 1, column 1 and at row 3, column 1",
  },
  { response: solution.slice(1), ...none },
  { response: `${solution}1`, ...none },
  { response: "4312213434211245", ...none },
  { response: "", ...none },
  { response: "   \n", ...none },
  { response: `The answer is ${solution}`, ...solved },
  { response: `${puzzle} is solved by ${solution}.`, ...solved },
  { response: rows.map((row, at) => `Row ${at + 1}: ${[...row].join(" ")}`).join("\n"), ...solved },
  { response: `\\boxed{${solution}}`, ...solved },
  {
    response: `\\begin{array}{|cc|cc|}\\hline ${
      rows.map((row) => [...row].join(" & ")).join(" \\\\ ")
    } \\end{array}`,
    ...solved,
  },
  { response: `**${solution}**`, ...solved },
  { response: "```text\n" + rows.join("\n") + "\n```", ...solved },
  { response: `the cells 1 to 4: ${solution}4`, ...none },
  { response: `${solution}x`, ...none },
  { response: `a${solution}`, ...none },
];

const hostile: Golden[] = [
  { response: `${solution}<|eot_id|><|endoftext|><|endoftext|>`, ...solved },
  { response: `<answer>${solution}</answer><|eot_id|>${"1".repeat(40)}`, ...solved },
  { response: `${solution.slice(0, 8)}<|endoftext|>${solution.slice(8)}`, ...none },
  { response: `${solution.slice(0, 8)}<|mask|>${solution.slice(8)}`, ...none },
  { response: `${solution.slice(0, 15)}\uFFFD`, ...none },
  { response: `${solution.slice(0, 15)}\u0000${solution[15]}`, ...none },
  // Read in the order of its digits, not as it would be shown.
  {
    response: `\u202e${[...solution].reverse().join("")}\u202c`,
    parse: "3421124343122134",
    reward: 0 / 8,
    correct: false,
    reason: "changes the given at row 1, column 2",
  },
  { response: `\u200b${solution}`, ...solved },
  { response: "４３１２２１３４３４２１１２４３", ...none },
  { response: "४३१२२१३४३४२११२४३", ...none },
  { response: "4.3e12213434211243", ...none },
  { response: "0x4312213434211243", ...none },
  { response: `<answer></answer>${solution}`, ...none },
  { response: `${solution}</answer><answer>`, ...none },
  { response: "<answer>".repeat(20_000) + solution, ...solved },
  { response: "constructor", ...none },
  { response: "\ud800" + solution, ...solved },
  { response: "1".repeat(1_000_000), ...none },
  { response: " ".repeat(1_000_000) + solution, ...none },
  { response: "[".repeat(100_000), ...none },
];

const example = sudokuExample({ puzzle, solution });
goldenTests(sudokuMini, "ordinary", example, ordinary);
goldenTests(sudokuMini, "hostile", example, hostile);

// Two solutions: both are correct, but d1, measure and reward count the stored one's digits.
const several = sudokuExample({ puzzle: "3040413004000304", solution: "3241413224131324" });
goldenTests(sudokuMini, "ambiguous puzzle's", several, [
  { response: "3241413224131324", parse: "3241413224131324", reward: 1, correct: true, reason: "solved" },
  {
    response: "3241413214232314",
    parse: "3241413214232314",
    reward: 4 / 8,
    correct: true,
    d1: false,
    reason: "solved, otherwise than the stored solution",
  },
]);
