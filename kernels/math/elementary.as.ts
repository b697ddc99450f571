// exp and log of arrays, so that a test can see them: y[i] = f(x[i]), n a multiple of 4.

import { exp4, log4 } from "../wasm/math.as";

export function math_exp(x: usize, y: usize, n: u32): void {
  for (let i: usize = 0; i < <usize> n << 2; i += 16) v128.store(y + i, exp4(v128.load(x + i)));
}

export function math_log(x: usize, y: usize, n: u32): void {
  for (let i: usize = 0; i < <usize> n << 2; i += 16) v128.store(y + i, log4(v128.load(x + i)));
}
