/** Expressions for tests: what models write, what nobody should, and random ones; and the program each stands for. */

import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import { assertEquals } from "@std/assert";
import type { Expression, ExpressionVerdict, Program, Sandbox } from "./sandbox.ts";

/** The program that an expression stands for. */
export function programOf({ expression, tests }: Expression): Program {
  return {
    code: `def f(x):\n    return ${expression}\n`,
    tests: tests.map(({ x, expected }) => `assert f(${x}) == ${expected}`),
    seconds: 120,
    steps: 3e6,
  };
}

/** Expressions that can go wrong in some way, all of the alphabet and short enough to be run. */
export const HOSTILE_EXPRESSIONS: readonly string[] = [
  ...[
    "",
    " ",
    "x",
    "xx",
    "x1",
    "1x",
    "x x",
    "0x10",
    "0xx",
    "007",
    "00",
    "1 2",
    "()",
    "(())",
    "x()",
    "x(x)",
    "5(3)",
  ],
  ...[
    "(x",
    "x)",
    ")x(",
    "1)+(2",
    "*",
    "**",
    "//",
    "%",
    "x+",
    "*x",
    "+x",
    "--x",
    "-+-x",
    "x//",
    "x***2",
    "x ** 2",
  ],
  ...["1/0", "x//0", "x%0", "0**-1", "(x-x)/(x-x)", "x/3", "x/2*2", "7//2", "x%-3", "-x//2", "(0-8)**(1/3)"],
  ...[
    "9" + "9".repeat(290),
    "9".repeat(290) + "%x",
    "x*" + "9".repeat(280),
    "1/" + "9".repeat(280),
    "x**500%7",
  ],
  ...["9**500/9**499", "9**999/3", "9**-999", "(1/3)**9999", "9**(1/2)", "2**1000-2**1000+x", "10**400/x"],
  ...[
    "x**x**x",
    "1**9**9",
    "(0-1)**9**9",
    "0**9**9",
    "x(9**99)",
    "(9**9)(9**9)",
    "()*9",
    "()**2",
    "()%1",
    "-()",
  ],
  ...["-".repeat(299) + "x", "(".repeat(99) + "x" + ")".repeat(99), "(".repeat(149) + "x" + ")".repeat(149)],
  ...[
    "-".repeat(290) + "2**x",
    "x" + "**1".repeat(99),
    "x" + "+1".repeat(149),
    "x(".repeat(90) + ")".repeat(90),
  ],
];

/** Expressions whose powers are too large to be computed. */
export const COSTLY_EXPRESSIONS: readonly string[] = [
  ...["9**9**7", "9**9**9", "2**2**2**2**2**2", "x**99999", "(9**99)**(9**99)", "9**9**9%7", "x(9**9**9)"],
  ...["2**9999*2**9999", "(2**5000)**2**2", "-9**9**9", "1-(2-(3-9**9**9))", "9**9**9(9**9**9)"],
];

function pick<Value>(random: RandomSequence, values: readonly Value[]): Value {
  return values[random.below(values.length)]!;
}

function tree(random: RandomSequence, depth: number): string {
  if (depth === 0 || random.below(4) === 0) return random.below(2) ? "x" : String(random.below(100));
  const operator = pick(random, ["+", "-", "*", "+", "-", "*", "/", "//", "%", "**"]);
  const parts = [tree(random, depth - 1), pick(random, ["", " "]), operator, tree(random, depth - 1)];
  const text = parts.join("");
  return pick(random, [text, `(${text})`, `-(${text})`]);
}

/** Half of it follows the grammar, half is characters of the alphabet in any order. */
export function randomExpressions(seed: number, count: number): string[] {
  return Array.from({ length: count }, (_, row) => {
    const random = randomSequence({ seed, stream: 0 }, 0, row);
    if (row % 2 === 0) return tree(random, 3);
    return Array.from({ length: random.below(12) }, () => pick(random, [..."xx0123456789+-*/()% "])).join(
      "",
    );
  });
}

/** Tests that some expressions pass and some in part: two are right for `x` itself. */
export function testsFor(row: number): Expression["tests"] {
  return [{ x: 3, expected: 3 }, { x: -2, expected: row }, { x: 0, expected: 0 }, { x: 1.5, expected: 16 }];
}

/** Asserts that each verdict is that of the program that the expression stands for. */
export async function assertSameVerdicts(
  sandbox: Sandbox,
  items: readonly Expression[],
  verdicts: readonly ExpressionVerdict[],
): Promise<void> {
  const programs = await Promise.all(items.map((item) => sandbox.run(programOf(item))));
  const essence = ({ status, passed, total, reproducible }: ExpressionVerdict) => ({
    status,
    passed,
    total,
    reproducible,
  });
  for (const [i, item] of items.entries()) {
    assertEquals(essence(verdicts[i]!), essence(programs[i]!), `${item.expression}: ${verdicts[i]!.reason}`);
  }
}
