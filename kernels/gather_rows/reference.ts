/** Gathering rows in f64, from the formula. */

/** y[i,c] = x[index[i],c] */
export function forward(x: ArrayLike<number>, index: ArrayLike<number>, dim: number): Float64Array {
  const y = new Float64Array(index.length * dim);
  for (let i = 0; i < index.length; i++) {
    for (let c = 0; c < dim; c++) y[i * dim + c] = x[index[i]! * dim + c]!;
  }
  return y;
}

/** Gradient of sum(y * dy) with respect to x, for any index. */
export function backward(
  dy: ArrayLike<number>,
  index: ArrayLike<number>,
  { rows, dim }: { rows: number; dim: number },
): Float64Array {
  const dx = new Float64Array(rows * dim);
  for (let i = 0; i < index.length; i++) {
    for (let c = 0; c < dim; c++) dx[index[i]! * dim + c]! += dy[i * dim + c]!;
  }
  return dx;
}
