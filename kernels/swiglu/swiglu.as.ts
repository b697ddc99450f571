// SwiGLU; shapes and formulas as in swiglu.wgsl. Bytes moved per element of y: forward 12, backward 24.

import { exp4 } from "../wasm/math.as";
import { constant, madd, store_tail } from "../wasm/vector.as";

const ONE = memory.data<f32>([1]);
const MOST = memory.data<f32>([3e38]);

export function swiglu_forward(gateUp: usize, y: usize, rows: u32, hidden: u32): void {
  const width: usize = hidden << 2, whole: usize = width & ~15, tail: u32 = hidden & 3;
  for (let row: u32 = 0; row < rows; row++, gateUp += 2 * width, y += width) {
    const up = gateUp + width;
    for (let c: usize = 0; c < whole; c += 16) v128.store(y + c, product(gateUp + c, up + c));
    if (tail) store_tail(y + whole, product(gateUp + whole, up + whole), tail);
  }
}

export function swiglu_backward(gateUp: usize, dy: usize, rows: u32, hidden: u32): void {
  const width: usize = hidden << 2, whole: usize = width & ~15, tail: u32 = hidden & 3;
  for (let row: u32 = 0; row < rows; row++, gateUp += 2 * width, dy += width) {
    for (let c: usize = 0; c < whole; c += 16) gradient(gateUp + c, dy + c, width, 4);
    if (tail) gradient(gateUp + whole, dy + whole, width, tail);
  }
}

// silu(gate) * up. Where exp(-g) overflows, sigmoid(g) = 1 / (1 + exp(-g)) is 0.
// @ts-ignore: decorator
@inline
function product(gate: usize, up: usize): v128 {
  const g = v128.load(gate), one = constant(ONE);
  const sigmoid = f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(g))));
  return f32x4.mul(f32x4.mul(g, sigmoid), v128.load(up));
}

// The gradients of `lanes` gates and, `width` bytes further, of their ups, in their places; and silu(gate) * up in dy.
// @ts-ignore: decorator
@inline
function gradient(gate: usize, dy: usize, width: usize, lanes: u32): void {
  const g = v128.load(gate), u = v128.load(gate + width), d = v128.load(dy);
  const e = exp4(f32x4.neg(g)), one = constant(ONE);
  const sigmoid = f32x4.div(one, f32x4.add(one, e));
  // 1 - sigmoid(g) without its cancellation; infinity * 0 would be NaN.
  const complement = f32x4.mul(f32x4.pmin(e, constant(MOST)), sigmoid);
  const slope = madd(g, complement, one);
  const ofGate = f32x4.mul(f32x4.mul(f32x4.mul(d, u), sigmoid), slope);
  const ofUp = f32x4.mul(f32x4.mul(d, g), sigmoid);
  const y = f32x4.mul(f32x4.mul(g, sigmoid), u);
  if (lanes == 4) {
    v128.store(gate, ofGate);
    v128.store(gate + width, ofUp);
    v128.store(dy, y);
  } else {
    store_tail(gate, ofGate, lanes);
    store_tail(gate + width, ofUp, lanes);
    store_tail(dy, y, lanes);
  }
}
