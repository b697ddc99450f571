import { assert, assertEquals } from "@std/assert";
import { randomSequence } from "../../kernels/philox/random.ts";
import { bodiesOf, type CodeReading, fencedBlocks, findCode } from "./text.ts";
import { LINEAR_MS } from "../testing/real_task.ts";
import { hostileText } from "../testing/testing.ts";

const F = "```";
const CODE = "def f(x):\n    return x";

type Case = readonly [text: string, code: string | null, place?: CodeReading["place"]];

/** Responses that are to define `f`. */
const found: readonly Case[] = [
  [`Sure:\n${F}python\n${CODE}\n${F}\nIt works.`, `${CODE}\n`, "block"],
  [`${F}\n${CODE}\n${F}`, `${CODE}\n`, "block"],
  [`${F}py\n${CODE}\n${F}`, `${CODE}\n`, "block"],
  [`${F}Python3\r\ndef f(x):\r\n    return x\r\n${F}`, `${CODE}\n`, "block"],
  // Cut off, or ended by tokens of the model.
  [`${F}python\n${CODE}`, CODE, "block"],
  [`${F}python\n${CODE}<|eot_id|><|endoftext|>`, CODE, "block"],
  // In answer tags, which come before blocks elsewhere.
  [
    `<reasoning>\n${F}python\ndef f(x): return 0\n${F}\n</reasoning>\n<answer>\n${F}python\n${CODE}\n${F}\n</answer>`,
    `${CODE}\n`,
    "block in the answer",
  ],
  [`<answer>${F}python\n${CODE}\n${F}</answer>`, `${CODE}\n`, "block in the answer"],
  [`<answer>\n${CODE}\n</answer>`, CODE, "answer"],
  [`<answer>\n${CODE}`, CODE, "answer"],
  [`${F}python\n${CODE}\n${F}\n<answer>see above</answer>`, `${CODE}\n`, "block"],
  // The last block that defines the name, whatever stands in others.
  [
    `${F}python\ndef f(x): return 0\n${F}\nBetter:\n${F}python\n${CODE}\n${F}\nUse:\n${F}python\nprint(f(1))\n${F}`,
    `${CODE}\n`,
    "block",
  ],
  [`${F}bash\npip install f\n${F}\n${F}python\n${CODE}\n${F}`, `${CODE}\n`, "block"],
  [`${F}text\n${CODE}\n${F}`, CODE, "text"],
  // A block within a list.
  [`1. So:\n   ${F}python\n   def f(x):\n       return x\n   ${F}`, `${CODE}\n`, "block"],
  // Other ways to define.
  [`${F}python\nclass f:\n    pass\n${F}`, "class f:\n    pass\n", "block"],
  [`${F}python\nf = lambda x: x\n${F}`, "f = lambda x: x\n", "block"],
  [`${F}python\nf: object = abs\n${F}`, "f: object = abs\n", "block"],
  [`${F}python\nasync def f(x):\n    return x\n${F}`, "async def f(x):\n    return x\n", "block"],
  // Bare code: imports and helpers before it belong to it, prose does not.
  [`Here is the code.\nimport math\n\n${CODE}\n\nThis works in O(1).`, `import math\n\n${CODE}`, "text"],
  [
    `def g(y):\n    return y\n\n${CODE}\nprint(f(2))\nThat is all.`,
    `def g(y):\n    return y\n\n${CODE}\nprint(f(2))`,
    "text",
  ],
  [`${CODE}\n\n# Done\nassert f(1) == 1`, `${CODE}\n\n# Done\nassert f(1) == 1`, "text"],
  [
    `def f(x):\n    """\nA docstring at the margin.\n    """\n    return x\nEnd.`,
    `def f(x):\n    """\nA docstring at the margin.\n    """\n    return x`,
    "text",
  ],
  [`def f(\n    x,\n):\n    return x\nWell.`, "def f(\n    x,\n):\n    return x", "text"],
  ["@cache\ndef f(x):\n    return x", "@cache\ndef f(x):\n    return x", "text"],
  // The frame of few-shot prompts.
  [`[BEGIN]\n${CODE}\n[DONE]\n\ndef f(x): return 0`, CODE, "text"],
  [`${CODE}\n[DONE]\n[BEGIN]`, CODE, "text"],
  // Nothing that defines the name.
  [`${F}python\ndef g(x):\n    return x\n${F}`, null],
  [`${F}python\ndef ff(x):\n    return x\n${F}`, null],
  [`${F}python\nclass Solution:\n    def f(self, x):\n        return x\n${F}`, null],
  [`${F}python\nf == 3\n${F}`, null],
  ["The function f returns x.", null],
  ["", null],
  [`<|endoftext|>${CODE}`, null],
  [F, null],
  ["\0\ud800", null],
];

Deno.test("code: where it stands in a response", () => {
  for (const [text, code, place] of found) {
    const expected = code === null ? undefined : { code, place: place! };
    assertEquals(findCode(text, ["f"])[0], expected, JSON.stringify(text));
  }
  assertEquals(findCode(`${F}\ndef g(): pass\n${F}`, ["f", "g"])[0]!.place, "block");
});

Deno.test("code: bodies for a function whose head the prompt ends with", () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["    return x\n", "    return x\n"],
    ["    y = x\n\n    return y\n\n\ndef g():\n    pass", "    y = x\n\n    return y\n"],
    ["    return x\n# Test\nprint(f(1))", "    return x\n"],
    ["\n    return x<|endoftext|>", "    return x\n"],
    ["\treturn '\t'", "    return '\t'\n"],
    // Without the indentation of the first line, or of all: what compiles is meant.
    ["return x", "    return x\n"],
    ["y = x\n    return y", "    y = x\n        return y\n", "    y = x\n    return y\n"],
    [
      "for y in x:\n    pass\nreturn x",
      "    for y in x:\n        pass\n    return x\n",
      "    for y in x:\n    pass\n",
    ],
    ["y = x\nreturn y\nThat was it.", "    y = x\n    return y\n", "    y = x\n"],
    // Shifted.
    ["  return x", "    return x\n"],
    ["   y = x\n   return y", "    y = x\n    return y\n", "    y = x\n   return y\n"],
    ["   y = x\n    return y", "    y = x\n     return y\n", "    y = x\n    return y\n"],
    ["    y = x\n     return y", "    y = x\n     return y\n", "    y = x\n    return y\n"],
    ["I would return x."],
    ["   "],
  ];
  for (const [text, ...bodies] of cases) {
    const expected = bodies.map((code) => ({ code, place: "continuation" as const }));
    assertEquals(findCode(text, ["f"], true), expected, JSON.stringify(text));
  }
  const first = (text: string) => findCode(text, ["f"], true)[0];
  assertEquals(first(`${F}python\n    return x\n${F}`)?.code, "    return x\n");
  assertEquals(first(`\n    return x\n\nFor example:\n${F}python\nreturn 1\n${F}`)?.code, "    return x\n");
  assertEquals(first(`Here:\n${F}python\nreturn x\n${F}`)?.code, "    return x\n");
  assertEquals(first(`    y = 1\n${CODE}`)?.place, "text", "a definition comes first");
  assertEquals(bodiesOf("    return x\ny"), ["    return x\n"]);
});

Deno.test("code: blocks", () => {
  assertEquals(fencedBlocks(`${F}a\n1${F}${F}\n2${F} ${F}python\n3`), ["2", "3"]);
  assertEquals(fencedBlocks(`${F}${F}${F}`), []);
  // Code on the line of the fence, closed on it or not.
  assertEquals(fencedBlocks(`So ${F}python def f(x): return x${F}, or ${F}f = 1${F}`), [
    "def f(x): return x",
    "f = 1",
  ]);
  assertEquals(fencedBlocks(`${F}py def f(x):\n    return x\n${F}`), ["def f(x):\n    return x\n"]);
  assertEquals(fencedBlocks(`${F}\`python\nf\n${F}\``), ["f\n"]);
  assertEquals(fencedBlocks(`${F}bash pip install f${F}\n${F}json\nf\n${F}`), []);
});

const PIECES = [
  F,
  `${F}python\n`,
  "\n",
  "def f(x):",
  "\n    ",
  "return x",
  "<answer>",
  "</answer>",
  '"""',
  "'''",
  "[BEGIN]",
  "[DONE]",
  "f = ",
  "class f",
  "# ",
  "import math\n",
  "if x:",
  "<|eot_id|>",
  "(",
  ")",
  "\t",
  "\r\n",
  "\nQ: ",
  "\nUser: ",
  "\u00a0",
  "\n  ",
];

Deno.test("code: 100,000 random texts", () => {
  const draws = randomSequence({ seed: 6, stream: 1002 });
  let all = 0;
  for (let i = 0; i < 100_000; i++) {
    const text = hostileText(draws, PIECES);
    const readings = findCode(text, ["f"], i % 2 === 0);
    if (readings.length > 0) all++;
    for (const { code, place } of readings) {
      if (place !== "continuation") assert(code.includes("f"), JSON.stringify(text));
    }
  }
  assert(all > 10_000, `only ${all} of the random texts hold code`);
});

Deno.test("code: megabytes are read in linear time", () => {
  const units = [
    ...PIECES,
    `${F}\n`,
    "def f(x):\n",
    "    x = 1\n",
    "a",
    "a = ",
    "a.",
    "f ",
    "f: ",
    "x[",
    "def f",
    `${F}python\ndef f(x): pass\n${F}\n`,
    "'''\n",
    "class ",
    "for x",
    " ",
    "f: f, ",
    "def f(",
    "def f()",
    "from f import (",
    " if x:\n",
    "  f = 1\n",
    "\n Q:",
    "Q:\n",
    "Q:\ndef f(x):\n",
    "\u00a0",
    "import f\n",
    `${F}def f(x): pass${F}\n`,
    "[BEGIN]def f",
    "class f:\n def f",
  ];
  for (const unit of units) {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const start = performance.now();
    findCode(text, ["f"], true);
    assert(performance.now() - start < LINEAR_MS, `a megabyte of ${JSON.stringify(unit)}`);
  }
});
