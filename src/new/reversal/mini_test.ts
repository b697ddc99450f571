import { assert, assertEquals } from "@std/assert";
import { generatedTaskTests, type Golden } from "../../../tasks/testing/testing.ts";
import { itemOf, reversalMini, splitOf } from "./mini.ts";

const example = {
  id: "reversal:4071",
  prompt: "4071",
  item: itemOf("4071"),
  tags: [],
};

const ordinary: Golden[] = [
  { response: "1704", parse: "1704", reward: 1, correct: true, reason: "equal" },
  { response: "1700", parse: "1700", reward: 0.375, correct: false, reason: "3 of 4" },
  { response: "4071", parse: "4071", reward: 0, correct: false, reason: "0 of 4" },
  { response: "17", parse: "17", reward: 0.25, correct: false, reason: "2 of 4" },
  { response: "17040", parse: "17040", reward: 0.5, correct: false, reason: "4 of 4" },
  { response: "", parse: null, reward: 0, correct: false, reason: "0 of 4" },
];

const hostile: Golden[] = [
  { response: " 1704", parse: null, reward: 0, correct: false, reason: "0 of 4" },
  { response: "170\uFFFD", parse: null, reward: 0, correct: false, reason: "3 of 4" },
  { response: "1704\n", parse: null, reward: 0, correct: false, reason: "4 of 4" },
  { response: "\u0661704", parse: null, reward: 0, correct: false, reason: "3 of 4" },
  {
    response: "1".repeat(100_000),
    parse: "1".repeat(100_000),
    reward: 0.125,
    correct: false,
    reason: "1 of 4",
  },
];

generatedTaskTests(reversalMini, {
  example,
  goldens: { ordinary, hostile },
  samples: 2000,
  flaw: {
    flaw: 0.6,
    title: "keep the order",
    wrong: "4071",
    right: "1704",
    refused: 2,
  },
});

Deno.test("reversal/mini: problems are as described", () => {
  for (const split of ["train", "test"] as const) {
    const prompts = new Set<string>();
    for (let index = 0; index < 2000; index++) {
      const { prompt, item } = reversalMini.generate(split, 1, index);
      assert(/^\d{4}$/.test(prompt));
      assertEquals(item, itemOf(prompt));
      assertEquals(splitOf(item), split);
      prompts.add(prompt);
    }
    assert(prompts.size > (split === "train" ? 1500 : 750), `${prompts.size} different prompts`);
  }
});
