import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkFlawRate, checkGenerator, fuzzTask, judged } from "../testing/testing.ts";
import { countdownMini, splitOf } from "./mini.ts";
import { countdownExample, problemKey, readProblems } from "./test_sets.ts";

Deno.test("countdown: generated problems are as described", () => {
  for (const split of ["train", "test"] as const) {
    const prompts = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { prompt, item: { numbers, target, solution } } = countdownMini.generate(split, 1, index);
      assert(numbers.length === 3 && numbers.every((number) => number >= 1 && number <= 9));
      assert(target >= 0 && target <= 99);
      assertEquals(splitOf(numbers, target), split);
      assertEquals(prompt, `${numbers.join(",")}=${String(target).padStart(2, "0")}`);
      // In the given order, with + and - alone.
      assertEquals(solution!.split(/[+-]/).map(Number), numbers);
      prompts.add(prompt);
    }
    assert(prompts.size > (split === "train" ? 1000 : 150), `${prompts.size} different prompts`);
  }
});

Deno.test("countdown: about one problem in eight is for the test, whatever the order of its numbers", () => {
  let test = 0, all = 0;
  for (let a = 1; a <= 9; a++) {
    for (let b = a; b <= 9; b++) {
      for (let c = b; c <= 9; c++) {
        for (let target = 0; target <= 27; target++) {
          const split = splitOf([a, b, c], target);
          assertEquals(splitOf([c, a, b], target), split);
          all++;
          if (split === "test") test++;
        }
      }
    }
  }
  assert(Math.abs(test / all - 1 / 8) < 0.02, `share ${test / all}`);
});

Deno.test("countdown/mini: the generator keeps its promises", () => checkGenerator(countdownMini, 10_000));

Deno.test("countdown/mini: flawed demonstrations come at the stated rate and write + for -", async () => {
  await checkFlawRate(countdownMini, { flaw: 0.7 });
  const example = countdownExample({ numbers: [9, 3, 2], target: 4, solution: "9-3-2" });
  assertEquals(countdownMini.demonstrate(example, 1, 1, 0), "9+3+2");
  assertEquals((await judged(countdownMini, example, "9+3+2")).reward, 0.1);
  const real = countdownExample({ numbers: [30, 100, 93], target: 23, solution: null });
  assertThrows(() => countdownMini.demonstrate(real, 0, 1, 0), TypeError, "real test set");
});

Deno.test("countdown/mini: random texts never throw", async () => {
  const { numbers, target } = countdownMini.generate("test", 1, 0).item;
  const pieces = [
    ...numbers.map(String),
    ..."+-*/()+-",
    "=",
    `=${target}`,
    " ",
    "\\frac{1}{2}",
    "\\boxed{",
    "}",
  ];
  await fuzzTask(countdownMini, [...pieces, "−", "×", "<answer>", "</answer>", "<|eot_id|>"]);
});

Deno.test("countdown: a file that is not as stated is refused by line", () => {
  const read = (text: string) => readProblems(new TextEncoder().encode(text));
  const line = '{"input": "30,100,93", "output": "23"}';
  assertEquals(read(`${line}\n`), [{ numbers: [30, 100, 93], target: 23, solution: null }]);
  assertThrows(() => read(`${line}\n{"input": "1,2", "output": "3"}\n`), SyntaxError, "line 2");
  assertEquals(problemKey([30, 100, 93], 23), "30,93,100=23");
});
