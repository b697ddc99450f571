import { assert, assertEquals, assertThrows } from "@std/assert";
import { dataFiles } from "../data/files.ts";
import { findDataFile } from "../data/open.ts";
import { PROTOCOLS, readJsonLines } from "../real_task.ts";
import {
  checkLargeTexts,
  checkPrompts,
  fuzzGrades,
  type Recorded,
  recordedGenerations,
  recordedTest,
} from "../testing/real_task.ts";
import { realFileTest } from "../testing/testing.ts";
import { math500 } from "./mod.ts";
import type { MathItem } from "./rows.ts";

const { train, validation, test } = math500.splits as Record<string, typeof math500.splits.test>;
const item: MathItem = { problem: "How many?", solution: null, gold: "5", subject: null, level: null };

await recordedTest(math500, 500);

/** Rows of the recorded generations on which the two graders differ; on all of them `strict` is right. */
const DISAGREEMENTS: readonly (readonly [row: number, gold: string, answer: string])[] = [
  [48, "\\frac{3}{2}", "1.5"],
  [92, "\\frac{448}{15625}", "\\frac{2240}{78125}"],
  [153, "\\frac{2}{21}", "\\frac{8}{84}"],
  [155, "\\frac{1}{4}", "\\frac{1}{4}"],
  [165, "\\frac{4}{9}", "8/18"],
  [227, "\\text{(C)}", "C"],
  [253, "\\frac{1}{8}", "\\frac{3}{24}"],
  [326, "\\frac{9}{100}", "0.09"],
  [343, "58,500", "58500"],
  [362, "\\frac14", "0.25"],
  [363, "2", "\\frac{6}{3}"],
  [368, "31", "8 + 8 + 15 = 31 units"],
  [383, "x \\in [-2,7]", "[-2, 7]"],
  [397, "23", "23"],
  [451, "\\frac{639}{40}", "15.975"],
  [488, "\\$36", "36.00"],
];

await realFileTest(
  "math500: where strict and d1 differ on the recorded generations",
  test!.file,
  async (bytes) => {
    const recorded = await findDataFile(recordedGenerations);
    if (recorded === null) return;
    const rows = math500.load("test", bytes);
    const found: (readonly [number, string, string | null])[] = [];
    for (const { task, row_index, generation } of readJsonLines(recorded) as Recorded[]) {
      if (task !== "math500") continue;
      const { item } = rows[row_index]!, { strict, d1 } = await math500.grade(item, generation);
      if (strict.correct === d1!.correct) continue;
      assert(strict.correct, `row ${row_index}: ${strict.reason}`);
      found.push([row_index, item.gold, strict.answer]);
    }
    assertEquals(found.sort(([a], [b]) => a - b), [...DISAGREEMENTS]);
  },
);

/**
 * Solutions that end in a list of boxes, of which the gold is only the last, by split and row; and one that answers
 * "Question 1" to "Question 6", which nothing tells from a model that goes on with other questions (3495).
 */
const REFUSED: Readonly<Record<string, readonly number[]>> = {
  train: [334, 504, 3997, 4253, 5419, 5446, 6843, 7414],
  validation: [376, 2434, 2446, 2626, 3495, 4379],
  test: [],
};

for (const [name, split] of Object.entries(math500.splits)) {
  await realFileTest(
    `math500: every worked solution of ${name} is right, to both graders`,
    split.file,
    async (bytes) => {
      const rows = math500.load(name, bytes);
      assertEquals(rows.length, split.rows);
      for (const { index, item } of rows) {
        // Two of the training rows have an empty box.
        if (item.gold === "") continue;
        for (const text of [item.solution!, `\\boxed{${item.gold}}`, `<answer>$${item.gold}$</answer>`]) {
          const { strict } = await math500.grade(item, text);
          const isRefused = text === item.solution && REFUSED[name]!.includes(index);
          assertEquals(strict.correct, !isRefused, `row ${index}: ${strict.answer}, ${strict.reason}`);
        }
        assertEquals(await math500.rewards["d1"]!.score(item, item.solution!), 2.25, `row ${index}`);
        assert(item.problem !== "" && item.subject !== null);
      }
    },
  );
}

await realFileTest(
  "math500: no test problem is a training or validation problem",
  test!.file,
  async (testBytes) => {
    // Signs count: a training problem differs from a test problem in one.
    const words = ({ problem }: MathItem) => problem!.toLowerCase().replace(/[\s.,:;?!]+/g, "");
    const problems = new Set(math500.load("test", testBytes).map(({ item }) => words(item)));
    assertEquals(problems.size, 500);
    for (const [name, { file }] of [["train", train!], ["validation", validation!]] as const) {
      const bytes = await findDataFile(file);
      if (bytes === null) continue;
      for (const { index, item } of math500.load(name, bytes)) {
        assert(
          !problems.has(words(item)),
          `${name} ${index}`,
        );
      }
    }
  },
);

Deno.test("math500: a file that is not as stated is refused by line", () => {
  const read = (text: string) => math500.load("test", new TextEncoder().encode(text));
  const row = '{"problem": "p", "solution": "s", "answer": "5", "subject": "Algebra", "level": 3}';
  assertEquals(read(row), [{
    index: 0,
    item: { problem: "p", solution: "s", gold: "5", subject: "Algebra", level: 3 },
  }]);
  const other = '{"problem": "p", "solution": "s", "answer": "5", "type": "Algebra", "level": "Level ?"}';
  assertEquals(read(`${row}\n${other}\n`)[1]!.item.level, null);
  assertThrows(() => read(`${row}\n{}`), SyntaxError, "line 2");
  assertThrows(() => read('{"problem": "p", "solution": "s", "answer": 5}'), SyntaxError, '"answer"');
  assertThrows(
    () => math500.load("dev", new Uint8Array()),
    RangeError,
    "known splits: train, validation, test",
  );
});

Deno.test("math500: a line may carry its gold", () => {
  assertEquals(math500.itemOf({ gold: "\\frac12" }, []).gold, "\\frac12");
  assertEquals(math500.itemOf({ gold: 7, problem: "p" }, []), { ...item, gold: "7", problem: "p" });
  for (const gold of ["", " ", null, [5]]) {
    assertThrows(() => math500.itemOf({ gold }, []), SyntaxError, "expected gold to be an answer");
  }
});

Deno.test("math500: prompts", () => {
  checkPrompts(math500, item, ["How many?"]);
  for (const protocol of PROTOCOLS) {
    assertThrows(() => math500.prompt({ ...item, problem: null }, protocol), TypeError, "problem");
  }
});

Deno.test("math500: rewards", async () => {
  const score = async (name: string, text: string, of = item) => await math500.rewards[name]!.score(of, text);
  assertEquals(await score("clean", "The answer is 5."), 1);
  assertEquals(await score("clean", "\\boxed{6}"), 0);
  assertEquals(await score("bgpo", "The answer is 5."), 0);
  assertEquals(await score("bgpo", "\\boxed{\\frac{10}{2}}"), 1);
  assertEquals(await score("d1", "<answer>\\boxed{5}</answer>"), 2.75);
  assertEquals(await score("d1-fixed", "<answer>\\boxed{5}</answer>"), 3);
  // d1 takes its gold from the worked solution.
  const solved = { ...item, solution: "so $\\boxed 7$." };
  assertEquals(await score("d1", "\\boxed{7}", solved), 2.25);
  assertEquals(await score("clean", "\\boxed{7}", solved), 0);
});

const PIECES = [
  ..."0125+-*/=^_(){},.$ \n",
  ..."\\boxed{ \\boxed \\fbox{ } <answer> </answer> \\frac \\sqrt \\text{ \\left( \\right) \\pi \\pm \\cup \\{ \\} \\% x y cm"
    .split(" "),
  "answer is ",
  "Answer:",
  "<|eot_id|>",
  "\nProblem:",
  "\\boxed{5}",
];

Deno.test("math500: 20,000 random responses", async () => {
  assert(await fuzzGrades(math500, item, PIECES, 20_000) > 5000);
});

Deno.test("math500: megabytes are graded in linear time", async () => {
  const units = [
    "\\",
    "\\boxed{1}",
    "\\boxed 1",
    "\\\\",
    "answer is 5\n",
    "{\\boxed{",
    "^\\circ",
    "a ",
    "1,",
    "\u0000",
  ];
  await checkLargeTexts(math500, item, [...new Set([...PIECES, ...units])]);
  await checkLargeTexts(math500, { ...item, gold: "\\text{east}" }, ["east ", "\\text{east}", "e"]);
  const nested = "\\boxed{" + "{".repeat(100_000) + "5" + "}".repeat(100_001);
  assertEquals((await math500.grade(item, nested)).strict.correct, false);
});

Deno.test("math500: data files", () => {
  assertEquals([train!.file, validation!.file, test!.file], [
    dataFiles.mathTrain,
    dataFiles.mathValidation,
    dataFiles.math500Test,
  ]);
});
