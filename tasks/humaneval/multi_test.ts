import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator, checkRandomResponses } from "../testing/testing.ts";
import { humanevalMini, type Step } from "./mini.ts";
import { humanevalMulti } from "./multi.ts";

function exampleOf(...steps: Step[]) {
  return { id: "", prompt: "", item: { steps, cases: [] }, tags: [] };
}

const add = (number: number): Step => ({ name: "add", number });
const sub = (number: number): Step => ({ name: "sub", number });
const mul = (number: number): Step => ({ name: "mul", number });

Deno.test("humaneval/multi: every step is written in either order, as often as in the other", () => {
  checkForms(humanevalMulti, exampleOf(sub(8), add(4), mul(3)), [
    "(x-8+4)*3",
    "3*(x-8+4)",
    "(4+x-8)*3",
    "3*(4+x-8)",
    "(-8+x+4)*3",
    "3*(-8+x+4)",
    "(4-8+x)*3",
    "3*(4-8+x)",
  ]);
  checkForms(humanevalMulti, exampleOf(mul(2), mul(3), sub(5)), [
    "x*2*3-5",
    "3*x*2-5",
    "2*x*3-5",
    "3*2*x-5",
    "-5+x*2*3",
    "-5+3*x*2",
    "-5+2*x*3",
    "-5+3*2*x",
  ]);
});

Deno.test("humaneval/multi: the generator keeps its promises, whatever tokens a model writes, it is judged", async () => {
  try {
    await checkGenerator(humanevalMulti, 3000);
    await checkRandomResponses(humanevalMulti, 3000);
  } finally {
    await humanevalMulti.close!();
  }
});

Deno.test("humaneval/multi: the longest demonstration has 11 of 12 tokens; docstrings are those of the mini", () => {
  let longest = 0;
  for (let index = 0; index < 3000; index++) {
    const example = humanevalMulti.generate("train", 1, index);
    assertEquals(example, humanevalMini.generate("train", 1, index));
    longest = Math.max(longest, humanevalMulti.demonstrate(example, 0, 1, index).length);
  }
  assert(longest === 11, `${longest} tokens`);
});
