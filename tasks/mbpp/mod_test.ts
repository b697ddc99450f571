import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { findDataFile } from "../data/open.ts";
import { checkPrompts } from "../testing/real_task.ts";
import { realFileTest } from "../testing/testing.ts";
import { mbpp, programOf } from "./mod.ts";
import { importsOf, type MbppItem, readRows } from "./rows.ts";

const F = "```";

const row = {
  task_id: 11,
  text: "Add the square root of a number to it.",
  code: "import math\r\ndef add_root(x):\r\n    return x + math.sqrt(x)",
  test_setup_code: "",
  test_list: [
    "assert add_root(4) == 6",
    "assert add_root(9) == 12",
    "assert math.isclose(add_root(2), 3.4142, rel_tol=0.01)",
  ],
  challenge_test_list: [],
};
const shot = {
  ...row,
  task_id: 2,
  code: "def twice(x):\r\n    return 2 * x",
  test_list: ["assert twice(1) == 2"],
};
const bytes = (...rows: unknown[]) =>
  new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join("\n") + "\n");
const item: MbppItem = readRows("test", bytes(row))[0]!.item;

const right = "import math\ndef add_root(x):\n    return x + math.sqrt(x)";
const block = (code: string) => `${F}python\n${code}\n${F}`;

/** Response, tests passed, d1 verdict, part of the strict reason. */
const cases: readonly (readonly [string, number, boolean, string])[] = [
  [block(right), 3, true, "block: passed 3 tests"],
  [`[BEGIN]\n${right}\n[DONE]`, 3, false, "text"],
  [`${right}\n[DONE]\n\nYou are`, 3, false, "text"],
  [`<answer>${block(right)}</answer>`, 3, true, "block in the answer"],
  // The third test uses math, which EGSPO expects the response to import.
  [block("def add_root(x):\n    return x + x ** 0.5"), 3, false, "block"],
  [block("def add_root(x):\n    return 6"), 1, false, "AssertionError at assert add_root(9) == 12"],
  [block("def add_root(x):\n    return x + x // 2"), 1, false, "AssertionError at assert add_root(9) == 12"],
  [block("def root_add(x):\n    return x"), 0, false, "no code that defines add_root"],
  ["", 0, false, "no code"],
  [block("import sys\nsys.exit(0)\ndef add_root(x): pass"), 0, true, "SystemExit"],
  [block("def add_root(x):\n    exit()"), 0, true, "SystemExit"],
  [
    block(
      "import math\nclass S(float):\n    __eq__ = lambda *a: True\n    __sub__ = __rsub__ = lambda *a: 0\ndef add_root(x):\n    return S()",
    ),
    0,
    false,
    "AssertionError",
  ],
  [block("def add_root(x):\n    while x: pass"), 0, false, "steps"],
];

Deno.test("mbpp: what both graders say of responses", async (t) => {
  try {
    for (const [text, passed, d1, reason] of cases) {
      await t.step(JSON.stringify(text.slice(0, 60)), async () => {
        const grades = await mbpp.grade(item, text);
        assertEquals(
          [grades.strict.correct, grades.d1!.correct],
          [passed === 3, d1],
          `${grades.strict.reason} | ${grades.d1!.reason}`,
        );
        assertStringIncludes(grades.strict.reason, reason);
        const measured = grades.strict.measures["tests"];
        if (measured) assertEquals(measured, { count: passed, total: 3 });
        assertEquals(await mbpp.rewards.clean.score(item, text), passed === 3 ? 1 : 0);
        assertEquals(await mbpp.rewards["share"]!.score(item, text), passed / 3);
        assertEquals(await mbpp.rewards["bgpo"]!.score(item, text), passed === 3 ? 1 : 0);
        assertStringIncludes(mbpp.showGrade(item, text, grades), "strict: ");
      });
    }
    await t.step("EGSPO's reward", async () => {
      const score = (text: string) => mbpp.rewards["egspo"]!.score(item, text);
      const layout = (code: string) => `<reasoning>\na\n</reasoning>\n<answer>\n${block(code)}\n</answer>\n`;
      assertEquals(await score(layout(right)), 2);
      assertEquals(await score(layout(right.replace("add_root", "other"))), 2, "its function is renamed");
      assertEquals(await score(layout("def add_root(x):\n    return 6")), 0.5 + 1 / 3 + 0.5);
      assertEquals(await score(layout(`import os\n${right}`)), 1);
      assertEquals(await score(right), -0.0);
    });
    await t.step("names that shadow Python's own, classes, and what tests import", async () => {
      const odd = readRows(
        "train",
        bytes({
          ...row,
          task_id: 700,
          code:
            "import sys\nclass Box:\n    def __init__(self, x): self.x = x\ndef sum(a, b): return a.x - b.x\n",
          test_setup_code: "one = Box(1)\r\ntwo = Box(2)\r\n",
          test_list: ["assert sum(two, one) == 1", "assert sum(Box(5), one) == 4 and sys.maxsize > 0"],
        }),
      )[0]!.item;
      assertEquals(odd.names, ["Box", "sum"]);
      assert((await mbpp.grade(odd, block(odd.code))).strict.correct);
      assert(!(await mbpp.grade(odd, block("def sum(a, b): return 1"))).strict.correct);
    });
  } finally {
    await mbpp.close!();
  }
});

Deno.test("mbpp: prompts", () => {
  checkPrompts(mbpp, item, [row.text, row.test_list[0]!]);
  const rows = readRows("test", bytes(shot, row));
  assertEquals(rows.map(({ index }) => index), [1]);
  const plain = mbpp.prompt(rows[0]!.item, "plain").messages[0]!.content;
  assertStringIncludes(plain, "[BEGIN]\ndef twice(x):\n    return 2 * x\n[DONE]");
  assert(plain.endsWith("[BEGIN]\n"));
});

Deno.test("mbpp: rows and lines", () => {
  assertEquals(item.code, right, "line ends");
  assertEquals(item.names, ["add_root"]);
  assertEquals(programOf(item, "x").context, "import math\n");
  assertEquals(
    importsOf("import a\nfrom b import c\n  import d\nimportant = 1"),
    "import a\nfrom b import c",
  );
  for (const changes of [{ code: "x = 1" }, { test_list: [] }, { task_id: "11" }, { text: 1 }]) {
    assertThrows(() => readRows("test", bytes(row, { ...row, ...changes })), SyntaxError, "row 2");
  }
  assertThrows(() => mbpp.load("dev", new Uint8Array()), RangeError, "known splits: train");
  const rows = [{ index: 10, item }];
  for (const task_id of [11, "11", "mbpp/11", "MBPP/11"]) assertEquals(mbpp.itemOf({ task_id }, rows), item);
  for (const task_id of [12, "", "x", null, NaN]) {
    assertThrows(() => mbpp.itemOf({ task_id }, rows), SyntaxError, "expected task_id");
  }
});

await realFileTest(
  "mbpp: splits share no problem, and every row has tests of its own names",
  mbpp.splits.test.file,
  async (full) => {
    const sanitized = await findDataFile(mbpp.splits["test-sanitized"]!.file);
    const ids = new Set<string>();
    let rows = 0;
    for (const split of ["train", "validation", "test"]) {
      for (const { item } of mbpp.load(split, full)) {
        rows++;
        ids.add(mbpp.identify(item));
        assertEquals(item.shots.map(({ taskId }) => taskId), [2, 3, 4]);
        assert(item.names.length > 0 && !item.code.includes("\r\n"));
      }
    }
    assertEquals([rows, ids.size], [964, 964]);
    if (sanitized === null) return;
    const test = new Set(mbpp.load("test", full).map(({ item }) => mbpp.identify(item)));
    for (const { item } of mbpp.load("test-sanitized", sanitized)) assert(test.has(mbpp.identify(item)));
  },
);
