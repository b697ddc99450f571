/** Gradients as vectors in f64 sums. */

export type Vector = Float32Array;

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

/** Squared distance. */
export function distance2(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}

/** Mean of vectors of one length. */
export function meanVector(vectors: readonly ArrayLike<number>[]): Float64Array {
  const total = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) for (let i = 0; i < total.length; i++) total[i]! += vector[i]!;
  return total.map((value) => value / vectors.length);
}

/** Cosine of two vectors; NaN if one is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
