/** Wrong numbers in every frame that the grader reads: none may be accepted. */

import { assertEquals } from "@std/assert";
import { realFileTest } from "../testing/testing.ts";
import { randomSequence } from "../../kernels/philox/random.ts";
import { readAnswer } from "./answer.ts";
import { gsm8k } from "./mod.ts";

/** Where a response may state a number. */
const FRAMES: readonly ((number: string) => string)[] = [
  (number) => `\\boxed{${number}}`,
  (number) => `<answer>\n\\boxed{${number}>`,
  (number) => `<answer>It is ${number} in all.</answer>`,
  (number) => `#### ${number}`,
  (number) => `The answer is $${number}. That is more than 1.`,
  (number) => `She has ${number} left.`,
];
/** What makes another number of the right one. */
const CHANGES: readonly ((number: string) => string)[] = [
  (number) => `half of ${number}`,
  (number) => `not ${number}`,
  (number) => `${number} dozen`,
  (number) => `${number} squared`,
  (number) => `less than ${number}`,
  (number) => `${number}_7`,
];

const digits = (gold: string) => gold.replaceAll(",", "");

/** The number with another digit at a place, where that is another number. */
function withOtherDigit(gold: string, place: number, step: number): string | null {
  const plain = digits(gold), at = place % plain.length, digit = plain[at]!;
  if (!/\d/.test(digit)) return null;
  return plain.slice(0, at) + (Number(digit) + step) % 10 + plain.slice(at + 1);
}

await realFileTest(
  "gsm8k: of the test golds, no other number and no changed one is accepted in any frame",
  gsm8k.splits.test.file,
  async (bytes) => {
    const golds = gsm8k.load("test", bytes).map(({ item }) => item.gold);
    const draws = randomSequence({ seed: 13, stream: 1000 });
    const accepted: string[] = [];
    let pairs = 0, refused = 0;
    for (const gold of golds) {
      const item = gsm8k.itemOf({ gold }, []);
      const others = [
        golds[draws.below(golds.length)]!,
        withOtherDigit(gold, draws.below(8), 1 + draws.below(9)),
        gold.startsWith("-") ? gold.slice(1) : `-${gold}`,
      ];
      for (const other of others) {
        if (other === null || Number(digits(other)) === Number(digits(gold))) continue;
        for (const frame of FRAMES) {
          pairs++;
          const text = frame(other);
          if ((await gsm8k.grade(item, text)).strict.correct) accepted.push(`${gold}: ${text}`);
        }
      }
      for (const change of CHANGES) {
        for (const frame of FRAMES) {
          refused++;
          const text = frame(change(gold));
          if ((await gsm8k.grade(item, text)).strict.correct && gold !== "0") {
            accepted.push(`${gold}: ${text}`);
          }
        }
      }
      // What is told apart is read: none of these is refused for its frame.
      for (const frame of FRAMES) assertEquals(readAnswer(frame(gold)).value !== null, true, frame(gold));
    }
    assertEquals(accepted, []);
    assertEquals(pairs > 20_000 && refused > 45_000, true, `${pairs} pairs, ${refused} changed`);
  },
);
