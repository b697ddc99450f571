/**
 * exp, expm1, log, sin and cos in f64, of our own: the standard leaves their precision to the engine, and results must
 * be equal on every machine. Only +, -, *, / and bit patterns are used, which are exact everywhere. Errors in units
 * in the last place of the exact result, checked against long integer arithmetic: exp and log 1, expm1 5, sin and
 * cos 2.
 */

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);
/** Index of the word with sign, exponent and leading bits. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** ln 2 in two parts; products of the first with integers up to 2^20 are exact. */
const LN2_HIGH = 6.93147180369123816490e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const INVERSE_LN2 = 1.44269504088896338700;
/** pi / 2 in three parts of 33 bits or fewer: products of the first two with integers up to 2^20 are exact. */
const HALF_PI = [1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21] as const;

/** 1 / 2!, 1 / 3!, ... 1 / 14! */
const EXP_TERMS = inverseFactorials(2, 14, 1);
/** 1 / 3!, -1 / 5!, ... and 1 / 2!, -1 / 4!, ... */
const SIN_TERMS = inverseFactorials(3, 19, 2), COS_TERMS = inverseFactorials(2, 18, 2);

function inverseFactorials(first: number, last: number, step: number): Float64Array {
  const terms: number[] = [];
  let factorial = 1;
  for (let k = 1; k <= last; k++) {
    factorial *= k;
    if (k >= first && (k - first) % step === 0) terms.push(1 / factorial);
  }
  return Float64Array.from(terms, (term, i) => step === 2 && i % 2 === 1 ? -term : term);
}

/** terms[0] + terms[1] x + terms[2] x^2 + ... */
function polynomial(terms: Float64Array, x: number): number {
  let sum = 0;
  for (let i = terms.length - 1; i >= 0; i--) sum = sum * x + terms[i]!;
  return sum;
}

/** 2^n for integers -1022 <= n <= 1023. */
function powerOfTwo(n: number): number {
  words[1 - HIGH] = 0;
  words[HIGH] = (n + 1023) << 20;
  return double[0]!;
}

/** e^x. Overflow gives Infinity, underflow 0. */
export function exp(x: number): number {
  if (!(x < 710)) return x + Infinity; // NaN stays NaN.
  if (x < -746) return 0;
  const n = Math.round(x * INVERSE_LN2);
  const r = (x - n * LN2_HIGH) - n * LN2_LOW;
  const power = 1 + (r + r * r * polynomial(EXP_TERMS, r));
  // Two factors, so that neither leaves the exponents of a double.
  const half = n >> 1;
  return power * powerOfTwo(half) * powerOfTwo(n - half);
}

/** e^x - 1, without the cancellation near 0. */
export function expm1(x: number): number {
  if (x > -0.35 && x < 0.35) return x + x * x * polynomial(EXP_TERMS, x);
  return exp(x) - 1;
}

/** Natural logarithm: -Infinity for 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  // x = m 2^e, m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f):
  // log m = 2 s + 2 s T, T = s^2 / 3 + s^4 / 5 + ..., and 2 s = f - s f, in which f is exact.
  const denormal = x < 2.2250738585072014e-308;
  double[0] = denormal ? x * 18014398509481984 : x;
  const high = words[HIGH]! - 0x3fe6a09e;
  const exponent = high >> 20;
  words[HIGH]! -= exponent << 20;
  const e = denormal ? exponent - 54 : exponent;
  const f = double[0] - 1, s = f / (2 + f), square = s * s;
  let series = 0;
  for (let k = 25; k >= 3; k -= 2) series = (series + 1 / k) * square;
  return e * LN2_HIGH + (f - (s * (f - 2 * series) - e * LN2_LOW));
}

/** sin and cos of x / (pi / 2) = quadrant + remainder. @throws RangeError beyond 2^20 */
function quarterTurn(x: number, turn: number): number {
  if (!(Math.abs(x) <= 1048576)) {
    throw new RangeError(`sin and cos are exact to 2^20 radians, found ${x}; reduce the angle first`);
  }
  const n = Math.round(x / HALF_PI[0]);
  const r = ((x - n * HALF_PI[0]) - n * HALF_PI[1]) - n * HALF_PI[2];
  const square = r * r;
  // n + turn mod 4 tells which of sin, cos, -sin, -cos of the remainder it is.
  const quadrant = (n + turn) & 3;
  const value = quadrant & 1
    ? 1 - square * polynomial(COS_TERMS, square)
    : r - r * (square * polynomial(SIN_TERMS, square));
  return quadrant & 2 ? -value : value;
}

/** Sine of an angle in radians. @throws RangeError beyond 2^20 */
export function sin(x: number): number {
  return quarterTurn(x, 0);
}

/** Cosine of an angle in radians. @throws RangeError beyond 2^20 */
export function cos(x: number): number {
  return quarterTurn(x, 1);
}
