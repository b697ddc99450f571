import { assertEquals } from "@std/assert";
import { migratedScore, migratedSteps } from "./migrate.ts";

Deno.test("steps get what rollouts cost and what was rewarded, counted so far", () => {
  const shape = { responses: 8, denoisingSteps: 4 };
  assertEquals(
    migratedSteps([{ step: 1, forwards: 80 }, { step: 2, forwards: 160 }], { ...shape, completions: true }),
    [
      { step: 1, forwards: 80, rolloutForwards: 32, rewardCalls: 8 + 16 },
      { step: 2, forwards: 160, rolloutForwards: 64, rewardCalls: 16 + 32 },
    ],
  );
  assertEquals(
    migratedSteps([{ step: 1, forwards: 80 }], { ...shape, completions: false }).map(({ rewardCalls }) =>
      rewardCalls
    ),
    [8],
  );
});

Deno.test("a score loses its intervals and gets what decoding cost", () => {
  const correctness = { correct: 1, interval: [0, 1] };
  const old = {
    n: 2,
    strict: correctness,
    d1: correctness,
    items: { strict: "80", d1: "80" },
    measures: {},
    tags: {},
  };
  assertEquals(migratedScore(old, 16, 4), {
    n: 2,
    samples: 1,
    tokens: 32,
    forwards: 8,
    strict: { correct: 1 },
    d1: { correct: 1 },
    items: { strict: "80", d1: "80" },
    measures: {},
    tags: {},
  });
});
