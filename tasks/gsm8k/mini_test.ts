import { assert, assertEquals } from "@std/assert";
import { generatedTaskTests, goldenOf, type GoldenRow } from "../testing/testing.ts";
import { gsm8kMini } from "./mini.ts";
import { splitOf, type StoryItem } from "./story.ts";

const item: StoryItem = {
  question: "Tom has 5 cats buys 2 gives 3?",
  solution: null,
  gold: "4",
  start: 5,
  events: [{ verb: "buys", change: 2 }, { verb: "gives", change: 3 }],
};
const example = { id: "gsm8k/mini:5 buys 2 gives 3", prompt: item.question!, item, tags: [] };

const ordinary: GoldenRow[] = [
  ["5+2=07-3=\\boxed{04}", "4", 1, true, true, "box: equal"],
  ["\\boxed{04}", "4", 1, true, true, "box: equal"],
  ["\\boxed{4}", "4", 1, true, true, "box: equal"],
  ["\\boxed{+4}", "4", 1, true, true, "box: equal"],
  ["\\boxed{004}", "4", 1, true, true, "box: equal"],
  ["\\boxed{04 cats}", "4", 1, true, true, "box: equal"],
  ["\\boxed{8/2}", "4", 1, true, false, "box: equal"],
  ["<answer>4</answer>", "4", 1, true, true, "answer tag: equal"],
  ["<answer>\\boxed{04}</answer>", "4", 1, true, true, "box: equal"],
  ["5+2=07-3=04####04", "4", 1, true, false, "####: equal"],
  ["####4", "4", 1, true, false, "####: equal"],
  ["5+2=07-3=04", "4", 1, true, false, "last number: equal"],
  // The steps are not graded, and of several boxes the last counts, or the first.
  ["5+2=07+3=\\boxed{04}", "4", 1, true, true, "box: equal"],
  ["1=1\\boxed{04}9####8", "4", 1, true, true, "box: equal"],
  ["\\boxed{7}\\boxed{04}", "4", 1, true, false, "box: equal"],
  ["\\boxed{04}\\boxed{05}", "5", 0.1, false, true, "box: 5, gold 4"],
  // Another number earns a tenth in a box, and nothing elsewhere.
  ["5+2=07+3=\\boxed{10}", "10", 0.1, false, false, "box: 10, gold 4"],
  ["\\boxed{-4}", "-4", 0.1, false, false, "box: -4, gold 4"],
  ["\\boxed{40}", "40", 0.1, false, false, "box: 40, gold 4"],
  ["5+2=07-3=05####05", "5", 0, false, false, "####: 5, gold 4"],
  ["7", "7", 0, false, false, "last number: 7, gold 4"],
  ["\\boxed{}", null, 0, false, false, "no number"],
  ["", null, 0, false, false, "no number"],
];

const hostile: GoldenRow[] = [
  ["\\boxed{3+1}", null, 0, false, false, "no single number"],
  ["\\boxed{4,4}", null, 0, false, true, "no single number"],
  ["\\boxed{?}", null, 0, false, false, "no number"],
  ["\\boxed{x}", null, 0, false, false, "no single number"],
  ["\\boxed{0\n4}", null, 0, false, false, "no single number"],
  ["\\boxed{04", "4", 1, true, false, "box: equal"],
  ["\\boxed{04}}}}", "4", 1, true, true, "box: equal"],
  ["}\\boxed{04}", "4", 1, true, true, "box: equal"],
  ["\uFFFD\uFFFD", null, 0, false, false, "no number"],
  ["\\boxed{\uFFFD4}", "4", 1, true, true, "box: equal"],
  ["Tom has eggs", null, 0, false, false, "no number"],
  ["<eos>\\boxed{04}", null, 0, false, true, "no number"],
  ["\u202e\\boxed{04}", "4", 1, true, true, "box: equal"],
  ["\\boxed{\u0664}", null, 0, false, true, "no single number"],
  ["\ud800\\boxed{04}\udfff", "4", 1, true, true, "box: equal"],
  ["\\boxed{04}\0", "4", 1, true, true, "box: equal"],
  ["constructor", null, 0, false, false, "no number"],
  ["}".repeat(50_000), null, 0, false, false, "no number"],
  ["\\boxed{".repeat(5000) + "04}", "4", 1, true, true, "box: equal"],
  ["9".repeat(100_000), null, 0, false, false, "no number"],
];

generatedTaskTests(gsm8kMini, {
  example,
  goldens: { ordinary: ordinary.map(goldenOf), hostile: hostile.map(goldenOf) },
  samples: 5000,
  flaw: {
    flaw: 0.6,
    oneCoin: false,
    title: "add what is given away",
    wrong: "5+2=07+3=\\boxed{10}",
    right: "5+2=07-3=\\boxed{04}",
    refused: 2,
  },
});

Deno.test("gsm8k/mini: stories are as described, and a test story is no training story with other names", () => {
  for (const split of ["train", "test"] as const) {
    const stories = new Set<string>(), verbs = new Set<string>();
    for (let index = 0; index < 5000; index++) {
      const { id, prompt, item } = gsm8kMini.generate(split, 1, index);
      const [, start, ...told] = /^\w+ has (\d) \w+ (\w+) (\d) (\w+) (\d)\?$/.exec(prompt)!;
      let count = Number(start);
      for (const [verb, change] of [[told[0], told[1]], [told[2], told[3]]] as const) {
        count += ["buys", "finds"].includes(verb!) ? Number(change) : -Number(change);
        assert(count >= 0 && count <= 9);
        verbs.add(verb!);
      }
      assertEquals(item.gold, String(count));
      assertEquals(splitOf(item), split);
      stories.add(id);
    }
    assertEquals(verbs.size, 4);
    assert(stories.size > (split === "train" ? 1000 : 150), `${stories.size} different stories`);
  }
});
