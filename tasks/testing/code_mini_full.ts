import { assertEquals } from "@std/assert";
import { answerText, gradedByTests } from "../code/mini.ts";
import { humaneval } from "../humaneval/mod.ts";
import { humanEvalItem, humanevalMini } from "../humaneval/mini.ts";
import { mbpp } from "../mbpp/mod.ts";
import { mbppItem, mbppMini } from "../mbpp/mini.ts";
import type { Grade } from "../verdict.ts";

/** Right, partly right, wrong, raising, not compiling. */
const RESPONSES = [
  "x+1",
  "(x-8-4)*3",
  "x*2",
  "0-36",
  "x/0",
  "x+",
  "",
  "x*x",
  "x//2",
  "8-x",
  "((x",
  "x()",
  "9**9%x",
];

/** The two readers differ in the spaces at the ends of lines. */
const trimmed = ({ answer }: Grade) => answer!.replace(/\s+$/gm, "");

Deno.test("code minis: grades are those of the real tasks for the programs that responses stand for", async (t) => {
  try {
    const docstring = humanevalMini.generate("test", 1, 0), examples = mbppMini.generate("test", 1, 0);
    await t.step("humaneval", async () => {
      const texts = [humanevalMini.demonstrate(docstring, 0, 1, 0), ...RESPONSES];
      const grades = await humanevalMini.grades(texts.map((text) => ({ example: docstring, text })));
      for (const [i, text] of texts.entries()) {
        const real = await humaneval.grade(humanEvalItem(docstring.item), answerText(text));
        assertEquals(grades[i]!.strict.correct, real.strict.correct, text);
        assertEquals(grades[i]!.strict.measures, real.strict.measures, text);
        assertEquals(trimmed(grades[i]!.strict), trimmed(real.strict), text);
        assertEquals(grades[i]!.d1!.correct, real.d1!.correct, text);
        assertEquals(trimmed(grades[i]!.d1!), trimmed(real.d1!), text);
      }
    });
    await t.step("mbpp", async () => {
      const texts = [mbppMini.demonstrate(examples, 0, 1, 0), ...RESPONSES];
      const batch = texts.map((text) => ({ example: examples, text }));
      const grades = await mbppMini.grades(batch), rewards = await mbppMini.rewards(batch);
      for (const [i, text] of texts.entries()) {
        const item = mbppItem(examples.item), real = await mbpp.grade(item, answerText(text));
        assertEquals(grades[i]!.strict.correct, real.strict.correct, text);
        assertEquals(grades[i]!.strict.measures, real.strict.measures, text);
        assertEquals(trimmed(grades[i]!.strict), trimmed(real.strict), text);
        assertEquals(grades[i]!.d1!.correct, real.d1!.correct, text);
        assertEquals(rewards[i], await mbpp.rewards["share"]!.score(item, answerText(text)), text);
      }
    });
  } finally {
    await gradedByTests().close!();
  }
});
