/**
 * The dLLM: LLaDA's blocks (RMSNorm, bidirectional attention, SwiGLU, no biases) as an explicit list of ops,
 * forward and backward. A prediction for a position is read at that position. Logits are computed only at the
 * target rows, so the final norm and the head never see the others.
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
import type { GradientScratch, Saved, Scratch } from "./activations.ts";
import type { BatchShape, BatchViews } from "./batch.ts";
import type { ModelConfig } from "./config.ts";
import { qkvWidth, type WeightViews } from "./parameters.ts";

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
interface ShapedBatch<Name extends keyof BatchViews = keyof BatchViews> {
  readonly input: Pick<BatchViews, Name>;
  readonly shape: BatchShape;
}

/**
 * Logits at the target rows, left in `saved.logits` [targets, vocab]; `saved` also keeps what `backward` needs.
 * @throws RangeError if the sequence is longer than the model's positions
 */
export function forward(
  model: Transformer,
  weights: WeightViews,
  { input, shape: { batch, sequence, targets } }: ShapedBatch<"ids" | "targetRows">,
  { saved, scratch }: { readonly saved: Saved; readonly scratch: Scratch },
): void {
  const { backend, config } = model;
  const { dim, heads, kvHeads, headDim, hidden, vocab, normEpsilon: eps } = config;
  if (sequence > config.maxSequence) {
    throw new RangeError(`a sequence of ${sequence} tokens, the model has ${config.maxSequence} positions`);
  }
  const rows = batch * sequence, width = qkvWidth(config), attended = heads * headDim;
  const learned = weights.position !== null;

  const first = saved.layers[0]?.x ?? saved.x;
  const table = weights.embedding;
  embed.forward(backend, { ids: input.ids, table, position: weights.position ?? table, x: first }, {
    rows,
    dim,
    sequence,
    learned,
  });
  saved.layers.forEach((layer, index) => {
    const w = weights.layers[index]!, next = saved.layers[index + 1]?.x ?? saved.x;

    // x + attn_out(attention(rope(qkv(attn_norm(x)))))
    const { x, attentionNormed: normed, qkv, attention: mixed, middle } = layer;
    rmsnorm.forward(backend, { x, weight: w.attentionNorm, y: normed, rstd: layer.attentionRstd }, {
      rows,
      dim,
      eps,
    });
    matmul.abt(backend, { a: normed, b: w.qkv, c: qkv }, { m: rows, n: width, k: dim });
    if (!learned) {
      rope.forward(backend, { qkv, table: ropeTable(model, sequence) }, {
        rows,
        sequence,
        heads: heads + kvHeads,
        headDim,
        stride: width,
      });
    }
    attention.forward(backend, { qkv, out: mixed, lse: layer.attentionLse }, {
      batch,
      sequence,
      heads,
      kvHeads,
      headDim,
    });
    matmul.abt(backend, { a: mixed, b: w.attentionOut, c: scratch.projected }, {
      m: rows,
      n: dim,
      k: attended,
    });
    residual.forward(backend, { a: x, b: scratch.projected, y: middle }, { length: rows * dim });

    // x + ff_out(silu(ff_proj(h)) * up_proj(h)), h = ff_norm(x)
    const { mlpNormed, gateUp, activated } = layer;
    rmsnorm.forward(backend, { x: middle, weight: w.mlpNorm, y: mlpNormed, rstd: layer.mlpRstd }, {
      rows,
      dim,
      eps,
    });
    matmul.abt(backend, { a: mlpNormed, b: w.gateUp, c: gateUp }, { m: rows, n: 2 * hidden, k: dim });
    swiglu.forward(backend, { gateUp, y: activated }, { rows, hidden });
    matmul.abt(backend, { a: activated, b: w.mlpOut, c: scratch.projected }, { m: rows, n: dim, k: hidden });
    residual.forward(backend, { a: middle, b: scratch.projected, y: next }, { length: rows * dim });
  });

  // head(ln_f(x)) at the target rows
  if (targets === 0) return;
  gatherRows.forward(backend, { x: saved.x, index: input.targetRows, y: saved.gathered }, {
    count: targets,
    dim,
  });
  rmsnorm.forward(backend, {
    x: saved.gathered,
    weight: weights.finalNorm,
    y: saved.final,
    rstd: saved.finalRstd,
  }, { rows: targets, dim, eps });
  matmul.abt(backend, { a: saved.final, b: weights.head, c: saved.logits }, { m: targets, n: vocab, k: dim });
}

/**
 * Adds the gradient of every parameter to `gradients`, given the gradient of the logits in `scratch.logits`
 * [targets, vocab] and what `forward` saved. The ops of `forward` in reverse order.
 */
export function backward(
  model: Transformer,
  { weights, gradients }: { readonly weights: WeightViews; readonly gradients: WeightViews },
  { input, shape: { batch, sequence, targets } }: ShapedBatch,
  { saved, scratch }: { readonly saved: Saved; readonly scratch: GradientScratch },
): void {
  if (targets === 0) return;
  const { backend, config } = model;
  const { dim, heads, kvHeads, headDim, hidden, vocab } = config;
  const rows = batch * sequence, width = qkvWidth(config), attended = heads * headDim;
  const learned = weights.position !== null;

  matmul.atb(backend, { a: scratch.logits, b: saved.final, c: gradients.head }, {
    m: vocab,
    n: dim,
    k: targets,
    accumulate: true,
  });
  matmul.ab(backend, { a: scratch.logits, b: weights.head, c: scratch.final }, {
    m: targets,
    n: dim,
    k: vocab,
  });
  backend.clear(scratch.gathered);
  rmsnorm.backward(backend, {
    x: saved.gathered,
    weight: weights.finalNorm,
    rstd: saved.finalRstd,
    dy: scratch.final,
    dx: scratch.gathered,
    dweight: gradients.finalNorm,
  }, { rows: targets, dim });
  gatherRows.backward(backend, { dy: scratch.gathered, inverse: input.rowTargets, dx: scratch.x }, {
    rows,
    dim,
  });

  for (let index = saved.layers.length - 1; index >= 0; index--) {
    const layer = saved.layers[index]!, w = weights.layers[index]!, g = gradients.layers[index]!;
    const dx = scratch.x;

    matmul.atb(backend, { a: dx, b: layer.activated, c: g.mlpOut }, {
      m: dim,
      n: hidden,
      k: rows,
      accumulate: true,
    });
    matmul.ab(backend, { a: dx, b: w.mlpOut, c: scratch.activated }, { m: rows, n: hidden, k: dim });
    swiglu.backward(backend, { gateUp: layer.gateUp, dy: scratch.activated, dGateUp: scratch.gateUp }, {
      rows,
      hidden,
    });
    matmul.atb(backend, { a: scratch.gateUp, b: layer.mlpNormed, c: g.gateUp }, {
      m: 2 * hidden,
      n: dim,
      k: rows,
      accumulate: true,
    });
    matmul.ab(backend, { a: scratch.gateUp, b: w.gateUp, c: scratch.normed }, {
      m: rows,
      n: dim,
      k: 2 * hidden,
    });
    rmsnorm.backward(backend, {
      x: layer.middle,
      weight: w.mlpNorm,
      rstd: layer.mlpRstd,
      dy: scratch.normed,
      dx,
      dweight: g.mlpNorm,
    }, { rows, dim });

    matmul.atb(backend, { a: dx, b: layer.attention, c: g.attentionOut }, {
      m: dim,
      n: attended,
      k: rows,
      accumulate: true,
    });
    matmul.ab(backend, { a: dx, b: w.attentionOut, c: scratch.attention }, { m: rows, n: attended, k: dim });
    attention.backward(backend, {
      qkv: layer.qkv,
      out: layer.attention,
      lse: layer.attentionLse,
      dout: scratch.attention,
      scratch: scratch.attentionDelta,
      dqkv: scratch.qkv,
    }, { batch, sequence, heads, kvHeads, headDim });
    if (!learned) {
      rope.backward(backend, { qkv: scratch.qkv, table: ropeTable(model, sequence) }, {
        rows,
        sequence,
        heads: heads + kvHeads,
        headDim,
        stride: width,
      });
    }
    matmul.atb(backend, { a: scratch.qkv, b: layer.attentionNormed, c: g.qkv }, {
      m: width,
      n: dim,
      k: rows,
      accumulate: true,
    });
    matmul.ab(backend, { a: scratch.qkv, b: w.qkv, c: scratch.normed }, { m: rows, n: dim, k: width });
    rmsnorm.backward(backend, {
      x: layer.x,
      weight: w.attentionNorm,
      rstd: layer.attentionRstd,
      dy: scratch.normed,
      dx,
      dweight: g.attentionNorm,
    }, { rows, dim });
  }
  embed.backward(backend, {
    dx: scratch.x,
    order: input.tokenRows,
    starts: input.tokenStarts,
    dTable: gradients.embedding,
    ...(gradients.position && { dPosition: gradients.position }),
  }, { rows, dim, vocab, sequence });
}
