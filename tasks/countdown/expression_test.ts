import { assert, assertEquals } from "@std/assert";
import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import { LIMITS, readExpression } from "./expression.ts";
import { equalsInteger, format } from "../answers/rational.ts";

/** An expression by construction: its spelling, its exact value as a reduced pair, and the numbers in it. */
interface Known {
  readonly text: string;
  /** 0 sum, 1 product, 2 literal or bracketed: what the outermost operator is. */
  readonly level: number;
  readonly value: readonly [bigint, bigint] | null;
  readonly literals: readonly bigint[];
}

function reduced(n: bigint, d: bigint): [bigint, bigint] | null {
  if (d === 0n) return null;
  const gcd = (a: bigint, b: bigint): bigint => b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b);
  const divisor = gcd(n, d) * (d < 0n ? -1n : 1n);
  return [n / divisor, d / divisor];
}

/** a - b is a + (-1) b and a / b is a times the reciprocal: not how the reader computes them. */
function valueOf(operator: string, a: Known["value"], b: Known["value"]): Known["value"] {
  if (a === null || b === null) return null;
  if (operator === "-") return valueOf("+", a, [-b[0], b[1]]);
  if (operator === "/") {
    const reciprocal = reduced(b[1], b[0]);
    return reciprocal && valueOf("*", a, reciprocal);
  }
  return operator === "+"
    ? reduced(a[0] * b[1] + b[0] * a[1], a[1] * b[1])
    : reduced(a[0] * b[0], a[1] * b[1]);
}

const SPELLINGS: Record<string, readonly string[]> = {
  "+": ["+", " + "],
  "-": ["-", " - ", "−"],
  "*": ["*", " * ", "×", "\\times ", "\\cdot "],
  "/": ["/", " / ", "÷", "\\div "],
};

/** A random tree, spelled with the brackets its meaning needs and sometimes more. */
function randomExpression(draws: RandomSequence, leaves: number): Known {
  const pick = <T>(items: readonly T[]) => items[draws.below(items.length)]!;
  if (leaves === 1) {
    const literal = BigInt(draws.below(draws.below(2) === 0 ? 10 : 1000));
    return { text: `${literal}`, level: 2, value: [literal, 1n], literals: [literal] };
  }
  const left = 1 + draws.below(leaves - 1);
  const a = randomExpression(draws, left), b = randomExpression(draws, leaves - left);
  const operator = pick(["+", "-", "*", "/"]);
  const value = valueOf(operator, a.value, b.value), literals = [...a.literals, ...b.literals];
  if (operator === "/" && draws.below(4) === 0) {
    return { text: `\\frac{${a.text}}{${b.text}}`, level: 2, value, literals };
  }
  const level = operator === "+" || operator === "-" ? 0 : 1;
  // Chains lean to the left, so a right operand of the same level keeps its brackets.
  const bracket = (of: Known, least: number) =>
    of.level < least || draws.below(8) === 0 ? `(${of.text})` : of.text;
  return {
    text: bracket(a, level) + pick(SPELLINGS[operator]!) + bracket(b, level + 1),
    level,
    value,
    literals,
  };
}

Deno.test("countdown: 1e5 random expressions have the value of an exact oracle", () => {
  const draws = randomSequence({ seed: 5, stream: 1000 });
  let undefinedValues = 0, fractions = 0;
  for (let i = 0; i < 100_000; i++) {
    const known = randomExpression(draws, 1 + draws.below(7));
    const read = readExpression(known.text);
    assert(read !== null, known.text);
    assertEquals(read.literals, known.literals);
    const shown = known.value && (known.value[1] === 1n ? `${known.value[0]}` : known.value.join("/"));
    assertEquals(read.value && format(read.value), shown, known.text);
    const again = readExpression(read.text);
    assertEquals([again?.text, again?.literals], [read.text, read.literals]);
    assertEquals(again?.value && format(again.value), shown);
    if (known.value === null) undefinedValues++;
    else {
      if (known.value[1] !== 1n) fractions++;
      const [n, d] = known.value;
      assertEquals(equalsInteger(read.value!, n / d), n % d === 0n);
    }
  }
  assert(undefinedValues > 1000 && fractions > 1000, "divisions by zero and fractions occur");
});

Deno.test("countdown: an expression with one character changed is refused or is another one", () => {
  const draws = randomSequence({ seed: 6, stream: 1000 });
  for (let i = 0; i < 20_000; i++) {
    const { text } = readExpression(randomExpression(draws, 4).text)!;
    const at = draws.below(text.length);
    const changed = text.slice(0, at) + "+-*/(){}=.^0 \\,"[draws.below(15)] + text.slice(at + 1);
    const read = readExpression(changed);
    if (read === null) continue;
    // Only spaces, and the other side of an equation, are left out of the canonical text.
    const sides = changed.replaceAll(" ", "").split("=");
    assertEquals(read.text, sides.find((side) => /[-+*/]/.test(side)) ?? sides[0]);
  }
});

Deno.test("countdown: limits of length, depth and digits are exact", () => {
  const brackets = (depth: number) => "(".repeat(depth) + "1" + ")".repeat(depth);
  assert(readExpression(brackets(LIMITS.depth)));
  assertEquals(readExpression(brackets(LIMITS.depth + 1)), null);
  assert(readExpression("9".repeat(LIMITS.digits)));
  assertEquals(readExpression("9".repeat(LIMITS.digits + 1)), null);
  const sum = (length: number) => "1+".repeat(length / 2 - 1) + "11";
  assert(readExpression(sum(LIMITS.characters)));
  assertEquals(readExpression(`${sum(LIMITS.characters)}1`), null);
  assert(readExpression(`  ${sum(LIMITS.characters)}\n`));
});
