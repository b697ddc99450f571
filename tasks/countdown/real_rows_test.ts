import { assert, assertEquals, assertFalse } from "@std/assert";
import { dataFiles } from "../data/files.ts";
import { problemHash } from "../generated/splits.ts";
import { realFileTest } from "../testing/testing.ts";
import { countdownMini, splitOf } from "./mini.ts";
import { REAL_PROBLEM_HASHES } from "./real_rows.ts";
import { strictGrade } from "./strict.ts";
import { problemKey, readProblems } from "./test_sets.ts";

const [d1] = countdownMini.testSets;
const SAMPLES = 20_000;

Deno.test("countdown: no generated training problem has the hash of a real test problem", () => {
  const real = new Set(REAL_PROBLEM_HASHES);
  assertEquals(real.size, 256);
  for (let index = 0; index < SAMPLES; index++) {
    const { numbers, target } = countdownMini.generate("train", 3, index).item;
    assertFalse(real.has(problemHash(problemKey(numbers, target))));
  }
});

await realFileTest("countdown: the hashes are those of d1's 256 problems", dataFiles.countdownD1, (bytes) => {
  const hashes = readProblems(bytes).map(({ numbers, target }) => problemHash(problemKey(numbers, target)));
  assertEquals(hashes.sort((a, b) => a - b), REAL_PROBLEM_HASHES);
});

await realFileTest("countdown: no problem of d1's test may be trained on", dataFiles.countdownD1, (bytes) => {
  const real = new Set(d1!.load(bytes).map(({ id }) => id));
  for (const { numbers, target } of readProblems(bytes)) assert(splitOf(numbers, target) !== "train");
  for (let index = 0; index < SAMPLES; index++) {
    assertFalse(real.has(countdownMini.generate("train", 3, index).id));
  }
});

await realFileTest(
  "countdown: every problem of d1's test can be solved within its lengths",
  dataFiles.countdownD1,
  (bytes) => {
    const examples = d1!.load(bytes);
    assertEquals(examples.length, 256);
    assertEquals(examples[0]!.prompt, "30,100,93=23");
    let longestPrompt = 0;
    for (const example of examples) {
      const tokens = (text: string) => countdownMini.vocabulary.encode(text).length;
      longestPrompt = Math.max(longestPrompt, tokens(example.prompt));
      const solved = spellings(example.item.numbers).filter((text) =>
        strictGrade(example.item, text).correct
      );
      assert(solved.some((text) => tokens(text) <= d1!.responseLength!), example.prompt);
    }
    assertEquals(longestPrompt, d1!.promptLength);
  },
);

/** Every way to join three numbers: orders, operators, and which two first. */
function spellings(numbers: readonly number[]): string[] {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  return orders.flatMap((order) => {
    const [a, b, c] = order.map((at) => numbers[at]);
    return [..."+-*/"].flatMap((first) =>
      [..."+-*/"].flatMap((second) => [`(${a}${first}${b})${second}${c}`, `${a}${first}(${b}${second}${c})`])
    );
  });
}
