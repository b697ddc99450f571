import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator } from "../testing.ts";
import { countdownMini, splitOf } from "./mini.ts";
import { countdownMulti, orders } from "./multi.ts";
import { countdownExample } from "./test_sets.ts";

Deno.test("countdown/multi: every order of the terms that starts with an added one is shown, in equal shares", () => {
  const forms = ["9+2-4", "9-4+2", "2+9-4", "2-4+9"];
  const example = countdownExample({ numbers: [2, 9, 4], target: 7, solution: "9-4+2" });
  checkForms(countdownMulti, example, forms);
  assertEquals(orders("9-4+2").sort(), forms.toSorted());
  assertEquals(orders("9-4-2").sort(), ["9-2-4", "9-4-2"]);
  assertEquals(orders("1+2+3").length, 6);
  // The same number twice.
  assertEquals(orders("3+3+1").sort(), ["1+3+3", "3+1+3", "3+3+1"]);
});

Deno.test("countdown/multi: problems are those of the mini, their numbers in any order", () => {
  for (const split of ["train", "test"] as const) {
    let given = 0;
    for (let index = 0; index < 3000; index++) {
      const { id, prompt, item: { numbers, target, solution } } = countdownMulti.generate(split, 1, index);
      const mini = countdownMini.generate(split, 1, index);
      assertEquals([id, solution], [mini.id, mini.item.solution]);
      assertEquals(numbers.toSorted(), mini.item.numbers.toSorted());
      assertEquals(splitOf(numbers, target), split);
      assertEquals(prompt, `${numbers.join(",")}=${String(target).padStart(2, "0")}`);
      if (prompt === mini.prompt) given++;
    }
    // One in six, and more where a number occurs twice.
    assert(given > 400 && given < 900, `${given} of 3000 prompts list the numbers as the solution does`);
  }
});

Deno.test("countdown/multi: which number comes first does not follow from the numbers", () => {
  const first = new Map<string, number>();
  for (let index = 0; index < 6000; index++) {
    const { item: { numbers } } = countdownMulti.generate("train", 1, index);
    const [low, middle, high] = numbers.toSorted((a, b) => a - b);
    if (low === middle || middle === high) continue;
    const place = numbers[0] === low ? "low" : numbers[0] === middle ? "middle" : "high";
    first.set(place, (first.get(place) ?? 0) + 1);
  }
  const counts = [...first.values()], sum = counts.reduce((a, b) => a + b);
  for (const count of counts) assert(Math.abs(count / sum - 1 / 3) < 4 * Math.sqrt(2 / 9 / sum), `${counts}`);
});

Deno.test("countdown/multi: the generator keeps its promises", () => checkGenerator(countdownMulti, 5000));
