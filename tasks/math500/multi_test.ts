import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator, checkRandomResponses } from "../testing.ts";
import { type BracketItem, math500Multi, splitOf } from "./multi.ts";

const itemOf = (factor: number, term: number, right: number, gold: string): BracketItem => ({
  problem: null,
  solution: null,
  gold,
  subject: null,
  level: null,
  factor,
  term,
  right,
});

Deno.test("math500/multi: equations are solved in either order, in equal shares", () => {
  const forms = (item: BracketItem, ...texts: string[]) =>
    checkForms(math500Multi, { id: "", prompt: "", item, tags: [] }, texts);
  forms(itemOf(3, 7, 45, "8"), "45/3=15-07=\\boxed{8}", "45-21=24/3=\\boxed{8}");
  forms(itemOf(2, -11, 36, "29"), "36/2=18+11=\\boxed{29}", "36+22=58/2=\\boxed{29}");
});

Deno.test("math500/multi: the generator keeps its promises", () => checkGenerator(math500Multi, 5000));

Deno.test("math500/multi: equations are as described, and none is in both splits", () => {
  for (const split of ["train", "test"] as const) {
    const equations = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { prompt, item } = math500Multi.generate(split, 1, index);
      const [, factor, sign, term, right] = /^([2-9])\(x([+-])(\d\d)\)=(\d\d)\?$/.exec(prompt)!;
      assertEquals(Number(factor) * (Number(item.gold) + Number(sign! + term)), Number(right));
      assert(Number(item.gold) > 0 && Number(term) > 0);
      assertEquals(splitOf(item), split);
      equations.add(prompt);
    }
    assert(equations.size > (split === "train" ? 1500 : 200), `${equations.size} different equations`);
  }
});

Deno.test("math500/multi: whatever tokens a model writes, it is judged, and the same in any batch", () =>
  checkRandomResponses(math500Multi, 5000));
