/**
 * Every buffer of a forward and a backward pass, planned before the first step. `Saved` is what backward needs
 * of one forward pass: streaming keeps one, `retain` keeps one per micro-batch. `Scratch` is shared by all.
 */

import type { Backend, View } from "../../kernels/backend.ts";
import type { ModelConfig } from "./config.ts";
import { qkvWidth } from "./parameters.ts";

/** Largest micro-batch that the buffers hold. */
export interface BatchLimits {
  /** Sequences times their length. */
  readonly rows: number;
  /** Positions whose log-probs are asked for. */
  readonly targets: number;
}

export interface LayerSaved {
  /** Input of the layer, [rows, dim]. */
  readonly x: View;
  readonly attentionRstd: View;
  /** attn_norm(x), [rows, dim]. */
  readonly attentionNormed: View;
  /** Queries, keys and values after RoPE, [rows, (heads + 2 kvHeads) headDim]. */
  readonly qkv: View;
  /** Row log-sum-exp of the attention scores, [batch heads sequence]. */
  readonly attentionLse: View;
  /** Attention output before its projection, [rows, heads headDim]. */
  readonly attention: View;
  /** x after the attention block, [rows, dim]. */
  readonly middle: View;
  readonly mlpRstd: View;
  readonly mlpNormed: View;
  /** [rows, 2 hidden] */
  readonly gateUp: View;
  /** silu(gate) * up, [rows, hidden]. */
  readonly activated: View;
}

export interface Saved {
  readonly layers: readonly LayerSaved[];
  /** Output of the last layer, [rows, dim]. */
  readonly x: View;
  /** Rows of `x` at the target positions, [targets, dim]. */
  readonly gathered: View;
  readonly finalRstd: View;
  /** ln_f(gathered), [targets, dim]. */
  readonly final: View;
  /** [targets, vocab] */
  readonly logits: View;
}

export interface Scratch {
  /** Output of a projection before it joins the residual stream, [rows, dim]. */
  readonly projected: View;
}

/** Gradients of activations. */
export interface GradientScratch {
  readonly logits: View;
  readonly final: View;
  readonly gathered: View;
  /** Gradient of the residual stream, [rows, dim]. */
  readonly x: View;
  readonly normed: View;
  readonly qkv: View;
  readonly attention: View;
  readonly attentionDelta: View;
  readonly gateUp: View;
  readonly activated: View;
}

/** Allocates what a forward pass leaves for its backward pass. */
export function allocateSaved(
  backend: Backend,
  config: ModelConfig,
  limits: BatchLimits,
  label: string,
): Saved {
  const layers = Array.from(
    { length: config.layers },
    (_, layer) => allocateLayer(backend, config, limits, `${label}.${layer}`),
  );
  return { layers, ...allocateOutputs(backend, config, limits, label) };
}

/**
 * Like `allocateSaved`, for passes without backward: all layers share one set of buffers, except the residual
 * stream, which alternates between two.
 */
export function allocateTransient(
  backend: Backend,
  config: ModelConfig,
  limits: BatchLimits,
  label: string,
): Saved {
  const even = allocateLayer(backend, config, limits, label);
  const pair = [even];
  // What no layer holds would never be freed.
  if (config.layers > 1) {
    pair.push({ ...even, x: backend.allocate(`${label}.x_odd`, limits.rows * config.dim) });
  }
  return {
    layers: Array.from({ length: config.layers }, (_, layer) => pair[layer % 2]!),
    ...allocateOutputs(backend, config, limits, label),
  };
}

function allocateLayer(
  backend: Backend,
  config: ModelConfig,
  { rows }: BatchLimits,
  label: string,
): LayerSaved {
  const allocate = (name: string, length: number) => backend.allocate(`${label}.${name}`, length);
  const { dim, heads, headDim, hidden } = config;
  return {
    x: allocate("x", rows * dim),
    attentionRstd: allocate("attention_rstd", rows),
    attentionNormed: allocate("attention_normed", rows * dim),
    qkv: allocate("qkv", rows * qkvWidth(config)),
    attentionLse: allocate("attention_lse", rows * heads),
    attention: allocate("attention", rows * heads * headDim),
    middle: allocate("middle", rows * dim),
    mlpRstd: allocate("mlp_rstd", rows),
    mlpNormed: allocate("mlp_normed", rows * dim),
    gateUp: allocate("gate_up", rows * 2 * hidden),
    activated: allocate("activated", rows * hidden),
  };
}

function allocateOutputs(
  backend: Backend,
  { dim, vocab }: ModelConfig,
  { rows, targets }: BatchLimits,
  label: string,
): Omit<Saved, "layers"> {
  const allocate = (name: string, length: number) => backend.allocate(`${label}.${name}`, length);
  return {
    x: allocate("x_out", rows * dim),
    gathered: allocate("gathered", targets * dim),
    finalRstd: allocate("final_rstd", targets),
    final: allocate("final", targets * dim),
    logits: allocate("logits", targets * vocab),
  };
}

/** Allocates what every forward pass shares. */
export function allocateScratch(backend: Backend, { dim }: ModelConfig, { rows }: BatchLimits): Scratch {
  return { projected: backend.allocate("scratch.projected", rows * dim) };
}

/** Allocates what every backward pass shares. */
export function allocateGradientScratch(
  backend: Backend,
  config: ModelConfig,
  { rows, targets }: BatchLimits,
): GradientScratch {
  const allocate = (name: string, length: number) => backend.allocate(`gradient.${name}`, length);
  const { dim, heads, headDim, hidden, vocab } = config;
  return {
    logits: allocate("logits", targets * vocab),
    final: allocate("final", targets * dim),
    gathered: allocate("gathered", targets * dim),
    x: allocate("x", rows * dim),
    normed: allocate("normed", rows * dim),
    qkv: allocate("qkv", rows * qkvWidth(config)),
    attention: allocate("attention", rows * heads * headDim),
    attentionDelta: allocate("attention_delta", rows * heads),
    gateUp: allocate("gate_up", rows * 2 * hidden),
    activated: allocate("activated", rows * hidden),
  };
}

/** Frees every distinct buffer of a record of views, at any depth. */
export function freeViews(backend: Backend, record: object): void {
  const views = new Map<number, View>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    if ("buffer" in value) views.set((value as View).buffer.id, value as View);
    else Object.values(value).forEach(visit);
  };
  visit(record);
  for (const view of views.values()) backend.free(view);
}
