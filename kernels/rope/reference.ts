/** Rotary position embedding in f64, from the formula. */

export interface Shape {
  readonly rows: number;
  readonly sequence: number;
  /** Leading heads of a row that are rotated. */
  readonly heads: number;
  readonly headDim: number;
  /** Elements of a row. */
  readonly stride: number;
  readonly theta: number;
  /** Numbers of the rows in their batch of whole sequences; by default 0, 1, 2, ... */
  readonly numbers?: ArrayLike<number>;
}

/**
 * The rotated copy of x [rows, stride]: in every leading head the complex number
 * x[j] + i x[j + headDim/2] is multiplied by exp(direction * i * position * theta^(-2j/headDim)).
 */
function rotate(x: ArrayLike<number>, shape: Shape, direction: 1 | -1): Float64Array {
  const { rows, sequence, heads, headDim, stride, theta, numbers } = shape;
  const rotated = Float64Array.from(x);
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < heads; head++) {
      for (let j = 0; j < headDim / 2; j++) {
        const angle = direction * ((numbers?.[row] ?? row) % sequence) * theta ** (-2 * j / headDim);
        const at = row * stride + head * headDim + j;
        const re = x[at]!, im = x[at + headDim / 2]!;
        rotated[at] = re * Math.cos(angle) - im * Math.sin(angle);
        rotated[at + headDim / 2] = re * Math.sin(angle) + im * Math.cos(angle);
      }
    }
  }
  return rotated;
}

/** Queries and keys turned by their positions. */
export function forward(x: ArrayLike<number>, shape: Shape): Float64Array {
  return rotate(x, shape, 1);
}

/** Gradient of sum(y * dy) with respect to x: a rotation is orthogonal, so its transpose is its inverse. */
export function backward(dy: ArrayLike<number>, shape: Shape): Float64Array {
  return rotate(dy, shape, -1);
}
