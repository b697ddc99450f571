import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { findDataFile } from "../data/open.ts";
import {
  checkLargeTexts,
  checkPrompts,
  fuzzGrades,
  goldenGradeTests,
  recordedTest,
} from "../testing/real_task.ts";
import { realFileTest } from "../testing/testing.ts";
import { d1Equation } from "./d1_grade.ts";
import { readExpression } from "./expression.ts";
import { pythonValue } from "./python_expression.ts";
import { realCountdown } from "./mod.ts";
import type { CountdownItem } from "./test_sets.ts";

const { train, test } = realCountdown.splits;
const problem = (numbers: number[], target: number): CountdownItem => ({ numbers, target, solution: null });
const item = problem([5, 3, 2], 6);
const END = "<|eot_id|><|endoftext|>";

await recordedTest(realCountdown, 256);

goldenGradeTests(realCountdown, "5, 3, 2 -> 6", item, [
  [`</reasoning>\n<answer>\n\\boxed{5 + 3 - 2}\n</answer>${END}`, "5+3-2", true, true],
  ["\\boxed{5+3-2}", "5+3-2", true, true],
  [`<answer>5+3-2</answer>${END}`, "5+3-2", true, false],
  ["<answer>\n5+3-2\n", "5+3-2", true, false],
  ["5+3-2", "5+3-2", true, true],
  ["\\boxed{5+3-2 = 6}", "5+3-2", true, true],
  ["\\boxed{5+3-2=7}", "5+3-2", true, true],
  ["\\boxed{6 = 5+3-2}", "5+3-2", true, false],
  ["\\boxed{(5+3)-2}", "(5+3)-2", true, true],
  ["\\boxed{[5+3]-2}", "(5+3)-2", true, false],
  ["\\boxed{\\left(5+3\\right)-2}", "(5+3)-2", true, false],
  ["\\boxed{5 \u2212 2 + 3}", "5-2+3", true, false],
  ["\\boxed{$5+3-2$}", "5+3-2", true, false],
  ["<answer>The expression is 5+3-2, which is 6.</answer>", "5+3-2", true, false],
  ["<answer>boxed{5+3-2}</answer>", "5+3-2", true, false],
  ["<answer>```\n5+3-2\n```</answer>", "5+3-2", true, false],
  ["<answer>5+2, no: 5+3-2</answer>", "5+3-2", true, false],
  ["\\boxed{5+3-2} and \\boxed{5+3+2}", "5+3+2", false, false, "value 10, target 6"],
  ["\\boxed{5+3}", "5+3", false, false, "does not use 2"],
  ["\\boxed{5+3-2+0}", "5+3-2+0", false, false, "uses 0"],
  ["\\boxed{6}", "6", false, false],
  ["\\boxed{}", null, false, false],
  ["the numbers 5, 3 and 2 give 6", null, false, false],
  ["", null, false, false, "no expression"],
  // Python's idea of an expression, not ours.
  ["\\boxed{-2+5+3}", null, false, true, "no expression"],
  ["\\boxed{5.+3-2}", null, false, true],
  ["\\boxed{5+3-2.0}", null, false, false],
  ["\\boxed{2**3-5}", null, false, false],
  ["\\boxed{5\n+3-2}", "5+3-2", true, false],
  // An expression that is part of another is none.
  ["\\boxed{5+3-2^2}", null, false, false],
  ["\\boxed{1.5+3-2}", null, false, false],
  ["\\boxed{9^{5+3-2}}", null, false, false],
  ["\\boxed{\\sqrt{5+3-2}}", null, false, false],
  ["\\boxed{5+3-2 x 4}", null, false, false],
  ["\\boxed{4x 5+3-2}", null, false, false],
  ["\\boxed{5+3-2!}", null, false, false],
  ["\\boxed{5+3-2\\pmod 7}", null, false, false],
  ["\\boxed{{5+3-2}^2}", null, false, false],
  ["\\boxed{5+3-2a}", null, false, false],
  ["\\boxed{5+3-2 \\text{ is it}}", "5+3-2", true, false],
  ["\\boxed{\\(5+3-2\\)}", "5+3-2", true, false],
]);

goldenGradeTests(realCountdown, "5, 3, 2 -> 6, hostile", item, [
  ["\\boxed{9**9**9}", null, false, false],
  ["\\boxed{5**3**2}", null, false, false],
  [`${"\\boxed{".repeat(10_000)}5+3-2`, "5+3-2", true, false],
  ["(".repeat(100_000) + "5+3-2" + ")".repeat(100_000), null, false, false],
  ["\\boxed{" + "(".repeat(200) + "5" + ")".repeat(200) + "+3-2}", null, false, true],
  ["\\boxed{" + "(".repeat(201) + "5" + ")".repeat(201) + "+3-2}", null, false, false],
  ["\\boxed{__import__('os').system('id')}", null, false, false],
  ["\\boxed{().__class__}", null, false, false],
  ["\\boxed{()*5+3-2}", null, false, false],
  ["\\boxed{5(3)-2}", null, false, false],
  ["\\boxed{\u0665+3-2}", null, false, false],
  ["\\boxed{5+3-2\u0000}", "5+3-2", true, false],
  ["\u202e\\boxed{5+3-2}", "5+3-2", true, true],
  [`${END}\\boxed{5+3-2}`, null, false, true],
  ["\\boxed 5+3-2$", "5+3-2", true, true],
  ["\\boxed{5+3-2", "5+3-2", true, false],
  ["\\boxed{5+3-2<answer>5+3-2</answer>", "5+3-2", true, true],
  ["\\boxed{...}", null, false, false],
  ["9".repeat(100_000), null, false, false],
]);

// d1 counts digits, wherever they stand, and takes every operator of Python.
goldenGradeTests(realCountdown, "3, 4, 2 -> 81", problem([3, 4, 1], 81), [
  ["\\boxed{3**4*1}", null, false, true],
  ["\\boxed{3**4/1}", null, false, true],
  ["\\boxed{3^4*1}", null, false, false],
]);
goldenGradeTests(realCountdown, "7, 2, 1 -> 3", problem([7, 2, 1], 3), [
  ["\\boxed{7//2*1}", null, false, true],
  ["\\boxed{7/2*1}", "7/2*1", false, false],
]);
goldenGradeTests(realCountdown, "4, 5, 2 -> 4 through a complex number", problem([4, 5, 2], 4), [
  ["\\boxed{-((-4)**.5)**2}", null, false, true],
]);
goldenGradeTests(realCountdown, "3, 4, 5 -> 17", problem([3, 4, 5], 17), [[
  "\\boxed{3.4*5}",
  null,
  false,
  true,
]]);
goldenGradeTests(realCountdown, "1, 3, 3 -> 1", problem([1, 3, 3], 1), [
  ["\\boxed{\\frac{1}{3}*3}", "((1)/(3))*3", true, false],
  ["\\boxed{1/3*3}", "1/3*3", true, true],
  ["\\boxed{1 \\div 3 \\times 3}", "1/3*3", true, true],
]);

Deno.test("countdown: what d1 takes for the equation", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["\\boxed{1 + 2 = 3}", "1 + 2"],
    ["a (1+2)= 3 b", "(1+2)"],
    ["y, 3+4 =7", "3+4"],
    // The first equals sign has a space on its left.
    ["x = 1, 3+4 =7", ""],
    ["1+2=x", "1+2=x"],
    ["\\boxed{1", "\\boxed{1"],
    ["\\boxed{1 <answer> 2 </answer>", "2"],
    ["2 \\cdot 3 \\div 1", "2 * 3 / 1"],
  ];
  for (const [text, equation] of cases) assertEquals(d1Equation(text), equation, text);
});

await realFileTest("countdown: d1's test rows by index", test.file, (bytes) => {
  const rows = realCountdown.load("test", bytes);
  assertEquals(rows.length, test.rows);
  assertEquals(rows[0], { index: 0, item: problem([30, 100, 93], 23) });
});

await realFileTest(
  "countdown: training rows have three numbers and are in no test set",
  train.file,
  async (bytes) => {
    const rows = realCountdown.load("train", bytes);
    assertEquals(rows.length, train.rows);
    assert(rows.every(({ item }) => item.numbers.length === 3));
    const testBytes = await findDataFile(test.file);
    if (testBytes === null) return;
    const tested = new Set(
      realCountdown.load("test", testBytes).map(({ item }) => realCountdown.identify(item)),
    );
    for (const { item } of rows) assertFalse(tested.has(realCountdown.identify(item)));
  },
);

Deno.test("countdown: a line may carry its numbers and target", () => {
  assertEquals(realCountdown.itemOf({ numbers: [4, 4, 2], target: 2 }, []), problem([4, 4, 2], 2));
  for (
    const line of [{ numbers: "4,2", target: 2 }, { numbers: [], target: 2 }, { numbers: [1.5], target: 2 }]
  ) {
    assertThrows(() => realCountdown.itemOf(line, []), SyntaxError, "expected numbers");
  }
  assertThrows(() => realCountdown.itemOf({ numbers: [1], target: "2" }, []), SyntaxError, '"2"');
  assertThrows(() => realCountdown.load("test", new TextEncoder().encode("{}")), SyntaxError, "line 1");
  assertThrows(() => realCountdown.load("train", new TextEncoder().encode("{}")), SyntaxError, "line 1");
});

Deno.test("countdown: prompts name the numbers and the target", () => {
  checkPrompts(realCountdown, problem([30, 100, 93], 23), ["30, 100, 93", "23"]);
});

Deno.test("countdown: rewards", async () => {
  const score = async (name: string, text: string) => await realCountdown.rewards[name]!.score(item, text);
  const cases: readonly (readonly [string, number, number])[] = [
    ["<answer>5+3-2</answer>", 1, 1],
    ["<answer>5+3+2</answer>", 0.1, 0.1],
    ["<answer>5+3</answer>", 0, 0.1],
    ["<answer></answer>", 0, 0.1],
    ["<answer>\\boxed{5+3-2}</answer>", 1, 0.1],
    ["<answer>5+3-2 = 6</answer>", 1, 0.1],
    ["<answer>-2+5+3</answer>", 0, 1],
    ["<answer>1</answer><answer>5+3-2</answer>", 1, 1],
    ["\\boxed{5+3-2}", 1, 0],
    ["<answer>5+3-2", 1, 0],
    ["", 0, 0],
  ];
  for (const [text, clean, d1] of cases) {
    assertEquals(await score("clean", text), clean, text);
    assertEquals(await score("d1", text), d1, text);
  }
});

const PIECES = [
  ..."0123456789+-*/().= \n",
  ..."523523+-",
  "5+3-2",
  "\\boxed{",
  "}",
  "<answer>",
  "</answer>",
  "\\div",
  "\\times",
  "\\frac{5}{3}",
  "\u2212",
  "**",
  "//",
  "<|eot_id|>",
];

Deno.test("countdown: 100,000 random texts", async () => {
  assert(await fuzzGrades(realCountdown, item, PIECES, 100_000) > 1000);
});

Deno.test("countdown: both readers give an expression one value", () => {
  const draws = randomSequence({ seed: 6, stream: 1002 });
  const write = (depth: number): string => {
    if (depth === 0 || draws.below(3) === 0) return String(draws.below(100));
    const inside = `${write(depth - 1)}${"+-*/"[draws.below(4)]}${write(depth - 1)}`;
    return draws.below(2) === 0 ? `(${inside})` : inside;
  };
  let compared = 0;
  for (let i = 0; i < 100_000; i++) {
    const source = write(3);
    const exact = readExpression(source)!.value, python = pythonValue(source);
    assertEquals(exact === null, typeof python === "string", source);
    if (exact === null || typeof python === "string" || python.kind === "complex") continue;
    const { numerator, denominator } = exact;
    // Floats lose digits where large intermediate values cancel.
    if (python.kind === "int") assertEquals(numerator, python.value * denominator, source);
    else if (
      Math.abs(python.value - Number(numerator) / Number(denominator)) > 1e-6 * Math.abs(python.value) + 1e-6
    ) {
      throw new Error(`${source}: ${python.value}, exactly ${numerator}/${denominator}`);
    }
    compared++;
  }
  assert(compared > 50_000);
});

Deno.test("countdown: megabytes are graded in linear time", async () => {
  const units = [
    "5+3-2 ",
    "5=",
    "(",
    "\\boxed{",
    "5 = ",
    "<answer>5",
    "\\frac{5}",
    "\u0665",
    "5.",
    "[",
    "\n",
    "1+",
    "{",
    "\\boxed{1}",
    "<answer>5+3 no: ",
    "{5 \\over ",
    "\\text{",
    "5+3=",
    "**5",
    "<|eot_id",
    "\u202e",
  ];
  await checkLargeTexts(realCountdown, item, [...PIECES, ...units]);
});
