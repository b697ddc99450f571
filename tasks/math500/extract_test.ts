import { assertEquals } from "@std/assert";
import { extractAnswer, type Place } from "./extract.ts";

const SAID = 'after "answer is"';

Deno.test("math500: where the answer of a response stands", () => {
  const cases: readonly (readonly [text: string, answer: string | null, place?: Place])[] = [
    // Boxes.
    ["so \\boxed{5}.", "5", "box"],
    ["\\boxed{1}, no, \\boxed{\\frac{1}{2}}", "\\frac{1}{2}", "box"],
    ["\\boxed{1}</reasoning>\n<answer>\\boxed{2}</answer>", "2", "box"],
    ["<answer>\\boxed{2}", "2", "box"],
    ["<answer>\\boxed{2}</answer> or \\boxed{3}", "2", "box"],
    ["<answer>\\boxed{2}</answer><answer>\\boxed{3}</answer>", "3", "box"],
    ["\\boxed{\\boxed{5}}", "\\boxed{5}", "box"],
    ["\\boxed{\\{1,2\\}}", "\\{1,2\\}", "box"],
    ["\\fbox{5}", "5", "box"],
    ["\\boxed {5}", "5", "box"],
    ["\\boxed 5$", "5", "box"],
    ["\\boxed\n-5.", "-5", "box"],
    ["\\boxed{5} in a \\boxed format", "5", "box"],
    ["put it into \\boxed{}, \\boxed{...}: \\boxed{5} not \\boxed{ }", "5", "box"],
    ["\\boxed{5} and \\boxed{6", "5", "box"],
    ["\\boxed{∅}", "∅", "box"],
    ["} \\boxed{5}", "5", "box"],
    // Announced.
    ["The answer is $5$. I hope so.", "$5$", SAID],
    ["the answer is 4. No, the final answer is: 0.5", "0.5", SAID],
    ["**Answer:** 7\nbecause", "7", SAID],
    ["<answer>The answer is \\(\\frac12\\).</answer>", "\\(\\frac12\\)", SAID],
    ["<answer></answer> the answer is 3", "3", SAID],
    // Tags.
    ["<answer>\n\\frac{1}{4}\n</answer>", "\\frac{1}{4}", "answer tag"],
    ["\\boxed{3}\n<answer>4</answer>", "4", "answer tag"],
    ["\\boxed{3}\n<answer>\n</answer>", "3", "box"],
    ["<answer>\\boxed{12</answer>", "12", "answer tag"],
    ["<answer>\\boxed{12", "\\boxed{12", "answer tag"],
    // Bare.
    ["  -3\n", "-3", "whole text"],
    ["\\frac12", "\\frac12", "whole text"],
    ["first\nsecond", null],
    ["x".repeat(201), null],
    ["", null],
    ["<answer></answer>", "<answer></answer>", "whole text"],
    // Ends.
    ["\\boxed{5}<|eot_id|>\\boxed{6}", "5", "box"],
    ["<|endoftext|>\\boxed{6}", null],
    ["The answer is 5.\n\nProblem: 1+1?\nAnswer: 2", "5", SAID],
    ["\nQuestion: what?\nThe answer is 5", "5", SAID],
  ];
  for (const [text, answer, place] of cases) {
    const expected = answer === null ? null : { answer, place: place! };
    assertEquals(extractAnswer(text), expected, JSON.stringify(text.slice(0, 80)));
  }
});
