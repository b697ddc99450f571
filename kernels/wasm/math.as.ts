// exp and log of four f32 lanes, of our own: no host function, the same bits on every machine in the portable build.
// Errors, in units in the last place of the exact result, over every f32 (kernels/math/elementary_test.ts):
//   exp   1.01, denormal results included; overflow gives infinity, underflow 0
//   log   0.86, denormal arguments included; log 0 = -infinity, of a negative number NaN
// NaN gives NaN. Coefficients: weighted minimax fits of the two series below.

import { madd } from "./vector.as";

// e^x = 2^n e^r,  n = round(x / ln 2),  |r| <= ln 2 / 2 in two parts of ln 2, the first with so few bits that its
// product with n is exact;  e^r = 1 + (r + r^2 P(r)).  2^n in two factors, so that neither leaves the exponents.
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  // Adding 1.5 * 2^23 leaves the rounded integer in the low bits.
  const shifted = f32x4.add(f32x4.mul(bounded, f32x4.splat(1.44269502)), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  const integer = i32x4.sub(shifted, f32x4.splat(12582912));
  const r = f32x4.sub(
    f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693145752))),
    f32x4.mul(n, f32x4.splat(1.42860677e-6)),
  );
  let p = f32x4.splat(0.0013814174);
  p = madd(p, r, f32x4.splat(0.0083689215));
  p = madd(p, r, f32x4.splat(0.0416684076));
  p = madd(p, r, f32x4.splat(0.1666651964));
  p = madd(p, r, f32x4.splat(0.4999999404));
  const power = f32x4.add(f32x4.splat(1), madd(p, f32x4.mul(r, r), r));
  const half = i32x4.shr_s(integer, 1);
  return f32x4.mul(f32x4.mul(power, power_of_two(half)), power_of_two(i32x4.sub(integer, half)));
}

// 2^n of integers -126 <= n <= 127
// @ts-ignore: decorator
@inline
function power_of_two(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

// x = m 2^e,  m in [sqrt(1/2), sqrt(2)),  f = m - 1;  log x = e ln 2 + (f - f^2 / 2 + f^3 Q(f))
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const denormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const bits = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, denormal);
  const exponent = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(exponent, 23)), f32x4.splat(1));
  const e = f32x4.convert_i32x4_s(i32x4.sub(exponent, v128.and(denormal, i32x4.splat(23))));
  let q = f32x4.splat(0.0674664006);
  q = madd(q, f, f32x4.splat(-0.1167565212));
  q = madd(q, f, f32x4.splat(0.1188816205));
  q = madd(q, f, f32x4.splat(-0.1240558923));
  q = madd(q, f, f32x4.splat(0.1421955228));
  q = madd(q, f, f32x4.splat(-0.1666799635));
  q = madd(q, f, f32x4.splat(0.2000211924));
  q = madd(q, f, f32x4.splat(-0.2500000894));
  q = madd(q, f, f32x4.splat(0.3333331347));
  const square = f32x4.mul(f, f);
  let y = madd(e, f32x4.splat(1.42860677e-6), f32x4.mul(f32x4.mul(f, square), q));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  y = f32x4.add(f32x4.add(f, y), f32x4.mul(e, f32x4.splat(0.693145752)));
  // Outside (0, infinity): +infinity stays, 0 becomes -infinity, all else NaN.
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.or(y, v128.not(f32x4.ge(x, f32x4.splat(0))));
}

// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

// @ts-ignore: decorator
@inline
export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}
