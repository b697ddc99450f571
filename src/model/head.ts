/**
 * The head of the model, from the normed output of the last layer to logits and back, some rows at a time: no buffer
 * holds the logits of all targets, which for a real vocabulary is more than all activations together. Logits are
 * computed where they are read, and again where they are needed for a gradient. The rows of a chunk change no bit.
 */

import type { Backend, View } from "../../kernels/backend.ts";
import * as matmul from "../../kernels/matmul/mod.ts";
import * as residual from "../../kernels/residual/mod.ts";
import type { GradientScratch, Saved, Scratch } from "./activations.ts";
import { ofChunk, type Rows } from "./logit_chunks.ts";
import type { WeightViews } from "./parameters.ts";
import type { Transformer } from "./transformer.ts";

/** Logits of a chunk of the targets of a forward pass, in `scratch.logits` [count, vocab]. */
export function headForward(
  { backend, config: { dim, vocab } }: Transformer,
  weights: WeightViews,
  { saved, scratch }: { readonly saved: Saved; readonly scratch: Scratch },
  rows: Rows,
): void {
  const views = { a: ofChunk(saved.final, rows, dim), b: weights.head, c: scratch.logits };
  matmul.abt(backend, views, { m: rows.count, n: vocab, k: dim });
}

/**
 * From the gradient of a chunk's logits in `scratch.logits` to that of the last layer's normed output in
 * `scratch.targetNormed`. Chunks are gone through in order; with the last one the gradient of the head is complete.
 */
export function headBackward(
  { backend, config: { dim, vocab } }: Transformer,
  { weights, gradients }: { readonly weights: WeightViews; readonly gradients: WeightViews },
  { saved, scratch }: { readonly saved: Saved; readonly scratch: GradientScratch },
  { rows, targets }: { readonly rows: Rows; readonly targets: number },
): void {
  const { first, count } = rows, { logits: dlogits } = scratch;
  const product = { a: dlogits, b: ofChunk(saved.final, rows, dim) }, shape = { m: vocab, n: dim, k: count };
  if (count === targets) {
    matmul.atb(backend, { ...product, c: gradients.head }, { ...shape, accumulate: "after" });
  } else {
    addInChunks(backend, { ...product, sum: scratch.head!, into: gradients.head }, {
      ...shape,
      isFirst: first === 0,
      isLast: first + count === targets,
    });
  }
  matmul.ab(backend, { a: dlogits, b: weights.head, c: ofChunk(scratch.targetNormed, rows, dim) }, {
    m: count,
    n: dim,
    k: vocab,
  });
}

/** `into += a' b` over all chunks: the sum goes on from chunk to chunk as if there were one, and is added at the end. */
function addInChunks(
  backend: Backend,
  { a, b, sum, into }: Readonly<Record<"a" | "b" | "sum" | "into", View>>,
  { isFirst, isLast, ...shape }: matmul.Shape & { readonly isFirst: boolean; readonly isLast: boolean },
): void {
  matmul.atb(backend, { a, b, c: sum }, isFirst ? shape : { ...shape, accumulate: "before" });
  if (isLast) residual.accumulate(backend, { from: sum, into }, { length: shape.m * shape.n });
}
