/** The residual sum in f64, from the formula. Also the oracle of `accumulate`. */

/** y[i] = a[i] + b[i] */
export function forward(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => a[i]! + b[i]!);
}

/** Gradients of sum(y * dy) with respect to a and b: both are dy. */
export function backward(dy: ArrayLike<number>): { da: Float64Array; db: Float64Array } {
  return { da: Float64Array.from(dy), db: Float64Array.from(dy) };
}
