import { assert, assertEquals } from "@std/assert";
import { expressionGolden, type ExpressionRow, generatedTaskTests } from "../testing/testing.ts";
import { humanevalMini, splitOf, type StepsItem } from "./mini.ts";

const item: StepsItem = {
  steps: [{ name: "sub", number: 8 }, { name: "sub", number: 4 }, { name: "mul", number: 3 }],
  cases: [{ x: 0, expected: -36 }, { x: 1, expected: -33 }, { x: 3, expected: -27 }, { x: 7, expected: -15 }],
};
const example = {
  id: "humaneval/mini:x, sub 8, sub 4, mul 3",
  prompt: "x, sub 8, sub 4, mul 3",
  item,
  tags: [],
};

/** Response, reward, verdict, part of the reason. */
const cases: readonly ExpressionRow[] = [
  ["(x-8-4)*3", 1, true, "passed 4 tests"],
  ["3*(x-8-4)", 1, true, "passed 4 tests"],
  ["x*3-36", 1, true, "passed 4 tests"],
  ["(x-12)*3", 1, true, "passed 4 tests"],
  ["((x-8)-4)*3", 1, true, "passed 4 tests"],
  ["x+x+x-36", 1, true, "passed 4 tests"],
  ["-(12-x)*3", 1, true, "passed 4 tests"],
  ["(x-8-4)*6/2", 1, true, "passed 4 tests"],
  ["(x-8-4)*3%99", 0, false, "f(0) is 63, not -36"],
  ["(x+8+4)*3", 0, false, "f(0) is 36, not -36"],
  ["x-8-4*3", 0, false, "f(0) is -20, not -36"],
  ["0-36", 0.25, false, "f(1) is -36, not -33"],
  ["(x-8-4)*3+x*(x-1)", 0.5, false, "f(3) is -21, not -27"],
  ["x", 0, false, "f(0) is 0, not -36"],
  ["", 0, false, "the program does not run: SyntaxError"],
  ["(x-8-4)*", 0, false, "the program does not run: SyntaxError"],
  ["(x-8-4*3", 0, false, "the program does not run: SyntaxError"],
  ["x-8)-4)*3", 0, false, "the program does not run: SyntaxError"],
  ["*(x-8-4)*3", 0, false, ""],
  ["(x-8-4)3", 0, false, "the program does not run: SyntaxError"],
  // What could be more than an expression of x is not run.
  ["(x-8-4)*3\n", 0, false, "the expression is not run"],
  ["(x-8-4)*3####", 0, false, "the expression is not run"],
  ["x=3", 0, false, "the expression is not run"],
  ["Tom has 3 eggs", 0, false, "the expression is not run"],
  ["__import__('os')", 0, false, "the expression is not run"],
  ["print(x)", 0, false, "the expression is not run"],
  ["(lambda:x)()", 0, false, "the expression is not run"],
  ["\uFFFD", 0, false, "the expression is not run"],
  ["(x-8-4)*3\0", 0, false, "the expression is not run"],
  ["\u202e(x-8-4)*3", 0, false, "the expression is not run"],
  ["(x-\u0668-4)*3", 0, false, "the expression is not run"],
  ["x".repeat(100_000), 0, false, "the expression is not run"],
  // Bits decide, not the clock.
  ["9**9**7", 0, false, "its powers have more than"],
  ["9**9**9**9", 0, false, "its powers have more than"],
  ["x**x**x**x", 0, false, ""],
  ["x()", 0, false, "TypeError"],
  ["5(x)", 0, false, "TypeError"],
  ["x/0", 0, false, "ZeroDivisionError"],
  ["0**-x", 0, false, ""],
  ["(".repeat(200) + "x", 0, false, ""],
];
generatedTaskTests(humanevalMini, {
  example,
  goldens: { any: cases.map(expressionGolden) },
  samples: 3000,
  flaw: {
    flaw: 0.65,
    oneCoin: false,
    samples: 2000,
    title: "add what is to be subtracted",
    wrong: "(x+8+4)*3",
    right: "(x-8-4)*3",
    refused: NaN,
  },
});

Deno.test("humaneval/mini: docstrings are as described, and none is in both splits", () => {
  for (const split of ["train", "test"] as const) {
    const prompts = new Set<string>();
    for (let index = 0; index < 3000; index++) {
      const { prompt, item } = humanevalMini.generate(split, 1, index);
      assert(/^x(, (add|sub|mul) [1-9]){3}$/.test(prompt), prompt);
      assertEquals(splitOf(prompt), split);
      assertEquals(item.cases.map(({ x }) => x), [0, 1, 3, 7]);
      prompts.add(prompt);
    }
    assert(prompts.size > 1000, `${prompts.size} different docstrings`);
  }
});
