import { assert, assertEquals, assertThrows } from "@std/assert";
import { findDataFile } from "../data/open.ts";
import { PROTOCOLS } from "../real_task.ts";
import { checkLargeTexts, checkPrompts, fuzzGrades, recordedTest } from "../testing/real_task.ts";
import { realFileTest } from "../testing/testing.ts";
import { readAnswer } from "./answer.ts";
import { d1Prediction } from "./d1_grade.ts";
import { gsm8k } from "./mod.ts";
import type { Gsm8kItem } from "./rows.ts";

const { train, test } = gsm8k.splits;
const item: Gsm8kItem = { question: "How many?", solution: null, gold: "72" };

await recordedTest(gsm8k, 1130);

for (const [name, split] of Object.entries(gsm8k.splits)) {
  await realFileTest(
    `gsm8k: every gold of ${name} is right as it stands, to both graders`,
    split.file,
    async (bytes) => {
      const rows = gsm8k.load(name, bytes);
      assertEquals(rows.length, split.rows);
      let unreadable = 0;
      for (const { index, item } of rows) {
        for (
          const text of [`#### ${item.gold}`, `\\boxed{${item.gold}}`, `${item.solution}\n#### ${item.gold}`]
        ) {
          assert((await gsm8k.grade(item, text)).strict.correct, `row ${index}: ${text}`);
        }
        const plain = await gsm8k.grade(item, `\\boxed{${item.gold.replaceAll(",", "")}}`);
        assertEquals(plain.d1!.correct, !item.gold.startsWith("-"), `row ${index}`);
        if (!plain.d1!.correct) unreadable++;
        assertEquals(gsm8k.itemOf({ gold: item.gold }, []).gold, item.gold);
      }
      assertEquals(unreadable, name === "test" ? 2 : 3);
    },
  );
}

await realFileTest("gsm8k: no test question is a training question", test.file, async (testBytes) => {
  const trainBytes = await findDataFile(train.file);
  if (trainBytes === null) return;
  const words = (item: Gsm8kItem) => item.question!.toLowerCase().replace(/\W+/g, " ").trim();
  const training = new Set(gsm8k.load("train", trainBytes).map(({ item }) => words(item)));
  for (const { index, item } of gsm8k.load("test", testBytes)) {
    assert(!training.has(words(item)), `row ${index}`);
  }
});

Deno.test("gsm8k: a file that is not as stated is refused by line", () => {
  const read = (text: string) => gsm8k.load("test", new TextEncoder().encode(text));
  assertEquals(read('{"question": "a", "answer": "b\\n#### -1,450"}\n')[0]!.item.gold, "-1,450");
  assertThrows(() => read('{"question": "a", "answer": "b\\n#### 7"}\n{}'), SyntaxError, "line 2");
  assertThrows(() => read('{"question": "a", "answer": "b\\n#### seven"}'), SyntaxError, "#### N");
  assertThrows(() => read("[]x"), SyntaxError, "expected JSON");
  assertThrows(() => gsm8k.load("dev", new Uint8Array()), RangeError, "known splits: train, test");
});

Deno.test("gsm8k: a line may carry its gold", () => {
  for (const gold of ["72", 72, " 72 ", "work\n#### 72"]) assertEquals(gsm8k.itemOf({ gold }, []).gold, "72");
  assertEquals(gsm8k.itemOf({ gold: "-1,450.5", question: "q" }, []).question, "q");
  for (const gold of ["", "seventy", null, [72], "7 2", NaN]) {
    assertThrows(() => gsm8k.itemOf({ gold }, []), SyntaxError, "expected gold to be a number");
  }
});

Deno.test("gsm8k: prompts", () => {
  checkPrompts(gsm8k, item, ["How many?"]);
  for (const protocol of PROTOCOLS) {
    assertThrows(() => gsm8k.prompt({ ...item, question: null }, protocol), TypeError, "question");
  }
});

/** Parts of d1's sum by hand. */
Deno.test("gsm8k: d1's reward and the dllm library's", async () => {
  const line = "<reasoning>\nadd\n</reasoning>\n<answer>\n72\n</answer>\n";
  const lines = "<reasoning>\nadd\nagain\n</reasoning>\n<answer>\n72\n</answer>\n";
  const soft = "<reasoning>add</reasoning><answer>72</answer>";
  const cases: readonly (readonly [string, number, number])[] = [
    // Answer 2, digits 0.5, tags 0.5, strict format 0.5; the soft format takes no line ends.
    [line, 3.5, 4],
    [lines, 3, 4],
    [soft, 3, 3],
    [line + "\n", 3.5 - 0.002, 4 - 0.002],
    [line.replace("72", "$72"), 1, 1.5],
    [line.replace("72", "72.0"), 1, 1.5],
    [line.replace("72", "24"), 1.5, 2],
    [line.replace("72", "7\n2"), 0.5, 1.5],
    ["72", 2.5, 2.5],
    ["", 0, 0],
    [` ${soft}`, 2.5, 2.5],
    // The soft format needs a reasoning end on the first line, and may go on to the next from there.
    ["<reasoning>a</reasoning><answer>b</reasoning>\n<answer>72</answer>", 3, 3],
    ["<reasoning>a\n</reasoning><answer>72</answer>", 2.5, 3],
    ["<reasoning>a</reasoning><answer>\n72</answer>", 2.5, 3],
  ];
  for (const [text, d1, dllm] of cases) {
    assertEquals(
      (await gsm8k.rewards["d1"]!.score(item, text)).toFixed(9),
      d1.toFixed(9),
      JSON.stringify(text),
    );
    assertEquals(
      (await gsm8k.rewards["dllm"]!.score(item, text)).toFixed(9),
      dllm.toFixed(9),
      JSON.stringify(text),
    );
  }
  // The gold's comma counts.
  const thousands = { ...item, gold: "1,450" };
  assertEquals(await gsm8k.rewards["d1"]!.score(thousands, "1450"), 0.5);
  assertEquals(await gsm8k.rewards["d1"]!.score(thousands, "1,450"), 2);
});

Deno.test("gsm8k: the other rewards", async () => {
  const score = async (name: string, text: string) => await gsm8k.rewards[name]!.score(item, text);
  assertEquals(await score("clean", "so 72"), 1);
  assertEquals(await score("clean", "so 71"), 0);
  assertEquals(await score("bgpo", "so 72"), 0);
  assertEquals(await score("bgpo", "so \\boxed{72.0}"), 1);
});

Deno.test("gsm8k: what d1 predicts", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["\\boxed{43,500}", 43],
    ["\\boxed{\\$8,400}", 8],
    ["\\boxed{\\frac{2}{3}}", 2],
    ["\\boxed{18\n}", null],
    ["\\boxed{18\n} \\boxed{7}", 7],
    ["\\boxed{...} \\boxed{ } \\boxed{x} \\boxed{5}", 5],
    ["\\boxed{1_000}", 1000],
    ["\\boxed{-3.5e1}", -35],
    ["\\boxed{- 3}", 3],
    ["\\boxed{inf}", Infinity],
    ["<answer>3 and 4</answer><answer>5</answer>", 4],
    ["<answer>3", null],
    ["\\boxed{x}<answer>3.</answer>", 3],
    ["\\boxed{\u0663 apples}", 3],
    ["\\boxed{a\rb 6}", 6],
    ["\\boxed{\\boxed{5}}", 5],
    ["18", null],
  ];
  for (const [text, value] of cases) assertEquals(d1Prediction(text), value, JSON.stringify(text));
});

const PIECES = [
  ..."0123456789.,-+=$%/^{} \n",
  "\\boxed{",
  "}",
  "<answer>",
  "</answer>",
  "<reasoning>\n",
  "\n</reasoning>\n",
  "#### ",
  "\\frac{",
  "}{",
  "\\text{ clips}",
  "\\,",
  "{,}",
  "\u2212",
  "½",
  "²",
  " million",
  "x",
  "72",
  "<|eot_id|>",
  "\nQuestion:",
];

Deno.test("gsm8k: 100,000 random texts", async () => {
  assert(await fuzzGrades(gsm8k, item, PIECES, 100_000) > 10_000);
});

Deno.test("gsm8k: an answer reads as itself", () => {
  for (const text of ["72", "-3", "7/2", "-10/3", "0"]) {
    const { value } = readAnswer(`\\boxed{${text}}`);
    assert(value !== null);
    assertEquals(readAnswer(`#### ${text}`).value, value);
    assertEquals(readAnswer(`<answer>${text}</answer>`).value, value);
    assertEquals(readAnswer(text).value, value);
  }
});

Deno.test("gsm8k: megabytes are graded in linear time", async () => {
  const units = [
    ...PIECES,
    "1 ",
    "1,1",
    "1/1 ",
    "\\boxed{1}",
    "\\boxed{1\n",
    "<|eot_id",
    "\\boxed",
    "a1",
    "- ",
    "\u0661",
  ];
  const nested = [
    "</reasoning><answer>",
    "</reasoning> ",
    "\\boxed{\\text{",
    "{\\boxed{}",
    "\\text{1",
    "\\frac11",
    "the answer is ",
    "Answer: 1 x",
    "1:00",
    "\\color{",
  ];
  await checkLargeTexts(gsm8k, item, [...units, ...nested]);
  await checkLargeTexts(gsm8k, item, ["<reasoning>" + "</reasoning><answer>".repeat(50_000)]);
});
