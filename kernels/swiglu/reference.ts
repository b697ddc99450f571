/** SwiGLU in f64, from the formula. */

export interface Shape {
  readonly rows: number;
  readonly hidden: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** y[r,c] = silu(gateUp[r,c]) * gateUp[r,hidden+c], silu(x) = x * sigmoid(x) */
export function forward(gateUp: ArrayLike<number>, { rows, hidden }: Shape): Float64Array {
  const y = new Float64Array(rows * hidden);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < hidden; c++) {
      const gate = gateUp[r * 2 * hidden + c]!, up = gateUp[r * 2 * hidden + hidden + c]!;
      y[r * hidden + c] = gate * sigmoid(gate) * up;
    }
  }
  return y;
}

/** Gradient of sum(y * dy) with respect to gateUp. */
export function backward(
  gateUp: ArrayLike<number>,
  dy: ArrayLike<number>,
  { rows, hidden }: Shape,
): Float64Array {
  const dGateUp = new Float64Array(rows * 2 * hidden);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < hidden; c++) {
      const at = r * 2 * hidden + c;
      const gate = gateUp[at]!, up = gateUp[at + hidden]!, d = dy[r * hidden + c]!, s = sigmoid(gate);
      dGateUp[at] = d * up * s * (1 + gate * (1 - s));
      dGateUp[at + hidden] = d * gate * s;
    }
  }
  return dGateUp;
}
