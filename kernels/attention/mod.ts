/**
 * Full bidirectional attention without a mask, with grouped key and value heads (Vaswani et al. 2017, equation 1;
 * Ainslie et al. 2023). Backward recomputes the probabilities from the rows' log-sum-exp (Dao et al. 2022), so
 * that no [sequence, sequence] matrix is ever stored.
 */

import { type Backend, defineKernel, flatGrid, type View } from "../backend.ts";
import prelude from "../prelude.wgsl" with { type: "text" };
import shader from "./attention.wgsl" with { type: "text" };

const LANES = 64;

const scalars = {
  rows: "u32",
  sequence: "u32",
  heads: "u32",
  kvHeads: "u32",
  headDim: "u32",
  scale: "f32",
} as const;

const forwardKernel = defineKernel({
  name: "attention_forward",
  wgsl: [prelude, shader],
  entry: "forward",
  buffers: { qkv: "read", out: "readwrite", lse: "write" },
  scalars,
  grid: ({ rows, heads }) => flatGrid(Math.ceil(rows * heads / LANES)),
});

const queryKernel = defineKernel({
  name: "attention_backward_query",
  wgsl: [prelude, shader],
  entry: "backward_query",
  buffers: { qkv: "read", out: "read", lse: "read", dout: "read", dqkv: "readwrite", scratch: "write" },
  scalars,
  grid: ({ rows, heads }) => flatGrid(Math.ceil(rows * heads / LANES)),
});

const keyKernel = defineKernel({
  name: "attention_backward_key",
  wgsl: [prelude, shader],
  entry: "backward_key",
  buffers: { qkv: "read", lse: "read", scratch: "read", dout: "read", dqkv: "readwrite" },
  scalars,
  grid: ({ rows, kvHeads }) => flatGrid(Math.ceil(rows * kvHeads / LANES)),
});

/**
 * Rows are batch * sequence. A row of qkv holds all query heads, then key heads, then value heads:
 * (heads + 2 * kvHeads) * headDim elements. Query head h reads key and value head floor(h * kvHeads / heads).
 */
export interface Shape {
  readonly batch: number;
  readonly sequence: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Elements of the scratch view that `backward` needs: dout . out for every row and head. */
export function scratchLength({ batch, sequence, heads }: Shape): number {
  return batch * sequence * heads;
}

/**
 * `out = softmax(q k^T / sqrt(headDim)) v`, f32. qkv: [rows, (heads + 2 * kvHeads) * headDim];
 * out: [rows, heads * headDim]; lse: [batch, heads, sequence], the log-sum-exp of each row of scaled scores.
 * @throws RangeError if there are more key heads than query heads.
 */
export function forward(backend: Backend, views: { qkv: View; out: View; lse: View }, shape: Shape): void {
  backend.run(forwardKernel, views, scalarsOf(shape));
}

/**
 * Gradient of `forward`: writes dqkv, shaped like qkv, completely. `out` and `lse` are forward's results;
 * dout: [rows, heads * headDim]; scratch: `scratchLength(shape)` elements, contents irrelevant.
 * @throws RangeError if there are more key heads than query heads.
 */
export function backward(
  backend: Backend,
  views: { qkv: View; out: View; lse: View; dout: View; dqkv: View; scratch: View },
  shape: Shape,
): void {
  const { qkv, out, lse, dout, dqkv, scratch } = views;
  const values = scalarsOf(shape);
  backend.run(queryKernel, { qkv, out, lse, dout, dqkv, scratch }, values);
  backend.run(keyKernel, { qkv, lse, scratch, dout, dqkv }, values);
}

function scalarsOf(
  { batch, sequence, heads, kvHeads, headDim }: Shape,
): Record<keyof typeof scalars, number> {
  if (kvHeads > heads || kvHeads < 1) {
    throw new RangeError(
      `attention: expected 1 to ${heads} key heads (one per query head), found ${kvHeads}`,
    );
  }
  return { rows: batch * sequence, sequence, heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim) };
}
