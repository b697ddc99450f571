import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkPrompts } from "../testing/real_task.ts";
import { realFileTest } from "../testing/testing.ts";
import { firstDocstring, humaneval, programOf } from "./mod.ts";
import { headOf, type HumanEvalItem, readRows } from "./rows.ts";

const F = "```", END = "<|eot_id|><|endoftext|>";

const prompt = `from typing import List
import math


def half(n: int) -> int:
    """ n halved """
    return n // 2


def halves(numbers: List[int]) -> List[int]:
    """ Every number of the list halved.
    >>> halves([4, 5])
    [2, 2]
    """
`;
const item: HumanEvalItem = {
  taskId: "HumanEval/0",
  prompt,
  solution: "    return [half(n) for n in numbers]\n",
  tests: [
    "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    assert candidate([4, 5]) == [2, 2]\n" +
    "    for n in range(9):\n        assert candidate([n]) == [n // 2], 'one'\n",
  ],
  entryPoint: "halves",
};

const whole = "def halves(numbers: List[int]) -> List[int]:\n    return [half(n) for n in numbers]";
const alone = "def halves(numbers):\n    return [n // 2 for n in numbers]";
const block = (code: string) => `${F}python\n${code}\n${F}`;

/** Response, strict verdict, d1 verdict, part of the strict reason. */
const cases: readonly (readonly [string, boolean, boolean, string])[] = [
  [item.solution, true, false, "continuation: passed 1 test"],
  [`${item.solution}\n\ndef other():\n    pass`, true, false, "continuation"],
  [`    return [half(n) for n in numbers]${END}`, true, false, "continuation"],
  ["return [half(n) for n in numbers]", true, false, "continuation"],
  [block(item.solution), true, false, "continuation"],
  [block(alone), true, true, "block: passed"],
  // The prompt's imports and other functions come with the head of the function; EGSPO gives none.
  [block(whole), true, false, "block"],
  [block(prompt + item.solution), true, false, "block"],
  [`<answer>\n${block(alone)}\n</answer>${END}`, true, true, "block in the answer"],
  [`<answer>\n${alone}\n</answer>`, true, false, "answer"],
  [`I halve each.\n\n${alone}\n\nDone.`, true, false, "text"],
  [`${F}\n${alone}\n${F}`, true, false, "block"],
  [`${F}python\n${alone}`, true, false, "block"],
  [`${block("print('try')")}\n${block(alone)}`, true, false, "block"],
  // EGSPO calls the check with whatever function comes first.
  [block(`def first(n):\n    return n\n\n${alone}`), true, false, "block"],
  [block(alone.replaceAll("halves", "solve")), false, true, "no code that defines halves"],
  [block("def halves(numbers):\n    return [half(n) for n in numbers] + []"), true, false, "block"],
  // Wrong ones.
  [block("def halves(numbers):\n    return [n / 2 for n in numbers]"), false, false, "AssertionError"],
  [
    block("def halves(numbers):\n    pass"),
    false,
    false,
    "AssertionError at assert candidate([4, 5]) == [2, 2]",
  ],
  [block("def halves(numbers)\n    return numbers"), false, false, "SyntaxError"],
  [block("def halves(numbers):\n    return thirds(numbers)"), false, false, "NameError"],
  ["I do not know.", false, false, "no code that defines halves"],
  ["", false, false, "no code"],
  // Programs that only seem to pass.
  [block("def halves(numbers):\n    exit(0)"), false, true, "SystemExit"],
  [block("import os\ndef halves(numbers):\n    os._exit(0)"), false, true, "ended the interpreter"],
  [
    block(
      "class Same(list):\n    def __eq__(self, other): return True\ndef halves(numbers):\n    return Same()",
    ),
    false,
    false,
    "AssertionError",
  ],
  [
    block(
      "def halves(numbers):\n    class Same(list):\n        def __eq__(self, other): return True\n    return Same()",
    ),
    false,
    true,
    "AssertionError",
  ],
  [
    block("def half(n):\n    return 0\ndef halves(numbers):\n    return [2, 2] if len(numbers) > 1 else [0]"),
    false,
    false,
    "one",
  ],
  [block("def halves(numbers):\n    numbers.clear()\n    return numbers"), false, false, "AssertionError"],
  [
    block("def check(candidate):\n    pass\ndef halves(numbers):\n    return 0"),
    false,
    false,
    "AssertionError",
  ],
  [block("import js\n" + alone), false, false, "imports js"],
  [block("def halves(numbers):\n    while True: pass"), false, false, "more than 30000000 steps"],
  [block("def halves(numbers):\n    return [x for x in range(10**9)]"), false, false, "MemoryError"],
  ["\0\ud800" + block(alone) + "\0", true, true, "block"],
];

Deno.test("humaneval: what both graders say of responses", async (t) => {
  try {
    for (const [text, strict, d1, reason] of cases) {
      await t.step(JSON.stringify(text.slice(0, 60)), async () => {
        const grades = await humaneval.grade(item, text);
        assertEquals(
          [grades.strict.correct, grades.d1!.correct],
          [strict, d1],
          `${grades.strict.reason} | ${grades.d1!.reason}`,
        );
        assertStringIncludes(grades.strict.reason, reason);
        assertEquals(await humaneval.rewards.clean.score(item, text), strict ? 1 : 0);
        assertStringIncludes(
          humaneval.showGrade(item, text, grades),
          `strict: ${strict ? "correct" : "wrong"} (`,
        );
      });
    }
  } finally {
    await humaneval.close!();
  }
});

Deno.test("humaneval: a program keeps what the prompt defines", () => {
  const { program, places } = programOf(item, block(alone))!;
  assertEquals(places, ["block"]);
  assertEquals(program.code, prompt.slice(0, prompt.indexOf("def halves")) + alone + "\n");
  assertEquals([program.context, program.entries], [prompt, ["halves"]]);
  assertEquals(programOf(item, item.solution)!.program.code, prompt + item.solution);
  assertEquals(programOf(item, "nothing"), null);
});

Deno.test("humaneval: prompts", () => {
  checkPrompts(humaneval, item, ["halve"]);
  assertEquals(humaneval.prompt(item, "plain").messages, [{ role: "user", content: prompt }]);
  // EGSPO shows the first docstring, here that of the other function.
  assertEquals(firstDocstring(prompt), "n halved");
  assertEquals(humaneval.prompt(item, "d1").messages[0]!.content.split("\n\n").at(-1), "n halved");
});

Deno.test("humaneval: rows and lines", () => {
  const line = (changes: object) =>
    JSON.stringify({
      task_id: "HumanEval/0",
      prompt,
      canonical_solution: item.solution,
      test: item.tests[0],
      entry_point: "halves",
      ...changes,
    });
  const rows = readRows(new TextEncoder().encode(line({}) + "\n"));
  assertEquals(rows, [{ index: 0, item }]);
  for (const changes of [{ entry_point: "third" }, { entry_point: "h.*" }, { test: 1 }, { prompt: null }]) {
    assertThrows(
      () => readRows(new TextEncoder().encode(`${line({})}\n${line(changes)}`)),
      SyntaxError,
      "line 2",
    );
  }
  assertThrows(() => humaneval.load("train", new Uint8Array()), RangeError, "known splits: test");
  for (const task_id of ["HumanEval/0", 0]) assertEquals(humaneval.itemOf({ task_id }, rows), item);
  for (const task_id of ["HumanEval/1", 1, null, "0"]) {
    assertThrows(() => humaneval.itemOf({ task_id }, rows), SyntaxError, "expected task_id");
  }
});

await realFileTest(
  "humaneval: every row has a head, a docstring and a check",
  humaneval.splits.test.file,
  (bytes) => {
    const rows = humaneval.load("test", bytes);
    assertEquals(rows.length, 164);
    assertEquals(new Set(rows.map(({ item }) => humaneval.identify(item))).size, 164);
    for (const { item } of rows) {
      assert(headOf(item.prompt, item.entryPoint) >= 0 && item.tests[0]!.includes("def check("), item.taskId);
      assertEquals(programOf(item, item.solution)!.places[0], "continuation", item.taskId);
      assertEquals(programOf(item, block(item.prompt + item.solution))!.places[0], "block", item.taskId);
    }
  },
);
