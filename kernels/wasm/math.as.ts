// exp and log of four f32 lanes, of our own: no host function, the same bits on every machine in the portable build.
// Errors, in units in the last place of the exact result, over every f32 (kernels/math/elementary_test.ts):
//   exp   1.01, denormal results included; overflow gives infinity, underflow 0
//   log   0.86, denormal arguments included; log 0 = -infinity, of a negative number NaN
// NaN gives NaN. Coefficients: weighted minimax fits of the series below.

import { constant, madd } from "./vector.as";

const ONE = memory.data<f32>([1]);
// ln 2 in two parts, the first with so few bits that its products with exponents are exact.
const LN2_HIGH = memory.data<f32>([0.693145752]);
const LN2_LOW = memory.data<f32>([1.42860677e-6]);

// Arguments beyond these have the same result.
const EXP_MOST = memory.data<f32>([89]);
const EXP_LEAST = memory.data<f32>([-104]);
const INVERSE_LN2 = memory.data<f32>([1.44269502]);
// Adding 1.5 * 2^23 leaves a rounded integer in the low bits.
const TO_INTEGER = memory.data<f32>([12582912]);
const P0 = memory.data<f32>([0.4999999404]);
const P1 = memory.data<f32>([0.1666651964]);
const P2 = memory.data<f32>([0.0416684076]);
const P3 = memory.data<f32>([0.0083689215]);
const P4 = memory.data<f32>([0.0013814174]);

// e^x = 2^n e^r,  n = round(x / ln 2),  |r| <= ln 2 / 2;  e^r = 1 + (r + r^2 P(r)).  2^n in two factors, so that
// neither leaves the exponents of an f32.
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const one = constant(ONE), magic = constant(TO_INTEGER);
  const bounded = f32x4.pmax(f32x4.pmin(x, constant(EXP_MOST)), constant(EXP_LEAST));
  const shifted = f32x4.add(f32x4.mul(bounded, constant(INVERSE_LN2)), magic);
  const n = f32x4.sub(shifted, magic), exponent = i32x4.sub(shifted, magic);
  const r = f32x4.sub(f32x4.sub(bounded, f32x4.mul(n, constant(LN2_HIGH))), f32x4.mul(n, constant(LN2_LOW)));
  let p = madd(constant(P4), r, constant(P3));
  p = madd(p, r, constant(P2));
  p = madd(p, r, constant(P1));
  p = madd(p, r, constant(P0));
  const power = f32x4.add(one, madd(p, f32x4.mul(r, r), r)), half = i32x4.shr_s(exponent, 1);
  // The bits of 2^k are those of 1 plus k in the place of the exponent.
  const first = i32x4.add(one, i32x4.shl(half, 23));
  const second = i32x4.add(one, i32x4.shl(i32x4.sub(exponent, half), 23));
  return f32x4.mul(f32x4.mul(power, first), second);
}

const LEAST_NORMAL = memory.data<f32>([1.17549435e-38]);
const TWO_TO_23 = memory.data<f32>([8388608]);
const ROOT_OF_HALF = memory.data<f32>([0.707106769]);
const HALF = memory.data<f32>([0.5]);
const Q0 = memory.data<f32>([0.3333331347]);
const Q1 = memory.data<f32>([-0.2500000894]);
const Q2 = memory.data<f32>([0.2000211924]);
const Q3 = memory.data<f32>([-0.1666799635]);
const Q4 = memory.data<f32>([0.1421955228]);
const Q5 = memory.data<f32>([-0.1240558923]);
const Q6 = memory.data<f32>([0.1188816205]);
const Q7 = memory.data<f32>([-0.1167565212]);
const Q8 = memory.data<f32>([0.0674664006]);

// log of positive normal numbers, anything for others.
// x = m 2^e,  m in [sqrt(1/2), sqrt(2)),  f = m - 1;  log x = e ln 2 + (f - f^2 / 2 + f^3 Q(f))
// @ts-ignore: decorator
@inline
export function log_normal4(x: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, constant(ROOT_OF_HALF)), 23);
  return log_parts(i32x4.sub(x, i32x4.shl(exponent, 23)), f32x4.convert_i32x4_s(exponent));
}

// @ts-ignore: decorator
@inline
function log_parts(m: v128, e: v128): v128 {
  const f = f32x4.sub(m, constant(ONE));
  let q = madd(constant(Q8), f, constant(Q7));
  q = madd(q, f, constant(Q6));
  q = madd(q, f, constant(Q5));
  q = madd(q, f, constant(Q4));
  q = madd(q, f, constant(Q3));
  q = madd(q, f, constant(Q2));
  q = madd(q, f, constant(Q1));
  q = madd(q, f, constant(Q0));
  const square = f32x4.mul(f, f);
  let y = madd(e, constant(LN2_LOW), f32x4.mul(f32x4.mul(f, square), q));
  y = f32x4.sub(y, f32x4.mul(square, constant(HALF)));
  return f32x4.add(f32x4.add(f, y), f32x4.mul(e, constant(LN2_HIGH)));
}

// log of any numbers.
export function log4(x: v128): v128 {
  const denormal = f32x4.lt(x, constant(LEAST_NORMAL));
  const bits = v128.bitselect(f32x4.mul(x, constant(TWO_TO_23)), x, denormal);
  const exponent = i32x4.shr_s(i32x4.sub(bits, constant(ROOT_OF_HALF)), 23);
  const e = i32x4.sub(exponent, v128.and(denormal, i32x4.splat(23)));
  let y = log_parts(i32x4.sub(bits, i32x4.shl(exponent, 23)), f32x4.convert_i32x4_s(e));
  // Outside (0, infinity): +infinity stays, 0 becomes -infinity, all else NaN.
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.or(y, v128.not(f32x4.ge(x, f32x4.splat(0))));
}

export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}
