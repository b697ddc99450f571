import { assertEquals } from "@std/assert";
import { extractAnswer, type Place } from "./extract.ts";

const SAID = 'after "answer is"', CONCLUDED = "conclusion";

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
    ["\\boxed{5} so \\boxed{6", "6", "box"],
    ["boxed{5}, not \\boxed{6>\n7", "6", "box"],
    ["\\boxed{∅}", "∅", "box"],
    ["} \\boxed{5}", "5", "box"],
    // Lists of boxes.
    ["\\boxed{5} and \\boxed{6", "5 \\text{ and } 6", "box"],
    ["$\\boxed{2}$, $\\boxed{3}$, or\n$\\boxed{4}$.", "2; 3 \\text{ or } 4", "box"],
    ["\\(\\boxed{2}\\) \\text{ and } \\(\\boxed{3}\\)", "2 \\text{ and } 3", "box"],
    ["\\boxed{1} and thus \\boxed{2}, \\boxed{3}", "2; 3", "box"],
    ["\\boxed{7}\\boxed{8}", "8", "box"],
    ["\\boxed{8}, \\boxed{8.0}, $\\boxed{8}$", "8", "box"],
    ["\\boxed{2} \\boxed{} \\boxed{3}", "2; 3", "box"],
    ["\\boxed{2}; \\boxed{3}", "3", "box"],
    // Announced.
    ["The answer is $5$. I hope so.", "$5$", SAID],
    ["the answer is 4. No, the final answer is: 0.5", "0.5", SAID],
    ["**Answer:** 7\nbecause", "7", SAID],
    ["<answer>The answer is \\(\\frac12\\).</answer>", "\\(\\frac12\\)", SAID],
    ["<answer></answer> the answer is 3", "3", SAID],
    ["## Final Answer\n\n$$\n\\frac12\n$$\nDone.", "$$\n\\frac12\n$$", SAID],
    ["**Final answer**\n4", "4", SAID],
    ["Ans = 4", "4", SAID],
    ["The answer to this is simply $4$ because 2+2=4.", "$4$", SAID],
    ["The correct option is (B).", "(B)", SAID],
    ["so on.\n#### -12\nbye", "-12", SAID],
    // Concluded.
    ["Work: $y=3$.\nTherefore, $x=4$.", "$x=4$", CONCLUDED],
    ["$x=4$ is impossible, so $x=7$.", "$x=7$", CONCLUDED],
    ["So the roots are $2$ and $-3$.", "$2$ and $-3$", CONCLUDED],
    ["We get an area of\n\\[ 12\\pi \\]", "\\[ 12\\pi \\]", CONCLUDED],
    ["That makes it.\n\nThus there are $12$ ways.", "$12$ ways", CONCLUDED],
    ["First.\nHence, x = 4.", "x = 4", CONCLUDED],
    ["First.\nSo the number of eggs is 12.", "12", CONCLUDED],
    ["Some work.\n\n**4**", "4", CONCLUDED],
    ["First.\nIt cannot be $4$.", null],
    ["First.\nSo it is not $4$.", null],
    ["First.\nIt lies between $3$ and $4$.", null],
    ["First.\nSo the number is less than 4.", null],
    ["First.\nThe answer is not\n$$4$$", "not", SAID],
    ["First.\n$x=4$ is impossible.", null],
    // Tags.
    ["<answer>\n\\frac{1}{4}\n</answer>", "\\frac{1}{4}", "answer tag"],
    ["\\boxed{3}\n<answer>4</answer>", "4", "answer tag"],
    ["\\boxed{3}\n<answer>\n</answer>", "3", "box"],
    ["<answer>\\boxed{12</answer>", "12", "box"],
    ["<answer>\\boxed{12", "12", "box"],
    ["<answer>\\boxed{}\n4\n</answer>", "4", "answer tag"],
    ["\\boxed{3}\n<answer>\\boxed{}</answer>", "3", "box"],
    ["<answer>It is $4$</answer>", "$4$", CONCLUDED],
    // Bare.
    ["  -3\n", "-3", "whole text"],
    ["**4**", "**4**", "whole text"],
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
