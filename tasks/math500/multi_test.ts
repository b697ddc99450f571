import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator, checkRandomResponses, judged } from "../testing/testing.ts";
import { type BracketItem, math500Multi, splitOf } from "./multi.ts";

const item: BracketItem = {
  problem: "5(x-7)-2x?",
  solution: null,
  gold: "3x-35",
  subject: null,
  level: null,
  factor: 5,
  term: -7,
  more: -2,
};
const example = { id: "", prompt: item.problem!, item, tags: [] };

Deno.test("math500/multi: terms come in any order, in equal shares", () => {
  const expansions = ["5x-35-2x", "5x-2x-35", "-35+5x-2x", "-35-2x+5x", "-2x+5x-35", "-2x-35+5x"];
  const forms = expansions.flatMap((terms) => [`${terms}=\\boxed{3x-35}`, `${terms}=\\boxed{-35+3x}`]);
  checkForms(math500Multi, example, forms);
});

Deno.test("math500/multi: the box is graded, its terms in any order", async () => {
  const cases: [string, number][] = [
    ["\\boxed{3x-35}", 1],
    ["\\boxed{-35+3x}", 1],
    ["5x-35=\\boxed{-35+3x}", 1],
    ["\\boxed{3x+35}", 0],
    ["\\boxed{3xx35}", 0],
    ["\\boxed{35+3x}", 0],
    ["5x-35-2x=", 0],
  ];
  for (const [text, reward] of cases) {
    const found = await judged(math500Multi, example, text);
    assertEquals([found.reward, found.strict.correct], [reward, reward === 1], text);
  }
});

Deno.test("math500/multi: the generator keeps its promises", () => checkGenerator(math500Multi, 5000));

Deno.test("math500/multi: expressions are as described, and none is in both splits", () => {
  for (const split of ["train", "test"] as const) {
    const expressions = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { prompt, item } = math500Multi.generate(split, 1, index);
      const [, factor, term, more] = /^([2-9])\(x([+-][1-9])\)([+-][2-9])x\?$/.exec(prompt)!;
      const product = Number(factor) * Number(term), total = Number(factor) + Number(more);
      assert(total >= 2 && total <= 9);
      assertEquals(item.gold, `${total}x${product < 0 ? "" : "+"}${product}`);
      assertEquals(splitOf(item), split);
      expressions.add(prompt);
    }
    assert(expressions.size > (split === "train" ? 600 : 80), `${expressions.size} different expressions`);
  }
});

Deno.test("math500/multi: whatever tokens a model writes, it is judged, and the same in any batch", () =>
  checkRandomResponses(math500Multi, 5000));
