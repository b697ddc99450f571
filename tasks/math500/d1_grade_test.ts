import { assertEquals } from "@std/assert";
import { d1Answer, d1FixedReward, d1Reward, equivalent } from "./d1_grade.ts";

const tex = String.raw;

Deno.test("math500: strings that d1 takes for equal, and its quirks", () => {
  // deno-fmt-ignore
  const cases: readonly (readonly [string, string, boolean])[] = [
    [tex`\frac12`, tex`\frac{1}{2}`, true],
    [tex`\dfrac 1 2`, tex`\tfrac{1}{2}`, true],
    [tex`\frac1{72}`, tex`\frac{1}{72}`, true],
    [tex`\frac{72}1`, tex`\frac{72}{1}`, false],
    ["1/2", tex`\frac{1}{2}`, true],
    ["01/2", tex`\frac{1}{2}`, false],
    ["-1/2", tex`\frac{-1}{2}`, true],
    ["-1/2", tex`-\frac{1}{2}`, false],
    ["0.5", tex`\frac{1}{2}`, true],
    [".5", "0.5", true],
    [".25", "0.25", true],
    ["0.50", "0.5", false],
    [tex`\sqrt3`, tex`\sqrt{3}`, true],
    [tex`\sqrt12`, tex`\sqrt{1}2`, true],
    ["1 000", "1000", true],
    ["1,000", "1000", false],
    [tex`10,\!080`, "10,080", true],
    [tex`\$36`, "36", true],
    [tex`36^\circ`, "36", true],
    [tex`36^{\circ}`, "36", true],
    [tex`17\%`, "17", true],
    [tex`5.4 \text{ cents}`, "5.4", true],
    [tex`5.4 \text{cents}`, "5.4", false],
    [tex`\left(1,2\right)`, "(1,2)", true],
    [tex`\leftarrow`, "arrow", true],
    ["x=5", "5", true],
    ["k = 5", "5", true],
    ["ab=5", "5", true],
    ["abc=5", "5", false],
    ["\u{1d4b6}\u{1d4b7}=5", "5", true],
    ["x=y=5", "5", false],
    [tex`\text{(C)}`, "C", false],
    ["\n5\n", "5", true],
    ["tfrac", "frac", true],
    // What cannot be rewritten is compared as it is.
    ["x/2", "x/2", true],
    ["x/2", "x / 2", false],
    [tex`1 \text{ a} \text{ b}`, "1", false],
    [tex`\frac`, tex` \frac`, false],
    [tex`\frac1`, tex` \frac1`, true],
    [tex`\sqrt`, tex`\sqrt`, true],
    ["1_0/2", "1_0 /2", true],
    ["\u0661/2", "1/2", false],
    ["a/b/c", "a/b / c", true],
    ["", "", true],
  ];
  for (const [a, b, equal] of cases) {
    assertEquals(equivalent(a, b), equal, `${a} and ${b}`);
    assertEquals(equivalent(b, a), equal, `${b} and ${a}`);
  }
});

Deno.test("math500: the answer that d1 evaluates", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    [tex`\boxed{1} <answer>2</answer>`, "1"],
    ["no box <answer>2</answer>", "no box <answer>2</answer>"],
    [tex`\boxed{1 <answer> 2 </answer><answer>3</answer>`, "2"],
    [tex`\boxed{} <answer>2</answer>`, "2"],
    [tex`\boxed{1`, null],
    [tex`\boxed{}`, ""],
    [tex`$\boxed 7$ and \boxed{8}`, "7"],
  ];
  for (const [text, answer] of cases) assertEquals(d1Answer(text), answer, text);
});

Deno.test("math500: d1's rewards, as released and as meant", () => {
  const cases: readonly (readonly [string, number, number])[] = [
    [tex`<answer>\boxed{5}</answer>`, 2.75, 3],
    [tex`<answer>5</answer>\boxed{5}`, 2.75, 2.75],
    [tex`\boxed{5}`, 2.25, 2.5],
    ["5", 2.25, 2.25],
    [tex`<answer>\boxed{6}</answer>`, 0.75, 1],
    ["<answer>5</answer>", 0.75, 0.75],
    [tex`<answer>\boxed{5</answer>`, 0.75, 1],
    [tex`6`, 0.25, 0.25],
    ["", 0.25, 0.25],
    // What the released code looks for: a backspace.
    ["<answer>\boxed</answer>", 1, 0.75],
  ];
  for (const [text, released, meant] of cases) {
    assertEquals(d1Reward("5", text), released, text);
    assertEquals(d1FixedReward("5", text), meant, text);
  }
  // Not closed: the whole text is compared.
  assertEquals(d1Reward(tex`\boxed{5`, tex`\boxed{5`), 2.25);
});
