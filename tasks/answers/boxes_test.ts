import { assert, assertEquals } from "@std/assert";
import { boxesIn, isEmpty, lastBoxIn } from "./boxes.ts";
import { LINEAR_MS } from "../testing/real_task.ts";

const insides = (text: string) => boxesIn(text).map(({ inside }) => inside);

Deno.test("boxes: what they hold, whole or broken", () => {
  const cases: readonly (readonly [text: string, ...insides: string[]])[] = [
    ["no box"],
    ["the boxed answer, a \\boxed one, unboxed{4}, \\boxed"],
    // Whole.
    ["so \\boxed{5}.", "5"],
    ["\\fbox{5} \\boxed {6} \\boxed\n{7}", "5", "6", "7"],
    ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["\\boxed{{4 \\over 1}}", "{4 \\over 1}"],
    ["\\boxed{\\{1,2\\}}, \\boxed{\\}}", "\\{1,2\\}", "\\}"],
    ["\\boxed{\n5\n}", "\n5\n"],
    ["\\boxed{x > 3}", "x > 3"],
    ["\\boxed{\\boxed{5}} \\boxed{6}", "\\boxed{5}", "6"],
    ["} \\boxed{5} {", "5"],
    ["{\\boxed{5}}", "5"],
    ["\\boxed{} \\boxed{ ... }", "", " ... "],
    // A number without braces.
    ["\\boxed 5$ and \\boxed\n-5.", "5", "-5"],
    // Without a backslash, or with two.
    ["boxed{4} (boxed{\\frac12}) \\\\boxed{5} fbox{6}", "4", "\\frac12", "5", "6"],
    // Closed by something else.
    ["\\boxed{4>", "4"],
    ["$\\boxed{4>$.\nSo", "4"],
    ["\\boxed{x > 3>", "x > 3"],
    ["\\boxed{120\n</answer}", "120"],
    ["\\boxed{120</answer>}", "120"],
    ["\\boxed{4></answer>", "4"],
    ["\\boxed{\\frac{1}{2}>\n", "\\frac{1}{2}"],
    ["\\boxed{4\\}", "4"],
    ["\\boxed{\\{4\\}", "\\{4\\}"],
    // Never closed.
    ["\\boxed{12", "12"],
    ["\\boxed{12\n</answer>", "12"],
    ["\\boxed{12 eggs\nand {more}", "12 eggs"],
    ["\\boxed{\n12\n13", "12"],
    ["\\boxed{4+\n</answer>", "4+"],
    ["\\boxed{\\frac{1}{2\n", "\\frac{1}{2"],
    ["boxed{4", "4"],
    ["\\boxed{5} and \\boxed{6", "5", "6"],
    ["\\boxed{5 and \\boxed{6}", "5 and ", "6"],
    ["\\boxed{", ""],
    ["\\boxed{</answer> \\boxed{7}", "", "7"],
  ];
  for (const [text, ...expected] of cases) assertEquals(insides(text), expected, text);
});

Deno.test("boxes: where they stand", () => {
  const text = "so \\boxed{5}, {\\boxed 6}, boxed{7} or \\boxed{8>\nend";
  const pieces = boxesIn(text).map(({ start, end }) => text.slice(start, end));
  assertEquals(pieces, ["\\boxed{5}", "\\boxed 6", "boxed{7}", "\\boxed{8>"]);
  assertEquals(boxesIn(text).map(({ isWhole }) => isWhole), [true, true, true, false]);
});

Deno.test("boxes: the last that holds something", () => {
  const last = (text: string) => lastBoxIn(text)?.inside ?? null;
  assertEquals(last("\\boxed{5}, put it into \\boxed{...} or \\boxed{ \\, }"), "5");
  assertEquals(last("\\boxed{5}, then \\boxed{6"), "6");
  assertEquals(last("\\boxed{∅}\\boxed{?}\\boxed{____}\\boxed{{}}\\boxed{$$}"), "∅");
  assertEquals(last("\\boxed{\\{\\}}"), "\\{\\}");
  assertEquals(last("\\boxed{}"), null);
  assert(
    boxesIn("\\boxed{\\ }\\boxed{\\text{}}\\boxed{your answer}\\boxed{\\text{final answer}}").every(isEmpty),
  );
});

Deno.test("boxes: long texts are read in linear time", () => {
  const units = [
    "\\boxed{",
    "\\boxed{{",
    "\\boxed{}",
    "boxed",
    "\\",
    "{",
    "}",
    "\\boxed{>",
    "</a",
    "\\boxed ",
    "$",
  ];
  for (const unit of units) {
    const text = `\\boxed{1 ${unit.repeat(300_000 / unit.length)}`;
    const start = performance.now();
    lastBoxIn(text);
    assert(performance.now() - start < LINEAR_MS, unit);
  }
});
