/** RMSNorm in f64, from the formula. */

export interface Shape {
  rows: number;
  dim: number;
  eps: number;
}

/** y[r,c] = x[r,c] / sqrt(mean_k x[r,k]^2 + eps) * weight[c] */
export function forward(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  { rows, dim, eps }: Shape,
): { y: Float64Array; rstd: Float64Array } {
  const y = new Float64Array(rows * dim);
  const rstd = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let squares = 0;
    for (let c = 0; c < dim; c++) squares += x[r * dim + c]! ** 2;
    rstd[r] = 1 / Math.sqrt(squares / dim + eps);
    for (let c = 0; c < dim; c++) y[r * dim + c] = x[r * dim + c]! * rstd[r]! * weight[c]!;
  }
  return { y, rstd };
}

/** Gradients of sum(y * dy) with respect to x and weight. */
export function backward(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  dy: ArrayLike<number>,
  shape: Shape,
): { dx: Float64Array; dweight: Float64Array } {
  const { rows, dim } = shape;
  const { rstd } = forward(x, weight, shape);
  const dx = new Float64Array(rows * dim);
  const dweight = new Float64Array(dim);
  for (let r = 0; r < rows; r++) {
    let dot = 0;
    for (let c = 0; c < dim; c++) dot += dy[r * dim + c]! * weight[c]! * x[r * dim + c]!;
    for (let c = 0; c < dim; c++) {
      const at = r * dim + c;
      dx[at] = rstd[r]! * (weight[c]! * dy[at]! - x[at]! * rstd[r]! ** 2 * dot / dim);
      dweight[c]! += dy[at]! * x[at]! * rstd[r]!;
    }
  }
  return { dx, dweight };
}
