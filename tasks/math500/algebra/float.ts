/**
 * Binary floating point of 320 bits over BigInt, with the elementary functions. Nothing depends on the machine or
 * on `Math`, so that a verdict is the same everywhere; and with some 96 decimal digits, two numbers that agree to
 * 60 of them are the same number for every answer that anyone writes.
 *
 * A float is mantissa * 2^exponent. Functions are computed in fixed point of `SCALE` fractional bits by argument
 * reduction and a Taylor series; each loses a few of the 64 spare bits.
 */

export interface Float {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const PRECISION = 320;
const SCALE = 384;
const ONE = 1n << BigInt(SCALE);
/** Larger exponents of two leave no exact integer arithmetic on exponents. */
const MAX_EXPONENT = 2 ** 48;

/** Bits of a magnitude; 0 for 0. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = (value < 0n ? -value : value).toString(16);
  return 4 * hex.length - Math.clz32(parseInt(hex[0]!, 16)) + 28;
}

/** mantissa * 2^exponent, rounded down to the precision; null when it is too large or too small to hold. */
export function float(mantissa: bigint, exponent: number): Float | null {
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  const excess = Math.max(0, bitLength(mantissa) - PRECISION);
  if (Math.abs(exponent) > MAX_EXPONENT) return null;
  return { mantissa: mantissa >> BigInt(excess), exponent: exponent + excess };
}

/** numerator / denominator. @throws RangeError for a denominator of 0 */
export function quotientOf(numerator: bigint, denominator: bigint): Float {
  const shift = Math.max(0, PRECISION + bitLength(denominator) - bitLength(numerator));
  return float((numerator << BigInt(shift)) / denominator, -shift)!;
}

/** The power of two just above the magnitude; -Infinity for 0. */
export function magnitude({ mantissa, exponent }: Float): number {
  return mantissa === 0n ? -Infinity : bitLength(mantissa) + exponent;
}

export function add(a: Float, b: Float): Float | null {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const shift = high.exponent - low.exponent;
  // Beyond this, `low` lies below the last bit of `high`.
  if (shift > 2 * PRECISION) return high;
  return float((high.mantissa << BigInt(shift)) + low.mantissa, low.exponent);
}

export function multiply(a: Float, b: Float): Float | null {
  return float(a.mantissa * b.mantissa, a.exponent + b.exponent);
}

/** Null for a divisor of 0. */
export function divide(a: Float, b: Float): Float | null {
  if (b.mantissa === 0n) return null;
  const { mantissa, exponent } = quotientOf(a.mantissa, b.mantissa);
  return float(mantissa, exponent + a.exponent - b.exponent);
}

export function negate({ mantissa, exponent }: Float): Float {
  return { mantissa: -mantissa, exponent };
}

/** The largest integer whose `degree`-th power is at most `value` (Newton's iteration from above). */
export function integerRoot(value: bigint, degree: number): bigint {
  if (value < 2n) return value;
  const k = BigInt(degree);
  let root = 1n << BigInt(Math.ceil(bitLength(value) / degree));
  for (;;) {
    const next = ((k - 1n) * root + value / root ** (k - 1n)) / k;
    if (next >= root) return root;
    root = next;
  }
}

/** The positive root of a number that is not negative. */
export function rootOf({ mantissa, exponent }: Float, degree: number): Float {
  // Enough bits for the root, and an exponent that the degree divides.
  const shift = Math.max(0, degree * PRECISION - bitLength(mantissa));
  const spare = (((exponent - shift) % degree) + degree) % degree;
  return float(integerRoot(mantissa << BigInt(shift + spare), degree), (exponent - shift - spare) / degree)!;
}

/** The integer nearest to a / b, for b > 0. */
function nearest(a: bigint, b: bigint): bigint {
  const above = 2n * a + b, rest = above % (2n * b);
  return (above - (rest < 0n ? rest + 2n * b : rest)) / (2n * b);
}

/** The sum of a series of fixed-point terms, each made of the one before and its place from 1 on. */
function series(first: bigint, next: (term: bigint, place: bigint) => bigint): bigint {
  let sum = first, term = first;
  for (let place = 1n; term !== 0n && term !== -1n; place++) {
    term = next(term, place);
    sum += term;
  }
  return sum;
}

/** sum of sign^k / ((2k + 1) x^(2k + 1)): artanh(1/x) for sign 1, arctan(1/x) for -1. */
function inverseTangentOfReciprocal(x: bigint, sign: bigint, bits: number): bigint {
  let power = (1n << BigInt(bits)) / x, sum = power;
  for (let odd = 3n; power !== 0n && power !== -1n; odd += 2n) {
    power = sign * power / (x * x);
    sum += power / odd;
  }
  return sum;
}

/** pi with that many fractional bits (Machin: pi/4 = 4 arctan 1/5 - arctan 1/239). */
function piBits(bits: number): bigint {
  const spare = bits + 16;
  const quarter = 4n * inverseTangentOfReciprocal(5n, -1n, spare) -
    inverseTangentOfReciprocal(239n, -1n, spare);
  return (4n * quarter) >> 16n;
}

/** Arguments of sine and cosine may have that many bits before the point. */
const PERIODIC_BITS = 64;
const WIDE = SCALE + PERIODIC_BITS;
const PI_WIDE = piBits(WIDE), PI = PI_WIDE >> BigInt(PERIODIC_BITS);
/** ln 2 = 2 artanh 1/3. */
const LN2_WIDE = 2n * inverseTangentOfReciprocal(3n, 1n, WIDE), LN2 = LN2_WIDE >> BigInt(PERIODIC_BITS);

export const pi: Float = float(PI, -SCALE)!;

/** In fixed point with that many fractional bits. */
function fixed({ mantissa, exponent }: Float, bits = SCALE): bigint {
  const shift = exponent + bits;
  return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
}

/** e^x; null when it is too large or too small to hold. */
export function exponential(x: Float): Float | null {
  if (magnitude(x) > 47) return null;
  const wide = fixed(x, WIDE);
  const twos = nearest(wide, LN2_WIDE);
  // e^r = (e^(r / 256))^256 for |r| <= ln 2 / 2.
  const rest = (wide - twos * LN2_WIDE) >> BigInt(PERIODIC_BITS + 8);
  let power = series(ONE, (term, place) => ((term * rest) >> BigInt(SCALE)) / place);
  for (let i = 0; i < 8; i++) power = (power * power) >> BigInt(SCALE);
  return float(power, Number(twos) - SCALE);
}

/** ln x; null unless x > 0. */
export function logarithm(x: Float): Float | null {
  if (x.mantissa <= 0n) return null;
  const twos = magnitude(x);
  // x = y * 2^twos with y in [1/2, 1); ln y = 64 ln y^(1/64) = 128 artanh((r - 1) / (r + 1)).
  let root = fixed({ mantissa: x.mantissa, exponent: x.exponent - twos });
  for (let i = 0; i < 6; i++) root = integerRoot(root << BigInt(SCALE), 2);
  const ratio = ((root - ONE) << BigInt(SCALE)) / (root + ONE);
  const square = (ratio * ratio) >> BigInt(SCALE);
  let power = ratio, sum = ratio;
  for (let odd = 3n; power !== 0n && power !== -1n; odd += 2n) {
    power = (power * square) >> BigInt(SCALE);
    sum += power / odd;
  }
  return float(128n * sum + BigInt(twos) * LN2, -SCALE);
}

/** Sine and cosine; null for an argument too large to reduce. */
export function sineCosine(x: Float): { sine: Float; cosine: Float } | null {
  if (magnitude(x) > PERIODIC_BITS) return null;
  const wide = fixed(x, WIDE), half = PI_WIDE >> 1n;
  const quarters = nearest(wide, half);
  const rest = (wide - quarters * half) >> BigInt(PERIODIC_BITS);
  const square = (rest * rest) >> BigInt(SCALE);
  const step = (offset: bigint) => (term: bigint, place: bigint) =>
    -((term * square) >> BigInt(SCALE)) / ((2n * place - 1n + offset) * (2n * place + offset));
  const s = float(series(rest, step(1n)), -SCALE)!, c = float(series(ONE, step(0n)), -SCALE)!;
  switch (Number(((quarters % 4n) + 4n) % 4n)) {
    case 0:
      return { sine: s, cosine: c };
    case 1:
      return { sine: c, cosine: negate(s) };
    case 2:
      return { sine: negate(s), cosine: negate(c) };
    default:
      return { sine: negate(c), cosine: s };
  }
}

/** In (-pi/2, pi/2). */
export function arcTangent(x: Float): Float {
  if (x.mantissa < 0n) return negate(arcTangent(negate(x)));
  if (magnitude(x) > 1 || (magnitude(x) === 1 && fixed(x) > ONE)) {
    // arctan x = pi/2 - arctan 1/x.
    const reciprocal = divide({ mantissa: 1n, exponent: 0 }, x)!;
    return add(float(PI >> 1n, -SCALE)!, negate(arcTangent(reciprocal)))!;
  }
  // arctan t = 2 arctan(t / (1 + sqrt(1 + t^2))), three times.
  let t = fixed(x);
  for (let i = 0; i < 3; i++) {
    const root = integerRoot((ONE << BigInt(SCALE)) + t * t, 2);
    t = (t << BigInt(SCALE)) / (ONE + root);
  }
  const square = (t * t) >> BigInt(SCALE);
  let power = t, sum = t;
  for (let odd = 3n; power !== 0n && power !== -1n; odd += 2n) {
    power = -((power * square) >> BigInt(SCALE));
    sum += power / odd;
  }
  return float(8n * sum, -SCALE)!;
}
