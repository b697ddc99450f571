import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator, checkRandomResponses } from "../testing/testing.ts";
import { splitOf } from "./mini.ts";
import { mbppMulti } from "./multi.ts";

Deno.test("mbpp/multi: the four orders of a function are shown in equal shares", () => {
  const item = { factor: 3, term: 7, cases: [] };
  checkForms(mbppMulti, { id: "", prompt: "", item, tags: [] }, ["x*3+7", "3*x+7", "7+x*3", "7+3*x"]);
});

Deno.test("mbpp/multi: the generator keeps its promises, whatever tokens a model writes, it is judged", async () => {
  try {
    await checkGenerator(mbppMulti, 3000);
    await checkRandomResponses(mbppMulti, 3000);
  } finally {
    await mbppMulti.close!();
  }
});

Deno.test("mbpp/multi: examples are as described, hidden tests are not among the shown ones", () => {
  for (const split of ["train", "test"] as const) {
    const prompts = new Set<string>(), functions = new Set<string>();
    for (let index = 0; index < 3000; index++) {
      const { prompt, item: { factor, term, cases } } = mbppMulti.generate(split, 1, index);
      assertEquals(splitOf(prompt), split);
      assertEquals(new Set(cases.map(({ x }) => x)).size, 5);
      for (const { x, expected } of cases) assertEquals(expected, x * factor + term);
      const shown = cases.slice(0, 3).map(({ x, expected }) => `${x}>${String(expected).padStart(2, "0")}`);
      assertEquals(prompt, shown.join(","));
      prompts.add(prompt);
      functions.add(`${factor} ${term}`);
    }
    assertEquals(functions.size, 36);
    assert(prompts.size > 1000, `${prompts.size} different prompts`);
  }
});
