/** Token embedding in f64, from the formula. */

export interface Shape {
  rows: number;
  dim: number;
  sequence: number;
}

/** x[r,c] = table[ids[r],c] + position[r mod sequence,c]; no second term when position is null. */
export function forward(
  ids: ArrayLike<number>,
  table: ArrayLike<number>,
  position: ArrayLike<number> | null,
  { rows, dim, sequence }: Shape,
): Float64Array {
  const x = new Float64Array(rows * dim);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < dim; c++) {
      x[r * dim + c] = table[ids[r]! * dim + c]! + (position ? position[r % sequence * dim + c]! : 0);
    }
  }
  return x;
}

/** Gradients of sum(x * dx) with respect to table and position. */
export function backward(
  ids: ArrayLike<number>,
  dx: ArrayLike<number>,
  vocab: number,
  { rows, dim, sequence }: Shape,
): { dTable: Float64Array; dPosition: Float64Array } {
  const dTable = new Float64Array(vocab * dim);
  const dPosition = new Float64Array(sequence * dim);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < dim; c++) {
      dTable[ids[r]! * dim + c]! += dx[r * dim + c]!;
      dPosition[r % sequence * dim + c]! += dx[r * dim + c]!;
    }
  }
  return { dTable, dPosition };
}
