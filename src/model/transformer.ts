/**
 * The dLLM: LLaDA's blocks (RMSNorm, bidirectional attention, SwiGLU, no biases) as an explicit list of ops,
 * forward and backward. A prediction for a position is read at that position. Nothing is computed that nobody
 * reads: of the last layer only keys and values are needed of every row, and queries, attention, projections, MLP and
 * head of the target rows alone.
 */

import { alignElements, type Backend, type View } from "../../kernels/backend.ts";
import * as attention from "../../kernels/attention/mod.ts";
import * as embed from "../../kernels/embed/mod.ts";
import * as gatherRows from "../../kernels/gather_rows/mod.ts";
import * as matmul from "../../kernels/matmul/mod.ts";
import * as residual from "../../kernels/residual/mod.ts";
import * as rmsnorm from "../../kernels/rmsnorm/mod.ts";
import * as rope from "../../kernels/rope/mod.ts";
import * as swiglu from "../../kernels/swiglu/mod.ts";
import type { GradientScratch, LayerSaved, Saved, Scratch } from "./activations.ts";
import type { BatchShape, BatchViews, ForwardViews } from "./batch.ts";
import type { ModelConfig } from "./config.ts";
import { keyValueWidth, type LayerViews, queryWidth, type WeightViews } from "./parameters.ts";

/** A model on a device: what is constant over its life. */
export interface Transformer {
  readonly backend: Backend;
  readonly config: ModelConfig;
  /** Rotation tables by sequence length, filled on first use; empty for learned positions. */
  readonly ropeTables: Map<number, View>;
}

/** Binds a configuration to a backend. */
export function createTransformer(backend: Backend, config: ModelConfig): Transformer {
  return { backend, config, ropeTables: new Map() };
}

/** Frees the rotation tables. */
export function freeTransformer({ backend, ropeTables }: Transformer): void {
  for (const table of ropeTables.values()) backend.free(table);
  ropeTables.clear();
}

function ropeTable({ backend, config, ropeTables }: Transformer, sequence: number): View {
  let table = ropeTables.get(sequence);
  if (!table) {
    const values = rope.tables(sequence, config.headDim, config.ropeTheta);
    table = backend.allocate(`rope_table_${sequence}`, alignElements(values.length));
    backend.write(table, values);
    ropeTables.set(sequence, table);
  }
  return table;
}

/** A micro-batch on the device. */
interface ShapedBatch<Views extends ForwardViews = BatchViews> {
  readonly input: Views;
  readonly shape: BatchShape;
}

/** The rows of a layer whose output is read, grouped by sequence. */
interface Asked {
  readonly count: number;
  /** As `count`, of the forward pass: of these the first have a gradient. */
  readonly queries: number;
  /** Their numbers among all rows, [count]. */
  readonly rows: View;
  /** First of each sequence, and `count`, [batch + 1]. */
  readonly starts: View;
  /** Whether they are all rows. */
  readonly every: boolean;
}

type Sizes = Pick<BatchShape, "batch" | "sequence">;

/** @param shape of a forward pass, of which `part` is worked on */
const everyRow = (
  { rowNumbers: rows, rowStarts: starts }: ForwardViews,
  { batch, sequence }: Sizes,
  part: Sizes,
): Asked => ({ count: part.batch * sequence, queries: batch * sequence, rows, starts, every: true });

const onlyTargets = (
  { targetRows: rows, targetStarts: starts }: ForwardViews,
  queries: number,
  count: number,
): Asked => ({ count, queries, rows, starts, every: false });

/** Turns the queries [asked] or the keys [rows] of a layer by their positions, or back; nothing for learned positions. */
function rotate(
  model: Transformer,
  direction: "forward" | "backward",
  x: View,
  numbers: View,
  shape: { rows: number; sequence: number; heads: number; stride: number },
): void {
  const { backend, config: { position, headDim } } = model;
  if (position === "learned") return;
  const views = { x, numbers, table: ropeTable(model, shape.sequence) };
  rope[direction](backend, views, { ...shape, headDim });
}

/**
 * The normed output of the last layer at the target rows, left in `saved.final` [targets, dim], which the head makes
 * logits of; `saved` also keeps what `backward` needs.
 * @throws RangeError if the sequence is longer than the model's positions
 */
export function forward(
  model: Transformer,
  weights: WeightViews,
  { input, shape: { batch, sequence, targets } }: ShapedBatch<ForwardViews>,
  { saved, scratch }: { readonly saved: Saved; readonly scratch: Scratch },
): void {
  const { backend, config } = model;
  const { dim, normEpsilon: eps } = config;
  if (sequence > config.maxSequence) {
    throw new RangeError(`a sequence of ${sequence} tokens, the model has ${config.maxSequence} positions`);
  }
  if (targets === 0) return;
  const sizes = { batch, sequence }, table = weights.embedding;
  embed.forward(
    backend,
    { ids: input.ids, table, position: weights.position ?? table, x: saved.layers[0]!.x },
    { rows: batch * sequence, dim, sequence, learned: weights.position !== null },
  );
  saved.layers.forEach((layer, index) => {
    const next = saved.layers[index + 1], w = weights.layers[index]!;
    const asked = next ? everyRow(input, sizes, sizes) : onlyTargets(input, targets, targets);
    forwardLayer(model, w, { input, sizes, asked, layer, next: next?.x ?? saved.x }, scratch);
  });
  const { x, final, finalRstd } = saved;
  rmsnorm.forward(backend, { x, weight: weights.finalNorm, y: final, rstd: finalRstd }, {
    rows: targets,
    dim,
    eps,
  });
}

/** One layer: from `layer.x` to `next`, of which it computes the rows that are asked for. */
function forwardLayer(
  model: Transformer,
  w: LayerViews,
  { input: { rowNumbers }, sizes: { batch, sequence }, asked, layer, next }: {
    readonly input: ForwardViews;
    readonly sizes: Sizes;
    readonly asked: Asked;
    readonly layer: LayerSaved;
    readonly next: View;
  },
  { projected, activated }: Scratch,
): void {
  const { backend, config } = model;
  const { dim, heads, kvHeads, headDim, hidden, normEpsilon: eps } = config;
  const rows = batch * sequence, queries = asked.count;
  const attended = queryWidth(config), width = keyValueWidth(config);

  // x + attn_out(attention(rope(q(h)), rope(k(h)), v(h))), h = attn_norm(x)
  const { x, attentionNormed: normed, askedX, askedNormed, query: q, keyValue: kv, middle } = layer;
  const { attention: mixed, attentionLse: lse } = layer;
  rmsnorm.forward(backend, { x, weight: w.attentionNorm, y: normed, rstd: layer.attentionRstd }, {
    rows,
    dim,
    eps,
  });
  if (!asked.every) {
    gatherRows.forward(backend, { x, index: asked.rows, y: askedX }, { count: queries, dim });
    gatherRows.forward(backend, { x: normed, index: asked.rows, y: askedNormed }, { count: queries, dim });
  }
  matmul.abt(backend, { a: askedNormed, b: w.query, c: q }, { m: queries, n: attended, k: dim });
  matmul.abt(backend, { a: normed, b: w.keyValue, c: kv }, { m: rows, n: width, k: dim });
  rotate(model, "forward", q, asked.rows, { rows: queries, sequence, heads, stride: attended });
  rotate(model, "forward", kv, rowNumbers, { rows, sequence, heads: kvHeads, stride: width });
  attention.forward(backend, { q, kv, starts: asked.starts, out: mixed, lse }, {
    batch,
    sequence,
    queries,
    heads,
    kvHeads,
    headDim,
  });
  matmul.abt(backend, { a: mixed, b: w.attentionOut, c: projected }, { m: queries, n: dim, k: attended });
  residual.forward(backend, { a: askedX, b: projected, y: middle }, { length: queries * dim });

  // x + ff_out(silu(ff_proj(h)) * up_proj(h)), h = ff_norm(x)
  const { mlpNormed, gateUp } = layer;
  rmsnorm.forward(backend, { x: middle, weight: w.mlpNorm, y: mlpNormed, rstd: layer.mlpRstd }, {
    rows: queries,
    dim,
    eps,
  });
  matmul.abt(backend, { a: mlpNormed, b: w.gateUp, c: gateUp }, { m: queries, n: 2 * hidden, k: dim });
  swiglu.forward(backend, { gateUp, y: activated }, { rows: queries, hidden });
  matmul.abt(backend, { a: activated, b: w.mlpOut, c: projected }, { m: queries, n: dim, k: hidden });
  residual.forward(backend, { a: middle, b: projected, y: next }, { length: queries * dim });
}

/**
 * Adds the gradient of every parameter below the head to `gradients`, given that of the last layer's normed output
 * in `scratch.targetNormed` [targets, dim] and what `forward` saved, which it uses up. The ops of `forward` in reverse
 * order.
 * @param shape that of the forward pass
 * @param signal its first sequences and their targets, which alone have a gradient; default: all. `input` holds the
 *   inverse index and the rows by token of these
 */
export function backward(
  model: Transformer,
  { weights, gradients }: { readonly weights: WeightViews; readonly gradients: WeightViews },
  { input, shape, signal = shape }: ShapedBatch & { readonly signal?: BatchShape },
  { saved, scratch }: { readonly saved: Saved; readonly scratch: GradientScratch },
): void {
  const { batch, sequence, targets } = signal;
  if (targets === 0) return;
  const { backend, config: { dim, vocab } } = model;

  backend.clear(scratch.targetX);
  rmsnorm.backward(backend, {
    x: saved.x,
    weight: weights.finalNorm,
    rstd: saved.finalRstd,
    dy: scratch.targetNormed,
    dx: scratch.targetX,
    dweight: gradients.finalNorm,
  }, { rows: targets, dim });

  for (let index = saved.layers.length - 1; index >= 0; index--) {
    const last = index === saved.layers.length - 1;
    const asked = last ? onlyTargets(input, shape.targets, targets) : everyRow(input, shape, signal);
    const ofLayer = { weights: weights.layers[index]!, gradients: gradients.layers[index]! };
    backwardLayer(model, ofLayer, { input, sizes: signal, asked, layer: saved.layers[index]! }, scratch);
  }
  embed.backward(backend, {
    dx: scratch.x,
    order: input.tokenRows,
    starts: input.tokenStarts,
    dTable: gradients.embedding,
    ...(gradients.position && { dPosition: gradients.position }),
  }, { rows: batch * sequence, dim, vocab, sequence });
}

/** One layer: from the gradient of its output at the asked rows to that of its input at all rows, in `scratch.x`. */
function backwardLayer(
  model: Transformer,
  { weights: w, gradients: g }: { readonly weights: LayerViews; readonly gradients: LayerViews },
  { input: { rowNumbers, rowTargets }, sizes: { batch, sequence }, asked, layer }: {
    readonly input: BatchViews;
    readonly sizes: Sizes;
    readonly asked: Asked;
    readonly layer: LayerSaved;
  },
  scratch: GradientScratch,
): void {
  const { backend, config } = model;
  const { dim, heads, kvHeads, headDim, hidden } = config;
  const rows = batch * sequence, queries = asked.count;
  const attended = queryWidth(config), width = keyValueWidth(config);
  const dx = asked.every ? scratch.x : scratch.targetX;
  const dnormed = asked.every ? scratch.normed : scratch.targetNormed;

  // The gradient of gate and up takes their place, and what they were activated to that of its own gradient.
  const { gateUp } = layer, { activated } = scratch;
  matmul.ab(backend, { a: dx, b: w.mlpOut, c: activated }, { m: queries, n: hidden, k: dim });
  swiglu.backward(backend, { gateUp, dy: activated }, { rows: queries, hidden });
  addWeightGradient(backend, { dy: dx, x: activated, dw: g.mlpOut }, { m: dim, n: hidden, k: queries });
  addWeightGradient(backend, { dy: gateUp, x: layer.mlpNormed, dw: g.gateUp }, {
    m: 2 * hidden,
    n: dim,
    k: queries,
  });
  matmul.ab(backend, { a: gateUp, b: w.gateUp, c: dnormed }, { m: queries, n: dim, k: 2 * hidden });
  rmsnorm.backward(backend, {
    x: layer.middle,
    weight: w.mlpNorm,
    rstd: layer.mlpRstd,
    dy: dnormed,
    dx,
    dweight: g.mlpNorm,
  }, { rows: queries, dim });

  addWeightGradient(backend, { dy: dx, x: layer.attention, dw: g.attentionOut }, {
    m: dim,
    n: attended,
    k: queries,
  });
  matmul.ab(backend, { a: dx, b: w.attentionOut, c: scratch.attention }, { m: queries, n: attended, k: dim });
  const { query: dq, keyValue: dkv } = scratch;
  attention.backward(backend, {
    q: layer.query,
    kv: layer.keyValue,
    starts: asked.starts,
    out: layer.attention,
    lse: layer.attentionLse,
    dout: scratch.attention,
    scratch: scratch.attentionDelta,
    dq,
    dkv,
  }, { batch, sequence, queries: asked.queries, heads, kvHeads, headDim });
  rotate(model, "backward", dq, asked.rows, { rows: queries, sequence, heads, stride: attended });
  rotate(model, "backward", dkv, rowNumbers, { rows, sequence, heads: kvHeads, stride: width });
  addWeightGradient(backend, { dy: dq, x: layer.askedNormed, dw: g.query }, {
    m: attended,
    n: dim,
    k: queries,
  });
  addWeightGradient(backend, { dy: dkv, x: layer.attentionNormed, dw: g.keyValue }, {
    m: width,
    n: dim,
    k: rows,
  });
  matmul.ab(backend, { a: dq, b: w.query, c: dnormed }, { m: queries, n: dim, k: attended });
  if (!asked.every) {
    // What is not asked for has no gradient from above, only one through its key and value.
    gatherRows.backward(backend, { dy: dnormed, inverse: rowTargets, dx: scratch.normed }, { rows, dim });
    gatherRows.backward(backend, { dy: dx, inverse: rowTargets, dx: scratch.x }, { rows, dim });
  }
  matmul.ab(backend, { a: dkv, b: w.keyValue, c: scratch.normed }, {
    m: rows,
    n: dim,
    k: width,
    accumulate: "before",
  });
  rmsnorm.backward(backend, {
    x: layer.x,
    weight: w.attentionNorm,
    rstd: layer.attentionRstd,
    dy: scratch.normed,
    dx: scratch.x,
    dweight: g.attentionNorm,
  }, { rows, dim });
}

/** dw += dy' x, the gradient of y = x w'. dy: [k, m], x: [k, n]. */
function addWeightGradient(
  backend: Backend,
  { dy, x, dw }: { readonly dy: View; readonly x: View; readonly dw: View },
  shape: matmul.Shape,
): void {
  matmul.atb(backend, { a: dy, b: x, c: dw }, { ...shape, accumulate: "after" });
}
