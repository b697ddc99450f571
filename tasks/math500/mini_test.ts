import { assert, assertEquals } from "@std/assert";
import { generatedTaskTests, goldenOf, type GoldenRow } from "../testing/testing.ts";
import { type EquationItem, math500Mini, splitOf } from "./mini.ts";

const item: EquationItem = {
  problem: "3x+07=31?",
  solution: null,
  gold: "8",
  subject: null,
  level: null,
  factor: 3,
  term: 7,
  right: 31,
};
const example = { id: "math500/mini:3x+07=31", prompt: item.problem!, item, tags: [] };

const ordinary: GoldenRow[] = [
  ["31-07=24/3=\\boxed{8}", "8", 1, true, true, "box: the same text"],
  ["\\boxed{8}", "8", 1, true, true, "box: the same text"],
  // Equal numbers, other texts: d1 compares texts.
  ["\\boxed{08}", "08", 1, true, false, "box: mathematically equal"],
  ["\\boxed{24/3}", "24/3", 1, true, false, "box: mathematically equal"],
  ["\\boxed{16/2}", "16/2", 1, true, false, "box: mathematically equal"],
  ["\\boxed{8.0}", "8.0", 1, true, false, "box: mathematically equal"],
  ["\\boxed{+8}", "+8", 1, true, false, "box: mathematically equal"],
  ["\\boxed{((((((8))))))}", "((((((8))))))", 1, true, false, "box: mathematically equal"],
  ["\\boxed{x=8}", "x=8", 1, true, true, "box: mathematically equal"],
  ["8", "8", 1, true, true, "whole text: the same text"],
  ["the answer is 8", "8", 1, true, false, "the same text"],
  ["<answer>8</answer>", "8", 1, true, false, "answer tag: the same text"],
  ["<answer>\\boxed{8}</answer>", "8", 1, true, true, "box: the same text"],
  ["\\boxed{7}\\boxed{8}", "8", 1, true, true, "box: the same text"],
  ["\\boxed{8}8", "8", 1, true, true, "box: the same text"],
  // The steps are not graded.
  ["31+07=38/3=\\boxed{8}", "8", 1, true, true, "box: the same text"],
  // Another number earns a tenth in a box, and nothing elsewhere.
  ["31+07=38/3=\\boxed{2}", "2", 0.1, false, false, "mathematically different"],
  ["\\boxed{9}", "9", 0.1, false, false, "mathematically different"],
  ["\\boxed{-8}", "-8", 0.1, false, false, "mathematically different"],
  ["\\boxed{80}", "80", 0.1, false, false, "mathematically different"],
  ["\\boxed{8}\\boxed{9}", "9", 0.1, false, false, "mathematically different"],
  ["9", "9", 0, false, false, "whole text: mathematically different"],
  ["\\boxed{x}", "x", 0, false, false, "mathematically different"],
  ["\\boxed{8,8}", "8,8", 0, false, false, "mathematically different"],
  ["", null, 0, false, false, "no answer"],
];

const hostile: GoldenRow[] = [
  // A chain that does not hold states no value.
  ["31-07=24/3=8", "31-07=24/3=8", 0, false, false, "mathematically different"],
  ["\\boxed{31-07=24/3=8}", "31-07=24/3=8", 0, false, false, "mathematically different"],
  ["\\boxed{9**9**7}", "9**9**7", 0, false, false, "not readable as mathematics"],
  ["9**9**7", "9**9**7", 0, false, false, "not readable as mathematics"],
  ["\\boxed{9^{9^{7}}}", "9^{9^{7}}", 0, false, false, "mathematically different"],
  ["\\boxed{1/0}", "1/0", 0, false, false, "mathematically different"],
  ["\\boxed{8?}", "8?", 0, false, false, "not readable as mathematics"],
  ["\\boxed{8;9}", "8;9", 0, false, false, "mathematically different"],
  ["\\boxed{0\n8}", "0\n8", 0, false, false, "not readable as mathematics"],
  // A box that is never closed ends with its line.
  ["\\boxed{8", "8", 1, true, false, "box: the same text"],
  ["\\boxed{9", "9", 0.1, false, false, "mathematically different"],
  ["\\boxed{8}}}}", "8", 1, true, true, "box: the same text"],
  ["}\\boxed{8}", "8", 1, true, true, "box: the same text"],
  ["\uFFFD\uFFFD", "\uFFFD\uFFFD", 0, false, false, "not readable as mathematics"],
  ["\\boxed{\uFFFD8}", "\uFFFD8", 0, false, false, "not readable as mathematics"],
  ["<eos>\\boxed{8}", null, 0, false, true, "no answer"],
  ["\u202e\\boxed{8}", "8", 1, true, true, "box: the same text"],
  ["\\boxed{\u0668}", "\u0668", 0, false, false, "not readable as mathematics"],
  ["\ud800\\boxed{8}\udfff", "8", 1, true, true, "box: the same text"],
  ["\\boxed{8}\0", "8", 1, true, true, "box: the same text"],
  ["constructor", "constructor", 0, false, false, "different words"],
  ["}".repeat(50_000), null, 0, false, false, "no answer"],
  ["\\boxed{".repeat(20_000) + "8}", "8", 1, true, true, "box: the same text"],
  ["9".repeat(100_000), null, 0, false, false, "no answer"],
];

generatedTaskTests(math500Mini, {
  example,
  goldens: { ordinary: ordinary.map(goldenOf), hostile: hostile.map(goldenOf) },
  samples: 5000,
  flaw: {
    flaw: 0.6,
    coincidences: 0.02,
    title: "keep the sign of the term",
    wrong: "31+07=38/3=\\boxed{2}",
    right: "31-07=24/3=\\boxed{8}",
    refused: -1,
  },
});

Deno.test("math500/mini: equations are as described, and none is in both splits", () => {
  for (const split of ["train", "test"] as const) {
    const equations = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { prompt, item } = math500Mini.generate(split, 1, index);
      const [, factor, sign, term, right] = /^(\d)x([+-])(\d\d)=(\d\d)\?$/.exec(prompt)!;
      assertEquals(Number(factor) * Number(item.gold) + Number(sign + term), Number(right));
      assertEquals(splitOf(item), split);
      equations.add(prompt);
    }
    assert(equations.size > (split === "train" ? 1200 : 150), `${equations.size} different equations`);
  }
});
