// SwiGLU; shapes and formulas as in swiglu.wgsl. Bytes moved per element of y: forward 12, backward 20.

import { exp4 } from "../wasm/math.as";
import { store_tail } from "../wasm/vector.as";

export function swiglu_forward(gateUp: usize, y: usize, rows: u32, hidden: u32): void {
  const width: usize = hidden << 2, whole: usize = width & ~15, tail: u32 = hidden & 3;
  for (let row: u32 = 0; row < rows; row++, gateUp += 2 * width, y += width) {
    const up = gateUp + width;
    for (let c: usize = 0; c < whole; c += 16) v128.store(y + c, product(gateUp + c, up + c));
    if (tail) store_tail(y + whole, product(gateUp + whole, up + whole), tail);
  }
}

export function swiglu_backward(gateUp: usize, dy: usize, dGateUp: usize, rows: u32, hidden: u32): void {
  const width: usize = hidden << 2, whole: usize = width & ~15, tail: u32 = hidden & 3;
  for (let row: u32 = 0; row < rows; row++, gateUp += 2 * width, dGateUp += 2 * width, dy += width) {
    const up = gateUp + width;
    for (let c: usize = 0; c < whole; c += 16) gradient(gateUp + c, up + c, dy + c, dGateUp + c, width, 4);
    if (tail) gradient(gateUp + whole, up + whole, dy + whole, dGateUp + whole, width, tail);
  }
}

// 1 / (1 + exp(-|g|)): sigmoid(g) for g >= 0, 1 - sigmoid(g) below; times exp(-|g|) it is the other one.
// @ts-ignore: decorator
@inline
function exp_of_minus_size(g: v128): v128 {
  return exp4(v128.or(g, f32x4.splat(-0.0)));
}

// silu(gate) * up
// @ts-ignore: decorator
@inline
function product(gate: usize, up: usize): v128 {
  const g = v128.load(gate), e = exp_of_minus_size(g);
  const large = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  const sigmoid = v128.bitselect(large, f32x4.mul(e, large), f32x4.ge(g, f32x4.splat(0)));
  return f32x4.mul(f32x4.mul(g, sigmoid), v128.load(up));
}

// The gradients of `lanes` gates and, `width` bytes further, of their ups.
// @ts-ignore: decorator
@inline
function gradient(gate: usize, up: usize, dy: usize, dGate: usize, width: usize, lanes: u32): void {
  const g = v128.load(gate), d = v128.load(dy), e = exp_of_minus_size(g), one = f32x4.splat(1);
  const large = f32x4.div(one, f32x4.add(one, e)), small = f32x4.mul(e, large);
  const positive = f32x4.ge(g, f32x4.splat(0));
  const sigmoid = v128.bitselect(large, small, positive);
  const slope = f32x4.add(one, f32x4.mul(g, v128.bitselect(small, large, positive)));
  const ofGate = f32x4.mul(f32x4.mul(f32x4.mul(d, v128.load(up)), sigmoid), slope);
  const ofUp = f32x4.mul(f32x4.mul(d, g), sigmoid);
  if (lanes == 4) {
    v128.store(dGate, ofGate);
    v128.store(dGate + width, ofUp);
  } else {
    store_tail(dGate, ofGate, lanes);
    store_tail(dGate + width, ofUp, lanes);
  }
}
