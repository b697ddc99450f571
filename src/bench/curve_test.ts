import { assertEquals } from "@std/assert";
import { itemBits } from "../records/item_bits.ts";
import type { StepLog } from "../train/policy.ts";
import type { BaseScore } from "./base_scores.ts";
import { curvePoints, type Solved, solvedByBase } from "./curve.ts";

const LOG = [{ value: [1, 2], forwards: 40 }, { value: [3, 4], forwards: 90 }] as unknown as StepLog[];
const GREEDY = [true, false, true, true, true], SAMPLED = [false, false, true, true];

Deno.test("points of a known grading are read from it, and only the other decodings are evaluated", async () => {
  const asked: unknown[] = [];
  const points = await curvePoints(
    LOG,
    { prompts: 4, decodings: ["sampled", "greedy"] },
    [{ decoding: "greedy", items: GREEDY }],
    (decodings) => {
      asked.push(decodings);
      return Promise.resolve([{ decoding: "sampled", items: SAMPLED } satisfies Solved]);
    },
  );
  assertEquals(asked, [["sampled"]]);
  const done = { step: 2, updates: 4, forwards: 90, puzzles: "test" as const, n: 4 };
  assertEquals(points, [{ ...done, decoding: "sampled", correct: 2 }, {
    ...done,
    decoding: "greedy",
    correct: 3,
  }]);
});

Deno.test("nothing is evaluated where the grading of the base model has every decoding", async () => {
  const scores = [["other", [false]], ["puzzles", GREEDY]].map(([set, items]) => ({
    set,
    decoding: "greedy",
    score: { n: items!.length, items: { strict: itemBits(items as boolean[]) } },
  })) as unknown as BaseScore[];
  const none = () => Promise.reject(new Error("expected nothing to be evaluated"));
  const [point] = await curvePoints(
    [],
    { prompts: 128, decodings: ["greedy"] },
    solvedByBase(scores, "puzzles"),
    none,
  );
  assertEquals([point!.step, point!.n, point!.correct], [0, 5, 4]);
});
