/** Bidirectional attention with grouped key and value heads in f64, from the formula. */

export interface Shape {
  readonly batch: number;
  readonly sequence: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

interface Head {
  /** Index of (batch, head, position 0) in lse. */
  readonly statistics: number;
  /** Element of query, key, value (in qkv) and output (in out) of a position. */
  readonly query: (position: number) => number;
  readonly key: (position: number) => number;
  readonly value: (position: number) => number;
  readonly output: (position: number) => number;
}

function* queryHeads({ batch, sequence, heads, kvHeads, headDim }: Shape): Generator<Head> {
  const stride = (heads + 2 * kvHeads) * headDim;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const g = Math.floor(h * kvHeads / heads);
      yield {
        statistics: (b * heads + h) * sequence,
        query: (t) => (b * sequence + t) * stride + h * headDim,
        key: (t) => (b * sequence + t) * stride + (heads + g) * headDim,
        value: (t) => (b * sequence + t) * stride + (heads + kvHeads + g) * headDim,
        output: (t) => ((b * sequence + t) * heads + h) * headDim,
      };
    }
  }
}

function dot(x: ArrayLike<number>, xAt: number, y: ArrayLike<number>, yAt: number, length: number): number {
  let sum = 0;
  for (let c = 0; c < length; c++) sum += x[xAt + c]! * y[yAt + c]!;
  return sum;
}

/** out[i] = sum_j softmax_j(q[i] . k[j] / sqrt(headDim)) v[j]; lse is the log of the softmax's denominator. */
export function forward(
  qkv: ArrayLike<number>,
  shape: Shape,
): { out: Float64Array; lse: Float64Array } {
  const { batch, sequence, heads, headDim } = shape;
  const out = new Float64Array(batch * sequence * heads * headDim);
  const lse = new Float64Array(batch * heads * sequence);
  for (const { statistics, query, key, value, output } of queryHeads(shape)) {
    for (let i = 0; i < sequence; i++) {
      const scores = Array.from(
        { length: sequence },
        (_, j) => dot(qkv, query(i), qkv, key(j), headDim) / Math.sqrt(headDim),
      );
      const highest = Math.max(...scores);
      lse[statistics + i] = highest + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - highest), 0));
      for (let j = 0; j < sequence; j++) {
        const p = Math.exp(scores[j]! - lse[statistics + i]!);
        for (let c = 0; c < headDim; c++) out[output(i) + c]! += p * qkv[value(j) + c]!;
      }
    }
  }
  return { out, lse };
}

/** Gradient of sum(out * dout) with respect to qkv. */
export function backward(qkv: ArrayLike<number>, dout: ArrayLike<number>, shape: Shape): Float64Array {
  const { sequence, headDim } = shape;
  const { out, lse } = forward(qkv, shape);
  const dqkv = new Float64Array(qkv.length);
  const scale = 1 / Math.sqrt(headDim);
  for (const { statistics, query, key, value, output } of queryHeads(shape)) {
    for (let i = 0; i < sequence; i++) {
      const delta = dot(dout, output(i), out, output(i), headDim);
      for (let j = 0; j < sequence; j++) {
        const p = Math.exp(scale * dot(qkv, query(i), qkv, key(j), headDim) - lse[statistics + i]!);
        const ds = p * (dot(dout, output(i), qkv, value(j), headDim) - delta);
        for (let c = 0; c < headDim; c++) {
          dqkv[query(i) + c]! += scale * ds * qkv[key(j) + c]!;
          dqkv[key(j) + c]! += scale * ds * qkv[query(i) + c]!;
          dqkv[value(j) + c]! += p * dout[output(i) + c]!;
        }
      }
    }
  }
  return dqkv;
}
