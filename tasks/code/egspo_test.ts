import { assertEquals } from "@std/assert";
import { egspoProgram, egspoReward, firstFunction, firstPythonBlock } from "./egspo.ts";

const F = "```";

Deno.test("egspo: the first closed block that says python", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    [`${F}python\nx = 1\n${F}`, "x = 1"],
    [`${F}\nx = 1\n${F}`, null],
    [`${F}py\nx = 1\n${F}`, null],
    [`${F}python\nx = 1`, null],
    [`${F}python\nx = 1\n${F} ${F}python\ny = 2\n${F}`, "x = 1"],
    ["x = 1", null],
  ];
  for (const [text, code] of cases) assertEquals(firstPythonBlock(text), code, JSON.stringify(text));
  assertEquals(firstFunction("class A:\n  def b(self): pass\ndef c(): pass"), "b");
  assertEquals(firstFunction("x = 1"), null);
});

Deno.test("egspo: programs are renamed, and some words forbid them", () => {
  const block = (code: string) => `${F}python\n${code}\n${F}`;
  assertEquals(egspoProgram(block("def g(x): return x"), "f"), "def f(x): return x");
  assertEquals(egspoProgram(block("def f(x): return x"), "f"), "def f(x): return x");
  assertEquals(egspoProgram(block("f = abs"), "f"), "f = abs");
  for (const code of ["import os", "# an ostrich", "from sys import path", "__import__('x')"]) {
    assertEquals(egspoProgram(block(code), "f"), null, code);
  }
  assertEquals(egspoProgram(block("os = 1"), "f"), "os = 1");
  assertEquals(egspoProgram("def f(x): return x", "f"), null);
});

Deno.test("egspo: the reward by hand", async () => {
  const half = () => Promise.resolve(0.5);
  const block = `${F}python\ndef f(x): return x\n${F}`;
  const layout = `<reasoning>\na\n</reasoning>\n<answer>\n${block}\n</answer>\n`;
  assertEquals(await egspoReward(layout, "f", half), 0.5 + 0.5 + 0.5);
  assertEquals(await egspoReward(block, "f", half), 0.5);
  assertEquals(await egspoReward(`<answer>${block}</answer>`, "f", half), 1);
  assertEquals(await egspoReward(`${block}<answer>${block}</answer>`, "f", half), 0.5);
  assertEquals(await egspoReward("", "f", half), 0);
});
