import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkLargeTexts, checkPrompts, goldenGradeTests, recordedTest } from "../testing/real_task.ts";
import { randomSequence } from "../../kernels/philox/random.ts";
import { hostileText, realFileTest } from "../testing/testing.ts";
import { d1Cells, d1Grade } from "./d1_grade.ts";
import { GRIDS, solutions } from "./grids.ts";
import { realSudoku } from "./mod.ts";
import { D1_ROWS } from "./real_rows.ts";

const item = { puzzle: "0310200404001043", solution: "4312213434211243" };
const { solution } = item;
const rows = solution.match(/..../g)!;
const END = "<|eot_id|><|endoftext|>";

await recordedTest(realSudoku, 256);

goldenGradeTests(realSudoku, "0310200404001043", item, [
  [`</reasoning>\n<answer>\n${solution}\n</answer>${END}`, solution, true, true, "solved"],
  [`<answer>\n${rows.join("\n")}\n</answer>`, solution, true, true],
  [`<answer>\n\`\`\`\n${rows.join("\n")}\n\`\`\`\n</answer>`, solution, true, true],
  [`<answer>${[...solution].join(" ")}</answer>`, solution, true, true],
  [`${solution}`, solution, true, true],
  [`${solution}\n</answer>`, solution, true, true],
  [`<answer>${solution}`, solution, true, true],
  [`<answer></answer>\n${solution}${END}`, null, false, true],
  // What d1 takes for cells: brackets, commas, quotes and words shift them.
  [`<answer>${[...solution].join(",")}</answer>`, solution, true, false],
  [`<answer>"${solution}"</answer>`, solution, true, false],
  [`<answer>[${solution}]</answer>`, solution, true, false],
  [`<answer>${JSON.stringify(rows)}</answer>`, solution, true, false],
  [`<answer>| ${[...solution].join(" | ")} |</answer>`, solution, true, false],
  [`<answer>The solution is ${solution}.</answer>`, solution, true, false],
  [`<answer>\\boxed{${solution}}</answer>`, solution, true, false],
  [
    `<answer>Row 1: ${rows[0]}\nRow 2: ${rows[1]}\nRow 3: ${rows[2]}\nRow 4: ${rows[3]}</answer>`,
    solution,
    true,
    false,
  ],
  [`<answer>1111111111111111</answer> <answer>${solution}</answer>`, solution, true, false],
  // What d1 pads, cuts or does not look at.
  [`<answer>${solution}4</answer>`, null, false, true, "no answer"],
  [`<answer>${solution}</answer> no: <answer>1111111111111111</answer>`, "1111111111111111", false, true],
  ["<answer>4412213434211243</answer>", "4412213434211243", false, true, "changes the given"],
  [`<answer>${solution.slice(0, 15)}</answer>`, null, false, true],
  [`<answer>${item.puzzle}</answer>`, item.puzzle, false, false, "leaves row 1"],
  ["<answer>3312213434211243</answer>", "3312213434211243", false, false, "3 at row 1"],
  ["", null, false, false, "no answer"],
]);

goldenGradeTests(realSudoku, "0310200404001043, hostile", item, [
  [`${END}${solution}`, null, false, true],
  ["１".repeat(16), null, false, false],
  [`<answer>\u0000${solution}</answer>`, solution, true, false],
  [`<answer>\u{1d7dc}${solution.slice(1)}</answer>`, null, false, false],
  [`\ud800<answer>${solution}</answer>\udfff`, solution, true, true],
  [`<answer>${"`".repeat(10_000)}${solution}\`\`\``, null, false, true],
  [`<answer>${" ".repeat(10_000)}${solution}</answer>`, null, false, true],
  [`${"<answer>".repeat(10_000)}${solution}</answer>`, solution, true, false],
  ["<answer>constructor</answer>", null, false, false],
  [`<answer>${solution.slice(0, 8)}<|mask|>${solution.slice(8)}</answer>`, null, false, false],
  ["4".repeat(100_000), null, false, false],
  [`<answer>0x${solution}</answer>`, null, false, false],
]);

// Of the two solutions of this puzzle one is stored.
const ambiguous = { puzzle: "3040413004000304", solution: "3241413224131324" };
goldenGradeTests(realSudoku, "an ambiguous puzzle", ambiguous, [
  ["3241413224131324", "3241413224131324", true, true],
  ["3241413214232314", "3241413214232314", true, false, "otherwise than the stored"],
]);

Deno.test("sudoku: cells are counted in both modes", async () => {
  const { strict, d1 } = await realSudoku.grade(item, "<answer>331221343421124</answer>");
  assertEquals(strict.measures, { cells: { count: 0, total: 8 } });
  // Padded with a 0 where 3 is given.
  assertEquals(d1!.measures, { cells: { count: 7, total: 8 } });
});

Deno.test("sudoku: d1's five searches, in order", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ["<answer>x ``` 12 34\n```</answer>", "1234000000000000"],
    ["<answer>ab c</answer>", "abc0000000000000"],
    ["<answer>12<|eot_id|>34</answer>", "1200000000000000"],
    ["<answer> </answer> 77 <|endoftext|>8", "7700000000000000"],
    ["</answer> behind", "behind0000000000"],
    ["91234123412341234 </answer>", "1234123412341234"],
    ["a 1234123412341234 b", "1234123412341234"],
    ["a1234123412341234 b", null],
    ["12341234123412345", null],
    ["<answer>open", null],
    ["``` 1234 ```", null],
    ["<answer>```  ```x</answer>", "``````x000000000"],
    ["<answer>````12```</answer>", "1200000000000000"],
    ["", null],
  ];
  for (const [text, cells] of cases) assertEquals(d1Cells(text), cells, JSON.stringify(text));
});

Deno.test("sudoku: rewards", async () => {
  const score = async (name: string, text: string) => await realSudoku.rewards[name]!.score(item, text);
  const cases: readonly (readonly [string, number, number])[] = [
    [`<answer>${solution}</answer>`, 1, 1],
    [`<answer>[${[...solution].join(", ")}]</answer>`, 1, 1],
    ["<answer>3312213434211243</answer>", 7 / 8, 7 / 8],
    ["<answer>4412213434211243</answer>", 0, 1],
    [`<answer>${item.puzzle}</answer>`, 0, 0],
    [`<answer>${solution.slice(0, 4)}</answer>`, 0, 2 / 8],
    [`<answer>${solution}9</answer>`, 0, 1],
    [solution, 1, 0],
    ["", 0, 0],
  ];
  for (const [text, clean, d1] of cases) {
    assertEquals(await score("clean", text), clean, text);
    assertEquals(await score("d1", text), d1, text);
  }
  const other = await realSudoku.rewards.clean.score(ambiguous, "3241413214232314");
  assertEquals(other, 1);
});

await realFileTest(
  "sudoku: every stored solution is right to both graders",
  realSudoku.splits.test.file,
  async (bytes) => {
    const all = realSudoku.load("test", bytes);
    assertEquals(all.length, 500);
    for (const { item } of all) {
      const { strict, d1 } = await realSudoku.grade(item, `<answer>\n${item.solution}\n</answer>`);
      assert(strict.correct && d1!.correct);
      assertEquals(realSudoku.itemOf({ ...item }, []), item);
    }
    const evaluated = realSudoku.load("d1", bytes);
    assertEquals(evaluated.map(({ index }) => index), D1_ROWS);
    assertEquals(evaluated[0]!.item, all[361]!.item);
  },
);

Deno.test("sudoku: a line may carry its puzzle and solution", () => {
  assertEquals(realSudoku.itemOf({ ...item, index: 3 }, []), item);
  assertThrows(
    () => realSudoku.itemOf({ ...item, puzzle: 310200404001043 }, []),
    SyntaxError,
    "expected puzzle",
  );
  assertThrows(() => realSudoku.itemOf({ ...item, puzzle: solution }, []), SyntaxError, "expected puzzle");
  assertThrows(() => realSudoku.itemOf({ ...item, solution: GRIDS[0]! }, []), SyntaxError, "to solve");
  assertThrows(() => realSudoku.load("train", new Uint8Array()), RangeError, "known splits: test, d1, spg");
});

Deno.test("sudoku: prompts name the puzzle", () => checkPrompts(realSudoku, item, [item.puzzle]));

const PIECES = [
  ..."01234,[] \n|`x.",
  solution,
  rows[0]!,
  "<answer>",
  "</answer>",
  "```",
  "<|eot_id|>",
  "Row 1: ",
  "\\\\",
];

Deno.test("sudoku: on 100,000 random texts nothing throws, and what is correct is a solution", async () => {
  const draws = randomSequence({ seed: 5, stream: 1003 });
  let answers = 0, differ = 0;
  for (let i = 0; i < 100_000; i++) {
    const text = hostileText(draws, PIECES);
    const { strict, d1 } = await realSudoku.grade(item, text);
    assertEquals(strict.correct, strict.answer !== null && solutions(item.puzzle).includes(strict.answer));
    for (const reward of Object.values(realSudoku.rewards)) {
      const score = await reward.score(item, text);
      assert(score >= 0 && score <= 1, text);
    }
    assertEquals(await realSudoku.rewards.clean.score(item, text) === 1, strict.correct);
    if (strict.answer !== null) answers++;
    if (strict.correct !== d1!.correct) differ++;
  }
  assert(answers > 1000 && differ > 100, `${answers} answers, ${differ} differ`);
});

Deno.test("sudoku: megabytes are graded in linear time", async () => {
  const units = [
    "1",
    "1 2\n",
    "```1",
    "`",
    "</answer>1",
    `${solution}\n</answer>`,
    "\u0661",
    "\u{1d7d9}",
    "a1",
    "\\begin{array}{",
    "<answer>1</answer>",
    "<|eot_id",
    "\\boxed{",
    "1. ",
    "1. 3142 2. ",
    "3142/",
    "not ",
    "\u202e",
  ];
  await checkLargeTexts(realSudoku, item, [...PIECES, ...units]);
  await checkLargeTexts(realSudoku, item, ["<answer>" + "```1 ".repeat(200_000)]);
  assertEquals(d1Grade(item, "1".repeat(1_000_000)).answer, null);
});
