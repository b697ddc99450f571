/** GEMM in f64, from the formula: C = A B with either operand stored transposed, all row-major. */

export type Layout = "ab" | "abt" | "atb";
export interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** C[M,N]. ab: A[M,K] B[K,N]; abt: A[M,K] B[N,K]; atb: A[K,M] B[K,N]. */
export function multiply(
  layout: Layout,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { m, n, k }: Shape,
): Float64Array {
  const c = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let col = 0; col < n; col++) {
      let sum = 0;
      for (let i = 0; i < k; i++) {
        const left = layout === "atb" ? a[i * m + row]! : a[row * k + i]!;
        const right = layout === "abt" ? b[col * k + i]! : b[i * n + col]!;
        sum += left * right;
      }
      c[row * n + col] = sum;
    }
  }
  return c;
}
