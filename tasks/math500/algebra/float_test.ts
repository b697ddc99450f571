import { assert, assertEquals } from "@std/assert";
import { randomSequence } from "../../../kernels/philox/random.ts";
import * as floats from "./float.ts";
import type { Float } from "./float.ts";
import {
  addReal,
  equal,
  floor,
  isLess,
  powerReal,
  ratio,
  type Real,
  rootReal,
  squareRoot,
} from "./number.ts";
import { ALL, interval, NONE, point, type RealSet, sameSet, union, without } from "./set_of_reals.ts";

const of = (numerator: bigint, denominator = 1n) => floats.quotientOf(numerator, denominator);

/** The first digits of a positive number, before and after the point. */
function digits({ mantissa, exponent }: Float, places: number): string {
  const scaled = mantissa * 10n ** BigInt(places);
  const text = String(exponent < 0 ? scaled >> BigInt(-exponent) : scaled << BigInt(exponent));
  const whole = text.padStart(places + 1, "0");
  return `${whole.slice(0, -places)}.${whole.slice(-places)}`;
}

Deno.test("math500: constants and functions to 50 digits", () => {
  const turn = floats.sineCosine(of(1n))!;
  const cases: readonly (readonly [Float, string])[] = [
    [floats.pi, "3.14159265358979323846264338327950288419716939937510"],
    [floats.exponential(of(1n))!, "2.71828182845904523536028747135266249775724709369995"],
    [floats.logarithm(of(2n))!, "0.69314718055994530941723212145817656807550013436025"],
    [floats.logarithm(of(10n))!, "2.30258509299404568401799145468436420760110148862877"],
    [floats.rootOf(of(2n), 2), "1.41421356237309504880168872420969807856967187537694"],
    [floats.rootOf(of(2n), 3), "1.25992104989487316476721060727822835057025146470150"],
    [turn.sine, "0.84147098480789650665250232163029899962256306079837"],
    [turn.cosine, "0.54030230586813971740093660744297660373231042061792"],
    [floats.arcTangent(of(2n)), "1.10714871779409050301706546017853704007004764540143"],
  ];
  for (const [value, expected] of cases) assertEquals(digits(value, 50), expected);
});

Deno.test("math500: functions undo each other, at random arguments of all sizes", () => {
  const draws = randomSequence({ seed: 7, stream: 1003 });
  const close = (a: Float | null, b: Float, name: string) => assert(a !== null && equal(a, b), name);
  for (let i = 0; i < 300; i++) {
    const x = of(BigInt(draws.word()) + 1n, BigInt(draws.word()) + 1n);
    close(floats.exponential(floats.logarithm(x)!), x, "exp ln x");
    close(floats.logarithm(floats.exponential(x)!), x, "ln exp x");
    const root = floats.rootOf(x, 2 + draws.below(5));
    assert(root.mantissa > 0n);
    close(floats.multiply(floats.rootOf(x, 2), floats.rootOf(x, 2)), x, "square of root");
    const { sine, cosine } = floats.sineCosine(x)!;
    const squares = floats.add(floats.multiply(sine, sine)!, floats.multiply(cosine, cosine)!);
    close(squares, of(1n), "sin^2 + cos^2");
    const angle = floats.arcTangent(x), back = floats.sineCosine(angle)!;
    close(floats.divide(back.sine, back.cosine), x, "tan arctan x");
    close(floats.divide(floats.multiply(x, sine)!, sine), x, "x y / y");
  }
});

Deno.test("math500: numbers without a value are null", () => {
  assertEquals(floats.divide(of(1n), of(0n)), null);
  assertEquals(floats.logarithm(of(0n)), null);
  assertEquals(floats.logarithm(of(-1n)), null);
  assertEquals(floats.exponential({ mantissa: 1n, exponent: 60 }), null);
  assertEquals(floats.sineCosine({ mantissa: 1n, exponent: 65 }), null);
  assertEquals(floats.float(1n, 2 ** 50), null);
});

Deno.test("math500: ratios are exact until they are too large", () => {
  assert(equal(rootReal(ratio(8n, 18n), 2), ratio(2n, 3n)));
  assertEquals(rootReal(ratio(8n, 18n), 2), ratio(12n, 18n));
  assertEquals(rootReal(ratio(27n), 3), ratio(3n));
  assertEquals(powerReal(ratio(2n), 2017n), ratio(2n ** 2017n));
  assert(!equal(powerReal(ratio(2n), 2017n)!, ratio(2n ** 2017n + 1n)));
  assert("exponent" in powerReal(ratio(2n), 100_000n)!);
  assertEquals(floor(ratio(-7n, 2n)), -4n);
  assertEquals(powerReal(ratio(0n), 0n), null);
  const third: Real = ratio(1n, 3n);
  assert(isLess(third, ratio(34n, 100n)) && !isLess(third, addReal(third, ratio(0n))!));
  // (1 + 2i)^2 = -3 + 4i
  const root = squareRoot({ re: ratio(-3n), im: ratio(4n) })!;
  assert(equal(root.re, ratio(1n)) && equal(root.im, ratio(2n)));
});

Deno.test("math500: sets of real numbers", () => {
  const between = (low: bigint, high: bigint, brackets: string): RealSet =>
    interval({ value: ratio(low), after: brackets[0] === "(" }, {
      value: ratio(high),
      after: brackets[1] === "]",
    })!;
  assert(sameSet(union(between(1n, 2n, "[)"), between(2n, 3n, "[]")), between(1n, 3n, "[]")));
  assert(!sameSet(union(between(1n, 2n, "[)"), between(2n, 3n, "(]")), between(1n, 3n, "[]")));
  assert(
    sameSet(
      union(union(between(1n, 2n, "[)"), between(2n, 3n, "(]")), point(ratio(2n))),
      between(1n, 3n, "[]"),
    ),
  );
  assert(
    sameSet(
      union(between(3n, 4n, "()"), between(1n, 2n, "()")),
      union(between(1n, 2n, "()"), between(3n, 4n, "()")),
    ),
  );
  assert(sameSet(without(ALL, ALL), NONE) && sameSet(without(ALL, NONE), ALL));
  assert(
    sameSet(
      without(between(1n, 3n, "[]"), point(ratio(2n))),
      union(between(1n, 2n, "[)"), between(2n, 3n, "(]")),
    ),
  );
  assert(sameSet(without(between(1n, 4n, "()"), between(0n, 3n, "[]")), between(3n, 4n, "()")));
  assert(
    sameSet(without(between(1n, 2n, "[]"), between(1n, 2n, "()")), union(point(ratio(1n)), point(ratio(2n)))),
  );
  assertEquals(interval({ value: ratio(2n), after: true }, { value: ratio(2n), after: false }), null);
});
