import { assert, assertEquals } from "@std/assert";
import * as d1 from "./text.ts";
import { LINEAR_MS } from "../testing/real_task.ts";

Deno.test("d1 text: space is what Python takes for space", () => {
  assertEquals(d1.pythonStrip(" \t\r\n\v\f\x1c\x1f\x85\xa0\u2009\u3000a b\u2028 "), "a b");
  assertEquals(d1.pythonStrip("\ufeffa\u200b"), "\ufeffa\u200b");
  assertEquals(d1.pythonStrip(" \n "), "");
  assertEquals(d1.pythonStrip(""), "");
  assertEquals(d1.withoutPythonSpaces(" 1\n2\x1d3\u3000"), "123");
});

Deno.test("d1 text: float as in Python", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["18", 18],
    [" -18.50\n", -18.5],
    ["+.5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1E-2", 0.01],
    ["1_000", 1000],
    ["1_0.0_1", 10.01],
    ["\u0661\u0662", 12],
    ["\u{1d7d9}\u{1d7ea}", 18],
    ["\uff17.5", 7.5],
    ["1e999", Infinity],
    ["-inf", -Infinity],
    ["Infinity", Infinity],
    ["NaN", NaN],
    ["", null],
    [".", null],
    ["1__0", null],
    ["_1", null],
    ["1_", null],
    ["1,000", null],
    ["0x10", null],
    ["1 2", null],
    ["e5", null],
    ["- 5", null],
    ["\u2212" + "5", null],
    ["\u00b2", null],
    ["infinit", null],
  ];
  for (const [text, value] of cases) assertEquals(d1.pythonFloat(text), value, JSON.stringify(text));
});

Deno.test("d1 text: digits as in Python", () => {
  assert(d1.isPythonDigits("72") && d1.isPythonDigits("\u0667\u00b2\u2460"));
  for (const text of ["", "-7", "7.0", "7 2", "\u00bd"]) assert(!d1.isPythonDigits(text), text);
  assertEquals(d1.asciiDigits("a\u0967\u{1d7e2}9"), "a109");
  assertEquals(d1.pythonDigitsOf("a1\u00b2 b\u{1d7e2}\n"), "1\u00b2\u{1d7e2}");
  assertEquals(d1.pythonLength("a\u{1f600}\ud800"), 3);
});

Deno.test("d1 text: answers between tags", () => {
  const text = "x<answer> 1 </answer>y<answer>2<answer>3</answer>z</answer>";
  assertEquals(d1.splitAnswer(text), "3");
  assertEquals(d1.firstTaggedAnswer(text), " 1 ");
  assertEquals(d1.lastTaggedAnswer(text), "2<answer>3");
  assertEquals(d1.splitAnswer(" 72\n"), "72");
  assertEquals(d1.splitAnswer("7</answer>8"), "7");
  assertEquals(d1.firstTaggedAnswer("</answer><answer>1"), null);
  assertEquals(d1.lastTaggedAnswer("<answer>1</answer><answer>2"), "1");
  assertEquals(d1.lastTaggedAnswer("</answer><answer>"), null);
});

Deno.test("d1 text: the last box and its quirks", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ["\\boxed{1} and \\boxed{\\frac{2}{3}}.", "\\frac{2}{3}"],
    ["no box at all", "no box at all"],
    ["\\boxed{1} then \\boxed{2", null],
    ["\\boxed{1} then \\boxed 2$ and 3", "2"],
    ["\\boxed 2 then \\boxed{1}", "2 then \\boxed{1}"],
    ["\\fbox{7}", "\\fbox{7}"],
    ["\\boxed(7) {8} 9", "\\boxed(7) {8}"],
    ["\\boxed}{}", null],
    ["", ""],
  ];
  for (const [text, inside] of cases) assertEquals(d1.lastBox(text), inside, text);
});

Deno.test("d1 text: the reward for tags", () => {
  assertEquals(d1.tagCountReward("<reasoning>\na\n</reasoning>\n<answer>\n7\n</answer>\n"), 0.5);
  // Without a line end after the last tag, the whole text counts as behind it.
  const text = "<reasoning>\na\n</reasoning>\n<answer>\n7\n</answer>";
  assertEquals(d1.tagCountReward(text).toFixed(6), (0.5 - text.length * 0.001 + 0.001).toFixed(6));
  assertEquals(d1.tagCountReward(""), 0);
  // Ends that overlap are one to Python, which counts from the left.
  assertEquals(d1.tagCountReward("<answer>\n7\n</answer>\n</answer>\n").toFixed(6), "0.000000");
  assertEquals(
    d1.tagCountReward("\n<answer>\n\n</answer>\n</answer>\n").toFixed(6),
    (0.125 - 0.01).toFixed(6),
  );
  assertEquals(d1.tagCountReward("7\n</answer> and more").toFixed(6), (0.125 - 0.008).toFixed(6));
});

Deno.test("d1 text: a megabyte is read in linear time", () => {
  const units = [
    "\\boxed{",
    "\\boxed ",
    "\\fbox{",
    "{",
    "}",
    "<answer>",
    "</answer>",
    " ",
    "\n</answer>",
    "1_",
    "1",
    "\u0661",
    "1e",
  ];
  const { lastBox, splitAnswer, lastTaggedAnswer, tagCountReward, pythonFloat, isPythonDigits } = d1;
  const readers = [lastBox, splitAnswer, lastTaggedAnswer, tagCountReward, pythonFloat, isPythonDigits];
  for (const unit of units) {
    const text = unit.repeat(Math.ceil(1e6 / new TextEncoder().encode(unit).length)) + "x";
    for (const read of readers) {
      const start = performance.now();
      read(text);
      assert(performance.now() - start < LINEAR_MS, `${read.name} of ${JSON.stringify(unit)}`);
    }
  }
});
