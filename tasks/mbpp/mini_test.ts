import { assert, assertEquals } from "@std/assert";
import { expressionGolden, type ExpressionRow, generatedTaskTests } from "../testing/testing.ts";
import { type ExamplesItem, mbppMini, splitOf } from "./mini.ts";

const item: ExamplesItem = {
  operator: "+",
  number: 8,
  cases: [[8, 16], [1, 9], [2, 10], [0, 8], [5, 13]].map(([x, expected]) => ({ x: x!, expected: expected! })),
};
const example = { id: "mbpp/mini:8>16,1>09,2>10", prompt: "8>16,1>09,2>10", item, tags: [] };

/** Response, reward, verdict, part of the reason. */
const cases: readonly ExpressionRow[] = [
  ["x+8", 1, true, "passed 5 tests"],
  ["8+x", 1, true, "passed 5 tests"],
  ["x+9-1", 1, true, "passed 5 tests"],
  ["x--8", 1, true, "passed 5 tests"],
  ["(x+8)", 1, true, "passed 5 tests"],
  ["x + 8", 1, true, "passed 5 tests"],
  ["x+16/2", 1, true, "passed 5 tests"],
  ["x+8%9", 1, true, "passed 5 tests"],
  ["x*2", 0.2, false, "f(1) is 2, not 9"],
  ["x+9", 0, false, "f(8) is 17, not 16"],
  ["x*8", 0, false, "f(8) is 64, not 16"],
  ["16", 0.2, false, "f(1) is 16, not 9"],
  ["x+8+x*(x-1)*(x-2)*(x-8)", 0.8, false, "f(5) is"],
  ["8", 0.2, false, ""],
  ["x", 0, false, "f(8) is 8, not 16"],
  ["", 0, false, "the program does not run: SyntaxError"],
  ["x+", 0, false, "the program does not run: SyntaxError"],
  ["x8", 0, false, ""],
  ["x+08", 0, false, "the program does not run: SyntaxError"],
  ["x+8=", 0, false, "the expression is not run"],
  ["x>8", 0, false, "the expression is not run"],
  ["x,8", 0, false, "the expression is not run"],
  ["x+8;", 0, false, "the expression is not run"],
  ["x+8?", 0, false, "the expression is not run"],
  ["\\boxed{x+8}", 0, false, "the expression is not run"],
  ["x if x else 8", 0, false, "the expression is not run"],
  ["exit(0)", 0, false, "the expression is not run"],
  ["f(x)", 0, false, "the expression is not run"],
  ["\uFFFDx+8", 0, false, "the expression is not run"],
  ["x+8\n```\n", 0, false, "the expression is not run"],
  ["\ud800", 0, false, "the expression is not run"],
  ["9".repeat(100_000), 0, false, "the expression is not run"],
  ["9**9**7", 0, false, "its powers have more than"],
  ["x+8+0*9**9**7", 0, false, "its powers have more than"],
  ["x//0", 0, false, "ZeroDivisionError"],
  ["()", 0, false, ""],
];
generatedTaskTests(mbppMini, {
  example,
  goldens: { any: cases.map(expressionGolden) },
  samples: 3000,
  flaw: {
    flaw: 0.65,
    samples: 2000,
    title: "have the next constant",
    wrong: "x+9",
    right: "x+8",
    refused: 1.1,
  },
});

Deno.test("mbpp/mini: examples are as described, hidden tests are not among the shown ones", () => {
  for (const split of ["train", "test"] as const) {
    const prompts = new Set<string>(), functions = new Set<string>();
    for (let index = 0; index < 3000; index++) {
      const { prompt, item: { operator, number, cases } } = mbppMini.generate(split, 1, index);
      assertEquals(splitOf(prompt), split);
      assertEquals(new Set(cases.map(({ x }) => x)).size, 5);
      for (const { x, expected } of cases) assertEquals(expected, operator === "+" ? x + number : x * number);
      const shown = cases.slice(0, 3).map(({ x, expected }) => `${x}>${String(expected).padStart(2, "0")}`);
      assertEquals(prompt, shown.join(","));
      prompts.add(prompt);
      functions.add(`${operator}${number}`);
    }
    assertEquals(functions.size, 13);
    assert(prompts.size > 500, `${prompts.size} different prompts`);
  }
});
