/** What the code tasks make of responses that are odd in ways of their own, by kind: half of them right, half wrong. */

import { assert, assertEquals } from "@std/assert";
import { closeCodeSandbox } from "../code/grades.ts";
import { type HumanEvalItem } from "../humaneval/rows.ts";
import { humaneval } from "../humaneval/mod.ts";
import { mbpp } from "../mbpp/mod.ts";
import type { MbppItem } from "../mbpp/rows.ts";

const F = "```";

const PERIMETER: MbppItem = {
  taskId: 17,
  text: "Write a function for the perimeter of a square.",
  code: "def square_perimeter(a):\n  return 4 * a",
  setup: "",
  tests: ["assert square_perimeter(10) == 40", "assert square_perimeter(5) == 20"],
  names: ["square_perimeter"],
  shots: [],
};
const SUM: HumanEvalItem = {
  taskId: "HumanEval/53",
  prompt: '\n\ndef add(x: int, y: int):\n    """Sum of two numbers.\n    >>> add(2, 3)\n    5\n    """\n',
  solution: "    return x + y\n",
  tests: ["def check(candidate):\n    assert candidate(0, 1) == 1\n    assert candidate(5, 7) == 12\n"],
  entryPoint: "add",
};
const FRACTION: HumanEvalItem = {
  taskId: "HumanEval/2",
  prompt:
    '\n\ndef truncate_number(number: float) -> float:\n    """ What is left of a number without its whole part.\n' +
    '    >>> truncate_number(3.5)\n    0.5\n    """\n',
  solution: "    return number % 1.0\n",
  tests: [
    "def check(candidate):\n    assert candidate(3.5) == 0.5\n    assert abs(candidate(1.25) - 0.25) < 1e-6\n",
  ],
  entryPoint: "truncate_number",
};

/** Text, and whether it is right. */
interface Case {
  readonly text: string;
  readonly right: boolean;
  readonly strict: () => ReturnType<typeof humaneval.grade>;
}
const perimeter = (text: string, right: boolean): Case => ({
  text,
  right,
  strict: () => mbpp.grade(PERIMETER, text),
});
const sum = (text: string, right: boolean): Case => ({
  text,
  right,
  strict: () => humaneval.grade(SUM, text),
});
const fraction = (text: string, right: boolean): Case => ({
  text,
  right,
  strict: () => humaneval.grade(FRACTION, text),
});

const SP = "def square_perimeter(a):\n    return 4*a";
const BAD = "def square_perimeter(a):\n    return 3*a";

const kinds: Readonly<Record<string, readonly Case[]>> = {
  "the first answer in the few-shot frame counts": [
    perimeter(
      `${SP}\n[DONE]\n\nYou are a skilled Python programmer. Count.\n[BEGIN]\ndef count(s):\n    return 1\n[DONE]`,
      true,
    ),
    perimeter(`${SP}\n[DONE]\n\nYou are a skilled Python programmer. Count.\n[BEGIN]\n`, true),
    perimeter(`[BEGIN]\n${SP}\n[DONE]\n\nYou are...\n[BEGIN]\ndef count(s):\n    return 1`, true),
    perimeter(
      `${SP}\n\nYou are a skilled Python programmer. Count.\n[BEGIN]\ndef count(s):\n    return 1\n[DONE]`,
      true,
    ),
    perimeter(`Here it is:\n[BEGIN]\n${F}python\n${SP}\n${F}\n[DONE]`, true),
    perimeter(`${SP}\n[DONE]\n[BEGIN]\n${BAD}\n[DONE]`, true),
    perimeter(`${BAD}\n[DONE]\n[BEGIN]\n${SP}\n[DONE]`, false),
    perimeter(`def count(s):\n    return 1\n[DONE]\n\n[BEGIN]\n${SP}\n[DONE]`, false),
    perimeter(`[DONE]\n\nYou are...\n[BEGIN]\n${SP}\n[DONE]`, false),
    perimeter(`${BAD}\n\nYou are...\n[BEGIN]\n${SP}`, false),
  ],
  "broken code behind, prose above": [
    perimeter(`${SP}\n\ndef foo(`, true),
    perimeter(`${SP}\n\nprint(square_perimeter(`, true),
    perimeter(`${SP}\n\n"""\nWrite a function that was cut off`, true),
    perimeter(`with this in mind:\n\n${SP}`, true),
    perimeter(`${F}python\n${SP}\n\nassert square_perimeter(10) == (`, true),
    perimeter(
      `${F}python\n${SP}\n${F}\n\nOr shorter:\n${F}python\ndef square_perimeter(a):\n    return (4 *`,
      true,
    ),
    perimeter(
      `"""\nWrite a function to find the perimeter of a square.\nassert square_perimeter(10)==40\n"""\n${SP}\n\n"""\nWrite a fun`,
      true,
    ),
    perimeter(
      `import math\nfor the square we need:\n\n${SP.replace("4*a", "math.floor(4*a)")}\n\nclass Square`,
      true,
    ),
    perimeter(`for a square all sides are equal, (\n\n${SP}\n\nsquare_perimeter(5`, true),
    perimeter(
      `def square_perimeter(a):\n    if a < 0:\n        return 0\n    return 4*a\n    # and for others\n    x = [`,
      true,
    ),
    perimeter(
      `${SP}\n\nif __name__ == "__main__":\n    print(square_perimeter(3))\n    try:\n        pri`,
      true,
    ),
    perimeter(`@staticmethod we do not need\n${SP}\nx = {`, true),
    perimeter(`${BAD}\n\ndef foo(`, false),
    perimeter(`def square_perimeter(a):\n    return 4*a +`, false),
    perimeter(`def square_perimeter(a)\n    return 4*a`, false),
    perimeter(`with this in mind:\n\n${BAD}`, false),
    perimeter(`def square_perimeter(a):\n    """Perimeter of a square`, false),
    perimeter(`def square_perimeter(a):\n    x = a\n    for i in range(3):\n        x += (`, false),
    fraction("    return number % 1.0\n\ndef foo(", true),
    fraction("    whole = int(number)\n    return number - whole\n    print(", true),
    fraction('    return number % 1.0\n    """\n    cut off', true),
    fraction("    return number % 2.0\n    print(", false),
    fraction("    whole = int(number)\n    return (number -", false),
    fraction(
      `${F}python\ndef truncate_number(number: float) -> float:\n    return number % 1.0\n\nprint(truncate_number(`,
      true,
    ),
    fraction(
      `${F}python\ndef truncate_number(number: float) -> float:\n    return number % 3.0\n\nprint(truncate_number(`,
      false,
    ),
  ],
  "end and turn marks of other models": [
    ...[
      "<|end_of_text|>",
      "<|start_header_id|>user<|end_header_id|>\n\nNext",
      "<end_of_turn>\n<start_of_turn>user",
      "<|end|><|user|>",
      "<|role_end|><role>HUMAN</role>",
      "<|im_end|>\n<|im_start|>user\n",
      "</s>[INST] And?",
      "<turn|>",
      "<|eot|><|header_start|>user",
    ].flatMap((mark): Case[] => [
      perimeter(SP + mark, true),
      fraction("    return number % 1.0" + mark, true),
      perimeter(BAD + mark + "\n" + SP, false),
    ]),
    perimeter(`<|start_header_id|>assistant<|end_header_id|>\n\n${SP}<|eot_id|>`, true),
    fraction("<|im_start|>assistant\n    return number % 1.0<|im_end|>", true),
  ],
  "a next question or speaker": [
    perimeter(`${SP}\n\nQuestion: And of a circle?\nAnswer:\n${BAD}`, true),
    perimeter(`${SP}\n\nUser: now wrong\nAssistant:\n${F}python\n${BAD}\n${F}`, true),
    perimeter(`${F}python\n${SP}\n${F}\n\nHuman: now wrong\n\n${F}python\n${BAD}\n${F}`, true),
    perimeter(`${SP}\n\n# Problem 2\nprint("User: hi")\nx = {"Q:": 1}`, true),
    perimeter(`def square_perimeter(a):\n    """\nUser: the side\nQ: what?\n    """\n    return 4*a`, true),
    perimeter(`Question: the perimeter of a square\n\n${SP}`, true),
    perimeter(`${BAD}\n\nQuestion: And of a circle?\nAnswer:\n${SP}`, false),
    perimeter(`${F}python\n${BAD}\n${F}\n\nUser: that is wrong\n\n${F}python\n${SP}\n${F}`, false),
    fraction("    return number % 1.0\n\nProblem 2\ndef truncate_number(number):\n    return 0", true),
    fraction("    return number\n\nProblem 2\ndef truncate_number(number):\n    return number % 1.0", false),
  ],
  "shifted indentation, no-break spaces": [
    fraction("   return number % 1.0\n", true),
    fraction(" return number % 1.0", true),
    fraction("  return number % 1.0", true),
    fraction("      return number % 1.0", true),
    fraction("\u00a0\u00a0\u00a0\u00a0return number % 1.0", true),
    fraction("    return\u00a0number % 1.0", true),
    fraction("   whole = int(number)\n   return number - whole", true),
    fraction("   whole = int(number)\n    return number - whole", true),
    fraction("    whole = int(number)\n     return number - whole", true),
    fraction("  if number < 0:\n    return 0.0\n  return number % 1.0", true),
    fraction("   if number < 0:\n        return 0.0\n    return number % 1.0", true),
    fraction("if number < 0:\n        return 0.0\nreturn number % 1.0", true),
    perimeter(" def square_perimeter(a):\n     return 4*a", true),
    perimeter("   def square_perimeter(a):\n       return 4*a", true),
    perimeter(`${F}python\n def square_perimeter(a):\n    return 4*a\n${F}`, true),
    perimeter(`${F}python\nimport math\n def square_perimeter(a):\n     return 4*a\n${F}`, true),
    perimeter(`Here:\n\n    def square_perimeter(a):\n        return 4*a\n\nDone.`, true),
    perimeter("def\u00a0square_perimeter(a):\n\u00a0\u00a0\u00a0 return 4*a", true),
    perimeter("def square_perimeter(a):\n\u00a0return 4*a", true),
    perimeter("\ufeffdef square_perimeter(a):\n    return 4*a", true),
    fraction("   return number % 2.0\n", false),
    fraction(" return number", false),
    fraction("   whole = int(number)\n   return whole", false),
    perimeter(" def square_perimeter(a):\n     return 3*a", false),
    perimeter("class Solution:\n    def square_perimeter(self, a):\n        return 4*a", false),
    fraction("for i in range(3):\n    return number % 2.0", false),
    fraction("\u00a0\u00a0\u00a0return number", false),
  ],
  "a fence on one line": [
    perimeter(`${F}python def square_perimeter(a): return 4*a${F}`, true),
    perimeter(`${F}def square_perimeter(a): return 4*a${F}`, true),
    perimeter(`Use ${F}py def square_perimeter(a): return 4*a ${F} here.`, true),
    perimeter(`${F}python square_perimeter = lambda a: 4*a${F}`, true),
    perimeter(`${F}python def square_perimeter(a):\n    return 4*a\n${F}`, true),
    sum(`${F}python def add(x, y): return x + y${F}`, true),
    sum(`${F}return x + y${F}`, true),
    perimeter(`${F}python def square_perimeter(a): return 3*a${F}`, false),
    perimeter(`${F}def perimeter(a): return 4*a${F}`, false),
    perimeter(`${F}bash square_perimeter 4*a${F}`, false),
    sum(`${F}python def add(x, y): return x - y${F}`, false),
    sum(`${F}return x - y${F}`, false),
  ],
  "modules that the sandbox lacks, and much output": [
    perimeter(`import numpy\n${SP}`, false),
    perimeter(`import pandas as pd\n${SP}`, false),
    perimeter(`def square_perimeter(a):\n    import sympy\n    return 4*a`, false),
    perimeter(`from matplotlib import pyplot\n${SP}`, false),
    perimeter(`import numpy.linalg\n${BAD}`, false),
    perimeter(`try:\n    import numpy\nexcept ImportError:\n    numpy = None\n${SP}`, true),
    perimeter(`def square_perimeter(a):\n    print("x" * (1 << 21))\n    return 4*a`, true),
    perimeter(`import sys\nfor i in range(300000): print(i)\n${SP}`, true),
    perimeter(`def square_perimeter(a):\n    print("x" * (1 << 21))\n    return 3*a`, false),
    perimeter(
      "import math, re, itertools, collections, heapq, bisect, functools, typing, string, random, statistics, decimal, fractions\n" +
        SP,
      true,
    ),
  ],
  "names bound otherwise than by def": [
    sum("add = lambda x, y: x + y\n", true),
    sum("class A:\n    def __call__(self, x, y):\n        return x + y\n\nadd = A()\n", true),
    sum(`${F}python\nfrom operator import add\n${F}`, true),
    sum(`${F}python\nadd = lambda x, y: x - y\n${F}`, false),
    sum("    return x + y\n", true),
    sum("from operator import add", true),
    sum(`${F}python\nimport operator\nadd = operator.add\n${F}`, true),
    sum("import operator; add = operator.add", true),
    sum(`${F}python\nfrom functools import partial\nadd = partial(lambda z, x, y: x + y + z, 0)\n${F}`, true),
    sum("def _add(x, y):\n    return x + y\n\nadd = _add", true),
    sum(`${F}python\nfrom operator import (\n    mul,\n    add,\n)\n${F}`, true),
    sum(
      `${F}python\ntry:\n    from operator import add\nexcept ImportError:\n    def add(x, y):\n        return x + y\n${F}`,
      true,
    ),
    sum("add: object = lambda x, y: x + y", true),
    sum("plus = add = lambda x, y: x + y", true),
    sum("add, sub = lambda x, y: x + y, lambda x, y: x - y", true),
    sum(`${F}python\nif True:\n    def add(x, y):\n        return x + y\n${F}`, true),
    sum("from operator import sub as other, add as add", true),
    sum("add = x + y\nreturn add", true),
    sum("    add = x + y\n    return add", true),
    sum("from operator import sub as add", false),
    sum("add = lambda x, y: x * y", false),
    sum("class A:\n    def __call__(self, x, y):\n        return x - y\n\nadd = A()", false),
    sum("class A:\n    def add(self, x, y):\n        return x + y", false),
    sum("add = 5", false),
    sum("print(add(1, 2))", false),
    sum("add == (lambda x, y: x + y)", false),
    sum("class add:\n    def __init__(self, x, y):\n        self.value = x + y", false),
    sum("plus = lambda x, y: x + y", false),
    sum("add = x - y\nreturn add", false),
  ],
  "patched builtins": [
    sum("import builtins\nbuiltins.len = lambda x: 0\ndef add(x, y):\n    return x + y\n", true),
    sum("import builtins\nbuiltins.abs = None\ndef add(x, y):\n    return x - y\n", false),
    ...[
      "builtins.isinstance = lambda *a: True",
      "builtins.type = lambda *a: int",
      "builtins.list = builtins.dict = builtins.str = None",
      "del builtins.len, builtins.getattr",
      "builtins.__import__ = None",
      "builtins.BaseException = builtins.Exception = int",
      "vars(builtins).clear()",
      "builtins.map = builtins.all = builtins.len = None",
      "builtins.print = builtins.open = builtins.next = 3",
      "builtins.hasattr = lambda *a: 1 / 0",
    ].flatMap((patch): Case[] => [
      sum(`import builtins\n${patch}\ndef add(x, y):\n    return x + y\n`, true),
      sum(`import builtins\n${patch}\ndef add(x, y):\n    return x - y\n`, false),
    ]),
    sum("import builtins\ndef add(x, y):\n    builtins.len = None\n    return x + y", true),
    sum(
      "import builtins\ndef add(x, y):\n    builtins.len = builtins.isinstance = lambda *a: True\n    return x - y",
      false,
    ),
    perimeter(
      "import builtins\nkeep = builtins.len\nbuiltins.len = lambda x: 0\ndef square_perimeter(a):\n    builtins.len = keep\n    return 4*a",
      true,
    ),
    perimeter(
      "import builtins\nbuiltins.sum = lambda x: 4\ndef square_perimeter(a):\n    return sum([]) * a",
      true,
    ),
    sum(
      "import builtins\nclass Same:\n    def __eq__(self, other): return 1 / 0\nbuiltins.len = Same()\ndef add(x, y):\n    return x + y",
      true,
    ),
  ],
};

Deno.test("code tasks: odd responses, right and wrong", async (t) => {
  try {
    for (const [kind, cases] of Object.entries(kinds)) {
      await t.step(kind, async () => {
        const grades = await Promise.all(cases.map(({ strict }) => strict()));
        for (const [i, { text, right }] of cases.entries()) {
          assertEquals(
            grades[i]!.strict.correct,
            right,
            `${JSON.stringify(text)}: ${grades[i]!.strict.reason}`,
          );
        }
        const wrong = cases.filter(({ right }) => !right).length;
        assert(cases.length >= 10 && wrong > 0 && wrong < cases.length);
      });
    }
    await t.step("a module that is not there is told apart", async () => {
      const lacks = async (text: string) => (await mbpp.grade(PERIMETER, text)).strict;
      for (const module of ["numpy", "pandas", "sympy", "matplotlib"]) {
        for (
          const code of [`import ${module}\n${SP}`, SP.replace("return", `from ${module}.a import b; return`)]
        ) {
          const { reason, lacks: missing } = await lacks(code);
          assertEquals([missing, reason], [module, `text: needs a module that the sandbox lacks: ${module}`]);
        }
      }
      for (const code of [SP, BAD, `try:\n    import numpy\nexcept ImportError:\n    pass\n${BAD}`]) {
        assertEquals((await lacks(code)).lacks, undefined);
      }
    });
    await t.step("the answer is what ran", async () => {
      const answer = async (text: string) => (await mbpp.grade(PERIMETER, text)).strict.answer;
      assertEquals(await answer(`${SP}\n\ndef foo(`), SP + "\n");
      assertEquals(await answer(`${F}python\n${SP}\n${F}\n${F}python\n${SP} (\n${F}`), SP + "\n");
      assertEquals(await answer(`${SP} (`), `${SP} (`);
    });
  } finally {
    await closeCodeSandbox();
  }
});
