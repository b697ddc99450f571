/** Bidirectional attention with grouped key and value heads in f64, from the formula. */

export interface Shape {
  readonly batch: number;
  readonly sequence: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Rows whose output is asked for: those of sequence b are `starts[b]` to `starts[b + 1] - 1` of q. */
export interface Inputs {
  readonly q: ArrayLike<number>;
  readonly kv: ArrayLike<number>;
  readonly starts: ArrayLike<number>;
}

interface Query {
  /** Index in lse. */
  readonly statistics: number;
  /** Element of the query, in q and out. */
  readonly query: number;
  /** Element of the key and the value of a position, in kv. */
  readonly key: (position: number) => number;
  readonly value: (position: number) => number;
}

function* queriesOf(
  starts: ArrayLike<number>,
  { batch, sequence, heads, kvHeads, headDim }: Shape,
): Generator<Query> {
  const stride = 2 * kvHeads * headDim, queries = starts[batch]!;
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const g = Math.floor(h * kvHeads / heads);
      for (let row = starts[b]!; row < starts[b + 1]!; row++) {
        yield {
          statistics: h * queries + row,
          query: (row * heads + h) * headDim,
          key: (t) => (b * sequence + t) * stride + g * headDim,
          value: (t) => (b * sequence + t) * stride + (kvHeads + g) * headDim,
        };
      }
    }
  }
}

function dot(x: ArrayLike<number>, xAt: number, y: ArrayLike<number>, yAt: number, length: number): number {
  let sum = 0;
  for (let c = 0; c < length; c++) sum += x[xAt + c]! * y[yAt + c]!;
  return sum;
}

/** out[i] = sum_j softmax_j(q[i] . k[j] / sqrt(headDim)) v[j]; lse is the log of the softmax's denominator. */
export function forward({ q, kv, starts }: Inputs, shape: Shape): { out: Float64Array; lse: Float64Array } {
  const { batch, sequence, heads, headDim } = shape;
  const out = new Float64Array(q.length), lse = new Float64Array(heads * starts[batch]!);
  for (const { statistics, query, key, value } of queriesOf(starts, shape)) {
    const scores = Array.from(
      { length: sequence },
      (_, j) => dot(q, query, kv, key(j), headDim) / Math.sqrt(headDim),
    );
    const highest = Math.max(...scores);
    lse[statistics] = highest + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - highest), 0));
    for (let j = 0; j < sequence; j++) {
      const p = Math.exp(scores[j]! - lse[statistics]!);
      for (let c = 0; c < headDim; c++) out[query + c]! += p * kv[value(j) + c]!;
    }
  }
  return { out, lse };
}

/** Gradient of sum(out * dout) with respect to q and kv. */
export function backward(
  { q, kv, starts }: Inputs,
  dout: ArrayLike<number>,
  shape: Shape,
): { dq: Float64Array; dkv: Float64Array } {
  const { sequence, headDim } = shape;
  const { out, lse } = forward({ q, kv, starts }, shape);
  const dq = new Float64Array(q.length), dkv = new Float64Array(kv.length);
  const scale = 1 / Math.sqrt(headDim);
  for (const { statistics, query, key, value } of queriesOf(starts, shape)) {
    const delta = dot(dout, query, out, query, headDim);
    for (let j = 0; j < sequence; j++) {
      const p = Math.exp(scale * dot(q, query, kv, key(j), headDim) - lse[statistics]!);
      const ds = p * (dot(dout, query, kv, value(j), headDim) - delta);
      for (let c = 0; c < headDim; c++) {
        dq[query + c]! += scale * ds * kv[key(j) + c]!;
        dkv[key(j) + c]! += scale * ds * q[query + c]!;
        dkv[value(j) + c]! += p * dout[query + c]!;
      }
    }
  }
  return { dq, dkv };
}
