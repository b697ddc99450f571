import { assertEquals } from "@std/assert";
import { checkForms, checkGenerator } from "../testing/testing.ts";
import { countdownMini } from "./mini.ts";
import { countdownMulti, orders } from "./multi.ts";
import { countdownExample } from "./test_sets.ts";

Deno.test("countdown/multi: every order of the terms that starts with an added one is shown, in equal shares", () => {
  const forms = ["9+2-4", "9-4+2", "2+9-4", "2-4+9"];
  const example = countdownExample({ numbers: [9, 2, 4], target: 7, solution: "9-4+2" });
  checkForms(countdownMulti, example, forms);
  assertEquals(orders("9-4+2").sort(), forms.toSorted());
  assertEquals(orders("9-4-2").sort(), ["9-2-4", "9-4-2"]);
  assertEquals(orders("1+2+3").length, 6);
  // The same number twice.
  assertEquals(orders("3+3+1").sort(), ["1+3+3", "3+1+3", "3+3+1"]);
});

Deno.test("countdown/multi: problems are those of the mini", () => {
  for (const split of ["train", "test"] as const) {
    for (let index = 0; index < 100; index++) {
      assertEquals(countdownMulti.generate(split, 1, index), countdownMini.generate(split, 1, index));
    }
  }
});

Deno.test("countdown/multi: the generator keeps its promises", () => checkGenerator(countdownMulti, 5000));
