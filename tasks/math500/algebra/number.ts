/**
 * Real and complex numbers that stay exact as long as they can: a ratio of integers until a root, a function or
 * sheer size makes it a float. Every operation is total: null is "no such number" (a division by zero, the
 * logarithm of a negative number) or "too large".
 */

import * as floats from "./float.ts";
import type { Float } from "./float.ts";
import { equals, type Rational } from "../../answers/rational.ts";

/** Exact; the denominator is positive, and the fraction need not be reduced. */
export type Ratio = Rational;
export type Real = Ratio | Float;
export interface Complex {
  readonly re: Real;
  readonly im: Real;
}

/** A ratio with more bits than this becomes a float. 2^2017 and the digits of a long answer stay exact. */
const EXACT_BITS = 8192;
/** Floats that differ by less than this share of the larger one are equal. */
const EQUAL_BITS = 200;
/**
 * Terms that cancel leave an error of the size of their last bits. So the share is taken of 2^-60 at least, except
 * for numbers that are too small for such an error.
 */
const SMALLEST = -60, BELOW_ERRORS = -450;

/** The power of two against which differences of numbers of that magnitude are measured. */
const scaleOf = (magnitude: number) => magnitude < BELOW_ERRORS ? magnitude : Math.max(magnitude, SMALLEST);

export const ratio = (numerator: bigint, denominator = 1n): Ratio => ({ numerator, denominator });
export const ZERO = ratio(0n), ONE = ratio(1n);
export const real = (re: Real): Complex => ({ re, im: ZERO });

export const isExact = (a: Real): a is Ratio => "numerator" in a;
function isZero(a: Real): boolean {
  if (isExact(a)) return a.numerator === 0n;
  const magnitude = floats.magnitude(a);
  return a.mantissa === 0n || magnitude < scaleOf(magnitude) - EQUAL_BITS;
}
export const isReal = (z: Complex) => isZero(z.im);

export function toFloat(a: Real): Float {
  return isExact(a) ? floats.quotientOf(a.numerator, a.denominator) : a;
}

/** The ratio, or a float when it has grown too large. */
function sized(a: Ratio): Real {
  const bits = floats.bitLength(a.numerator) + floats.bitLength(a.denominator);
  return bits <= EXACT_BITS ? a : toFloat(a);
}

/** -1, 0 or 1. */
export function sign(a: Real): number {
  if (isZero(a)) return 0;
  return (isExact(a) ? a.numerator : a.mantissa) < 0n ? -1 : 1;
}

export function equal(a: Real, b: Real): boolean {
  if (isExact(a) && isExact(b)) return equals(a, b);
  const left = toFloat(a), right = toFloat(b);
  const difference = floats.add(left, floats.negate(right));
  if (difference === null) return false;
  const magnitude = Math.max(floats.magnitude(left), floats.magnitude(right));
  return difference.mantissa === 0n || floats.magnitude(difference) < scaleOf(magnitude) - EQUAL_BITS;
}

/** Whether a < b, numbers that are `equal` not being less. */
export function isLess(a: Real, b: Real): boolean {
  if (equal(a, b)) return false;
  const difference = addReal(a, negateReal(b));
  return difference !== null && (isExact(difference) ? difference.numerator : difference.mantissa) < 0n;
}

export function negateReal(a: Real): Real {
  return isExact(a) ? { numerator: -a.numerator, denominator: a.denominator } : floats.negate(a);
}

export function addReal(a: Real, b: Real): Real | null {
  if (!isExact(a) || !isExact(b)) return floats.add(toFloat(a), toFloat(b));
  if (a.denominator === b.denominator) return sized(ratio(a.numerator + b.numerator, a.denominator));
  return sized(
    ratio(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator),
  );
}

export function multiplyReal(a: Real, b: Real): Real | null {
  // Exactly zero whatever the other is, so that the parts of complex numbers stay exact.
  if (isExact(a) && a.numerator === 0n || isExact(b) && b.numerator === 0n) return ZERO;
  if (!isExact(a) || !isExact(b)) return floats.multiply(toFloat(a), toFloat(b));
  return sized(ratio(a.numerator * b.numerator, a.denominator * b.denominator));
}

export function divideReal(a: Real, b: Real): Real | null {
  if (isZero(b)) return null;
  if (isExact(a) && a.numerator === 0n) return ZERO;
  if (!isExact(a) || !isExact(b)) return floats.divide(toFloat(a), toFloat(b));
  const flip = b.numerator < 0n ? -1n : 1n;
  return sized(ratio(flip * a.numerator * b.denominator, flip * a.denominator * b.numerator));
}

/** The integer that an exact number is, or null. */
export function asInteger(a: Real): bigint | null {
  return isExact(a) && a.numerator % a.denominator === 0n ? a.numerator / a.denominator : null;
}

/** The largest integer that is not above; null for floats too large to have digits after the point. */
export function floor(a: Real): bigint | null {
  if (isExact(a)) {
    const whole = a.numerator / a.denominator;
    return a.numerator < 0n && a.numerator % a.denominator !== 0n ? whole - 1n : whole;
  }
  if (floats.magnitude(a) > EXACT_BITS) return null;
  return a.exponent >= 0 ? a.mantissa << BigInt(a.exponent) : a.mantissa >> BigInt(-a.exponent);
}

/** The positive root of a number that is not negative; exact for powers. */
export function rootReal(a: Real, degree: number): Real {
  if (isExact(a)) {
    // (p/q)^(1/n) = (p q^(n-1))^(1/n) / q, reduced or not.
    const bits = floats.bitLength(a.numerator) + (degree - 1) * floats.bitLength(a.denominator);
    if (bits <= EXACT_BITS) {
      const power = a.numerator * a.denominator ** BigInt(degree - 1);
      const root = floats.integerRoot(power, degree);
      if (root ** BigInt(degree) === power) return ratio(root, a.denominator);
    }
  }
  return floats.rootOf(toFloat(a), degree);
}

/** a^n by squaring; null for 0 to the power of 0 or less. */
export function powerReal(a: Real, n: bigint): Real | null {
  if (isZero(a)) return n > 0n ? ZERO : null;
  let result: Real | null = ONE, square: Real | null = a;
  for (let rest = n < 0n ? -n : n; rest > 0n; rest >>= 1n) {
    if (square === null || result === null) return null;
    if (rest & 1n) result = multiplyReal(result, square);
    if (rest > 1n) square = multiplyReal(square, square);
  }
  return n < 0n && result !== null ? divideReal(ONE, result) : result;
}

export function equalComplex(a: Complex, b: Complex): boolean {
  return equal(a.re, b.re) && equal(a.im, b.im);
}

const complex = (re: Real | null, im: Real | null): Complex | null =>
  re === null || im === null ? null : { re, im };

/** `operate` on numbers that may be missing. */
function both(a: Real | null, b: Real | null, operate: (a: Real, b: Real) => Real | null): Real | null {
  return a === null || b === null ? null : operate(a, b);
}

export const negate = ({ re, im }: Complex): Complex => ({ re: negateReal(re), im: negateReal(im) });
export const add = (a: Complex, b: Complex) => complex(addReal(a.re, b.re), addReal(a.im, b.im));

export function multiply(a: Complex, b: Complex): Complex | null {
  const minus = (x: Real, y: Real) => addReal(x, negateReal(y));
  return complex(
    both(multiplyReal(a.re, b.re), multiplyReal(a.im, b.im), minus),
    both(multiplyReal(a.re, b.im), multiplyReal(a.im, b.re), addReal),
  );
}

/** |z|^2. */
function norm({ re, im }: Complex): Real | null {
  return both(multiplyReal(re, re), multiplyReal(im, im), addReal);
}

export function divide(a: Complex, b: Complex): Complex | null {
  if (isExact(b.im) && b.im.numerator === 0n) return complex(divideReal(a.re, b.re), divideReal(a.im, b.re));
  const size = norm(b), product = multiply(a, { re: b.re, im: negateReal(b.im) });
  return size && product && complex(divideReal(product.re, size), divideReal(product.im, size));
}

/** |z|. */
export function absolute(z: Complex): Real | null {
  if (isReal(z)) return sign(z.re) < 0 ? negateReal(z.re) : z.re;
  const size = norm(z);
  return size && rootReal(size, 2);
}

/** The principal square root. */
export function squareRoot(z: Complex): Complex | null {
  if (isReal(z)) {
    const root = rootReal(absolute(z)!, 2);
    return sign(z.re) < 0 ? { re: ZERO, im: root } : real(root);
  }
  // sqrt(z) = sqrt((|z| + re) / 2) + i sign(im) sqrt((|z| - re) / 2).
  const size = absolute(z), half = ratio(1n, 2n);
  const part = (re: Real) => {
    const sum = size && addReal(size, re);
    const square = sum && multiplyReal(sum, half);
    return square && rootReal(sign(square) < 0 ? ZERO : square, 2);
  };
  const imaginary = part(negateReal(z.re));
  return complex(part(z.re), imaginary && sign(z.im) < 0 ? negateReal(imaginary) : imaginary);
}

/** z^n by squaring; null for 0 to the power of 0 or less, and for powers of other than real numbers beyond 2^16. */
export function power(z: Complex, n: bigint): Complex | null {
  if (isReal(z)) {
    const result = powerReal(z.re, n);
    return result && real(result);
  }
  if (n > 65536n || n < -65536n) return null;
  let result: Complex | null = real(ONE), square: Complex | null = z;
  for (let rest = n < 0n ? -n : n; rest > 0n; rest >>= 1n) {
    if (square === null || result === null) return null;
    if (rest & 1n) result = multiply(result, square);
    if (rest > 1n) square = multiply(square, square);
  }
  return n < 0n && result !== null ? divide(real(ONE), result) : result;
}
