/**
 * Values of expressions at fixed points. An expression with variables is known by its values at a few points: two
 * polynomials that agree there differ with a chance of about 2^-20 a point, and points never change, so that a
 * verdict never does either.
 *
 * Conventions: `\log` has base 10; odd roots of negative numbers are negative; angles without a degree sign are in
 * radians. An even root of a negative number is imaginary where it is a constant and undefined where it depends
 * on a variable, as variables stand for real numbers.
 */

import * as floats from "./float.ts";
import * as numbers from "./number.ts";
import { type Complex, type Ratio, ratio, type Real, real } from "./number.ts";
import { type FunctionName, type Node, some } from "./tree.ts";

/** Points at which an expression with variables is evaluated. */
export const POINTS = 8;

/** What grading one response may cost, in elementary operations: no text takes longer, whatever it contains. */
export interface Budget {
  left: number;
}
export const BUDGET = 20_000;
/** Of functions and roots, which take about as long as that many operations. */
const FUNCTION_COST = 20;
/** Largest argument of a factorial, and largest top of a binomial. */
const MAX_FACTORIAL = 3000n;
const MAX_ROOT = 64n;

/** 32-bit FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  // The low bits of short texts are poor.
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** The value of a variable at a point: near 1 first, then larger, then of either sign. */
function valueAt(name: string, point: number): Ratio {
  const bits = hash(`${point}:${name}`);
  const fraction = BigInt(bits >>> 12) + 1n;
  const unit = 1n << 20n;
  switch (point) {
    case 0:
    case 1:
      return ratio(fraction + unit / 4n, unit);
    case 2:
      return ratio(fraction * 9n + 5n * unit, unit);
    case 3:
      return ratio(fraction * 1000n + 100n * unit, unit);
    case 4:
      return ratio(-fraction - unit / 4n, unit);
    default:
      return ratio((bits & 1 ? 1n : -1n) * (fraction * 4n + unit / 4n), unit);
  }
}

/** The value of an expression at a point; null where it has none, and when the budget is spent. */
export function evaluate(node: Node, point: number, budget: Budget): Complex | null {
  if (--budget.left < 0) return null;
  switch (node.kind) {
    case "number":
      return real(node.value);
    case "symbol":
      return real(valueAt(node.name, point));
    case "constant":
      return constant(node.name);
    case "operation":
      break;
    default:
      return null;
  }
  const { operator } = node;
  const operands: Complex[] = [];
  for (const operand of node.operands) {
    const value = evaluate(operand, point, budget);
    if (value === null) return null;
    operands.push(value);
  }
  const [a, b] = operands as [Complex, Complex];
  switch (operator) {
    case "sum":
      return fold(operands, numbers.add);
    case "product":
      return fold(operands, numbers.multiply);
    case "quotient":
      return numbers.divide(a, b);
    case "negate":
      return numbers.negate(a);
    case "absolute":
      return realOrNull(numbers.absolute(a));
    case "percent":
      return numbers.divide(a, real(ratio(100n)));
    case "degree":
      return numbers.multiply(a, real(numbers.multiplyReal(floats.pi, ratio(1n, 180n))!));
    case "floor":
      return floorOf(a);
    case "ceiling": {
      const below = floorOf(numbers.negate(a));
      return below && numbers.negate(below);
    }
  }
  budget.left -= FUNCTION_COST;
  if (budget.left < 0) return null;
  switch (operator) {
    case "power":
      return power(a, b, node.operands, budget);
    case "root":
      return root(a, b, some(node.operands[0]!, ({ kind }) => kind === "symbol"));
    case "factorial":
      return factorial(a, budget);
    case "binomial":
      return binomial(a, b, budget);
    case "log":
      return numbers.isReal(a) && numbers.isReal(b)
        ? realOrNull(quotient(logarithm(a.re), logarithm(b.re)))
        : null;
    default:
      return functionOf(operator, a);
  }
}

function constant(name: "pi" | "e" | "i" | "infinity"): Complex | null {
  switch (name) {
    case "pi":
      return real(floats.pi);
    case "e":
      return real(E);
    case "i":
      return { re: numbers.ZERO, im: numbers.ONE };
    case "infinity":
      return null;
  }
}

const E = floats.exponential({ mantissa: 1n, exponent: 0 })!;

const realOrNull = (value: Real | null): Complex | null => value && real(value);
const quotient = (a: Real | null, b: Real | null) => a && b && numbers.divideReal(a, b);

function fold(values: Complex[], operate: (a: Complex, b: Complex) => Complex | null): Complex | null {
  let result: Complex | null = values[0]!;
  for (let i = 1; i < values.length && result !== null; i++) result = operate(result, values[i]!);
  return result;
}

function floorOf({ re, im }: Complex): Complex | null {
  if (!numbers.isReal({ re, im })) return null;
  const below = numbers.floor(re);
  if (below === null) return null;
  // A float just below an integer is that integer.
  return real(numbers.equal(re, ratio(below + 1n)) ? ratio(below + 1n) : ratio(below));
}

const logarithm = (a: Real): Real | null => floats.logarithm(numbers.toFloat(a));

/** e^z. */
function exponential({ re, im }: Complex): Complex | null {
  const size = floats.exponential(numbers.toFloat(re));
  if (size === null || numbers.isReal({ re, im })) return realOrNull(size);
  const turn = floats.sineCosine(numbers.toFloat(im));
  return turn && numbers.multiply(real(size), { re: turn.cosine, im: turn.sine });
}

/** The ratio in lowest terms, when its terms are small. */
function smallRatio(a: Real): { p: bigint; q: bigint } | null {
  if (!numbers.isExact(a) || floats.bitLength(a.numerator) + floats.bitLength(a.denominator) > 256) {
    return null;
  }
  let x = a.numerator < 0n ? -a.numerator : a.numerator, y = a.denominator;
  while (y !== 0n) [x, y] = [y, x % y];
  return { p: a.numerator / x, q: a.denominator / x };
}

function power(
  base: Complex,
  exponent: Complex,
  [baseNode]: readonly Node[],
  budget: Budget,
): Complex | null {
  const whole = numbers.isReal(exponent) ? numbers.asInteger(exponent.re) : null;
  if (whole !== null) {
    budget.left -= floats.bitLength(whole);
    return numbers.power(base, whole);
  }
  if (baseNode!.kind === "constant" && baseNode!.name === "e") return exponential(exponent);
  if (!numbers.isReal(base)) return null;
  const small = numbers.isReal(exponent) ? smallRatio(exponent.re) : null;
  if (small !== null && small.q <= MAX_ROOT) {
    const rooted = root(base, real(ratio(small.q)), some(baseNode!, ({ kind }) => kind === "symbol"));
    return rooted && numbers.power(rooted, small.p);
  }
  const log = logarithm(base.re);
  const product = log && numbers.multiply(exponent, real(log));
  return product && exponential(product);
}

function root(radicand: Complex, index: Complex, varies: boolean): Complex | null {
  const degree = numbers.isReal(index) ? numbers.asInteger(index.re) : null;
  if (degree === null || degree < 1n || degree > MAX_ROOT) return null;
  const isNegative = numbers.isReal(radicand) && numbers.sign(radicand.re) < 0;
  if (degree === 2n) return isNegative && varies ? null : numbers.squareRoot(radicand);
  if (!numbers.isReal(radicand) || (isNegative && degree % 2n === 0n)) return null;
  const positive = numbers.rootReal(numbers.absolute(radicand)!, Number(degree));
  return real(isNegative ? numbers.negateReal(positive) : positive);
}

/** The product of the integers from `first` to `last`. */
function productOf(first: bigint, last: bigint, budget: Budget): Real | null {
  budget.left -= Number(last - first);
  let result: Real | null = numbers.ONE;
  for (let factor = first; factor <= last && result !== null && budget.left >= 0; factor++) {
    result = numbers.multiplyReal(result, ratio(factor));
  }
  return budget.left < 0 ? null : result;
}

function factorial(a: Complex, budget: Budget): Complex | null {
  const n = numbers.isReal(a) ? numbers.asInteger(a.re) : null;
  return n === null || n < 0n || n > MAX_FACTORIAL ? null : realOrNull(productOf(2n, n, budget));
}

function binomial(above: Complex, below: Complex, budget: Budget): Complex | null {
  if (!numbers.isReal(above) || !numbers.isReal(below)) return null;
  const n = numbers.asInteger(above.re), k = numbers.asInteger(below.re);
  if (n === null || k === null || k < 0n || n < k || n > MAX_FACTORIAL) return null;
  return realOrNull(quotient(productOf(n - k + 1n, n, budget), productOf(1n, k, budget)));
}

/** A function of a real number, or e^z. */
function functionOf(name: FunctionName, z: Complex): Complex | null {
  if (name === "exp") return exponential(z);
  if (!numbers.isReal(z)) return null;
  return realOrNull(realFunction(name, z.re));
}

function realFunction(name: Exclude<FunctionName, "exp">, a: Real): Real | null {
  const x = numbers.toFloat(a);
  switch (name) {
    case "ln":
      return floats.logarithm(x);
    case "arctan":
      return floats.arcTangent(x);
    case "arcsin":
      return arcSine(a);
    case "arccos": {
      const sine = arcSine(a);
      const right = numbers.multiplyReal(floats.pi, ratio(1n, 2n));
      return sine && right && numbers.addReal(right, numbers.negateReal(sine));
    }
    case "sinh":
    case "cosh":
    case "tanh": {
      const up = floats.exponential(x), down = floats.exponential(floats.negate(x));
      if (up === null || down === null) return null;
      const half = ratio(1n, 2n);
      const sine = numbers.multiplyReal(floats.add(up, floats.negate(down))!, half);
      const cosine = numbers.multiplyReal(floats.add(up, down)!, half);
      return name === "sinh" ? sine : name === "cosh" ? cosine : quotient(sine, cosine);
    }
  }
  const turn = floats.sineCosine(x);
  if (turn === null) return null;
  switch (name) {
    case "sin":
      return turn.sine;
    case "cos":
      return turn.cosine;
    case "tan":
      return quotient(turn.sine, turn.cosine);
    case "cot":
      return quotient(turn.cosine, turn.sine);
    case "sec":
      return quotient(numbers.ONE, turn.cosine);
    case "csc":
      return quotient(numbers.ONE, turn.sine);
  }
}

/** arcsin x = arctan(x / sqrt(1 - x^2)). */
function arcSine(a: Real): Real | null {
  const square = numbers.multiplyReal(a, a);
  const rest = square && numbers.addReal(numbers.ONE, numbers.negateReal(square));
  if (rest === null || numbers.sign(rest) < 0) return null;
  if (numbers.sign(rest) === 0) return numbers.multiplyReal(floats.pi, ratio(BigInt(numbers.sign(a)), 2n));
  const tangent = numbers.divideReal(a, numbers.rootReal(rest, 2));
  return tangent && floats.arcTangent(numbers.toFloat(tangent));
}
