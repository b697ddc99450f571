// exp and log of arrays, so that a test can see them: y[i] = f(x[i]).

import { exp4, log4 } from "../wasm/math.as";
import { store_tail } from "../wasm/vector.as";

export function math_exp(x: usize, y: usize, n: u32): void {
  const whole: usize = (n & ~3) << 2, tail: u32 = n & 3;
  for (let i: usize = 0; i < whole; i += 16) v128.store(y + i, exp4(v128.load(x + i)));
  if (tail) store_tail(y + whole, exp4(v128.load(x + whole)), tail);
}

export function math_log(x: usize, y: usize, n: u32): void {
  const whole: usize = (n & ~3) << 2, tail: u32 = n & 3;
  for (let i: usize = 0; i < whole; i += 16) v128.store(y + i, log4(v128.load(x + i)));
  if (tail) store_tail(y + whole, log4(v128.load(x + whole)), tail);
}
