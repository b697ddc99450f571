import { assert, assertEquals } from "@std/assert";
import { checkForms, checkGenerator, checkRandomResponses } from "../testing/testing.ts";
import { gsm8kMulti } from "./multi.ts";
import { splitOf, type StoryItem } from "./story.ts";

Deno.test("gsm8k/multi: events are counted in either order, in one step or two, in equal shares", () => {
  const item: StoryItem = {
    question: "Tom has 12 cats buys 4 gives 5?",
    solution: null,
    gold: "11",
    start: 12,
    events: [{ verb: "buys", change: 4 }, { verb: "gives", change: 5 }],
  };
  const forms = [
    "12+4=16-5=\\boxed{11}",
    "12-5=07+4=\\boxed{11}",
    "12+4-5=\\boxed{11}",
    "12-5+4=\\boxed{11}",
  ];
  checkForms(gsm8kMulti, { id: "", prompt: item.question!, item, tags: [] }, forms);
});

Deno.test("gsm8k/multi: the generator keeps its promises", () => checkGenerator(gsm8kMulti, 5000));

Deno.test("gsm8k/multi: stories are as described, in their split, and counts stay within 0 to 19", () => {
  for (const split of ["train", "test"] as const) {
    const stories = new Set<string>(), starts = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { id, prompt, item } = gsm8kMulti.generate(split, 1, index);
      const [, start, ...told] = /^\w+ has (1\d) \w+ (\w+) ([1-9]) (\w+) ([1-9])\?$/.exec(prompt)!;
      const change = (verb: string, count: string) =>
        ["buys", "finds"].includes(verb) ? Number(count) : -Number(count);
      const [a, b] = [change(told[0]!, told[1]!), change(told[2]!, told[3]!)];
      for (const count of [a, b, a + b].map((sum) => Number(start) + sum)) assert(count >= 0 && count <= 19);
      assertEquals(item.gold, String(Number(start) + a + b));
      assertEquals(splitOf(item), split);
      stories.add(id);
      starts.add(start!);
    }
    assertEquals(starts.size, 10);
    assert(stories.size > (split === "train" ? 2500 : 500), `${stories.size} different stories`);
  }
});

Deno.test("gsm8k/multi: whatever tokens a model writes, it is judged, and the same in any batch", () =>
  checkRandomResponses(gsm8kMulti, 5000));
