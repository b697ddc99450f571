/**
 * Every buffer of a forward and a backward pass, planned before the first step. `Saved` is what backward needs
 * of one forward pass: streaming keeps one, `retain` keeps one per micro-batch. `Scratch` is shared by all.
 */

import type { Backend, View } from "../../kernels/backend.ts";
import type { ModelConfig } from "./config.ts";
import { logitRows } from "./logit_chunks.ts";
import { keyValueWidth, queryWidth } from "./parameters.ts";

/** Largest micro-batch that the buffers hold. */
export interface BatchLimits {
  /** Sequences times their length. */
  readonly rows: number;
  /** Positions whose log-probs are asked for. */
  readonly targets: number;
  /** Rows of logits that exist at a time: a multiple of `VIEW_ALIGNMENT`; default: what 4 MiB hold. No bit depends on it. */
  readonly logitRows?: number;
}

/** Of one layer. `asked` counts the rows whose output is read: the targets in the last layer, all rows before it. */
export interface LayerSaved {
  /** Input of the layer, [rows, dim]. */
  readonly x: View;
  readonly attentionRstd: View;
  /** attn_norm(x), [rows, dim]. */
  readonly attentionNormed: View;
  /** Rows of `x` and of `attentionNormed` that are asked for, [asked, dim]; the same views where all are. */
  readonly askedX: View;
  readonly askedNormed: View;
  /** After RoPE, [asked, heads headDim]. */
  readonly query: View;
  /** Keys, after RoPE, and values, [rows, 2 kvHeads headDim]. */
  readonly keyValue: View;
  /** Row log-sum-exp of the attention scores, [heads asked]. */
  readonly attentionLse: View;
  /** Attention output before its projection, [asked, heads headDim]. */
  readonly attention: View;
  /** x after the attention block, [asked, dim]. */
  readonly middle: View;
  readonly mlpRstd: View;
  readonly mlpNormed: View;
  /** [asked, 2 hidden] */
  readonly gateUp: View;
}

export interface Saved {
  readonly layers: readonly LayerSaved[];
  /** Output of the last layer, [targets, dim]. */
  readonly x: View;
  readonly finalRstd: View;
  /** ln_f(x), [targets, dim]. */
  readonly final: View;
}

export interface Scratch {
  /** Output of a projection before it joins the residual stream, [rows, dim]. */
  readonly projected: View;
  /** silu(gate) * up, [asked, hidden]; with room for [asked, heads headDim]. */
  readonly activated: View;
  /** Of some targets at a time, [rows, vocab]. */
  readonly logits: View;
}

/** Gradients of activations; some lie where forward passes have had something that they no longer need (`Scratch`). */
export interface GradientScratch {
  /** Of some targets at a time, [rows, vocab]. */
  readonly logits: View;
  /** Gradient of the head from the chunks of targets so far, [vocab, dim]; null where one chunk holds all targets. */
  readonly head: View | null;
  /** Gradient of the residual stream, and of what a norm made of it, at the targets, [targets, dim]. */
  readonly targetX: View;
  readonly targetNormed: View;
  /** The same at all rows, [rows, dim]. */
  readonly x: View;
  readonly normed: View;
  readonly query: View;
  readonly keyValue: View;
  readonly attention: View;
  readonly attentionDelta: View;
  readonly activated: View;
}

/** Allocates what a forward pass leaves for its backward pass. */
export function allocateSaved(
  backend: Backend,
  config: ModelConfig,
  limits: BatchLimits,
  label: string,
): Saved {
  const last = config.layers - 1;
  const layers = Array.from({ length: config.layers }, (_, index) => {
    const name = `${label}.${index}`, inputs = allocateInputs(backend, config, limits.rows, name);
    return index < last
      ? askedEverywhere({ ...inputs, ...allocateAsked(backend, config, limits.rows, name) })
      : {
        ...inputs,
        ...allocatePicked(backend, config, limits.targets, name),
        ...allocateAsked(backend, config, limits.targets, name),
      };
  });
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
  const several = config.layers > 1;
  const shared = {
    ...allocateInputs(backend, config, limits.rows, label),
    ...allocateAsked(backend, config, mostAsked(config, limits), label),
  };
  const picked = allocatePicked(backend, config, limits.targets, label);
  // What no layer holds would never be freed.
  const odd = several ? backend.allocate(`${label}.x_odd`, limits.rows * config.dim) : shared.x;
  return {
    layers: Array.from({ length: config.layers }, (_, index) => {
      const layer = { ...shared, x: index % 2 ? odd : shared.x };
      return index < config.layers - 1 ? askedEverywhere(layer) : { ...layer, ...picked };
    }),
    ...allocateOutputs(backend, config, limits, label),
  };
}

type Inputs = Pick<LayerSaved, "x" | "attentionRstd" | "attentionNormed" | "keyValue">;
type Picked = Pick<LayerSaved, "askedX" | "askedNormed">;

function askedEverywhere(layer: Omit<LayerSaved, keyof Picked>): LayerSaved {
  return { ...layer, askedX: layer.x, askedNormed: layer.attentionNormed };
}

/** Of all rows of a layer, whoever asks for its output. */
function allocateInputs(backend: Backend, config: ModelConfig, rows: number, label: string): Inputs {
  const allocate = (name: string, length: number) => backend.allocate(`${label}.${name}`, length);
  const { dim } = config;
  return {
    x: allocate("x", rows * dim),
    attentionRstd: allocate("attention_rstd", rows),
    attentionNormed: allocate("attention_normed", rows * dim),
    keyValue: allocate("key_value", rows * keyValueWidth(config)),
  };
}

function allocatePicked(backend: Backend, { dim }: ModelConfig, targets: number, label: string): Picked {
  return {
    askedX: backend.allocate(`${label}.asked_x`, targets * dim),
    askedNormed: backend.allocate(`${label}.asked_normed`, targets * dim),
  };
}

/** Of the rows of a layer whose output is asked for. */
function allocateAsked(
  backend: Backend,
  config: ModelConfig,
  asked: number,
  label: string,
): Omit<LayerSaved, keyof Inputs | keyof Picked> {
  const allocate = (name: string, length: number) => backend.allocate(`${label}.${name}`, length);
  const { dim, heads, hidden } = config;
  return {
    query: allocate("query", asked * queryWidth(config)),
    attentionLse: allocate("attention_lse", asked * heads),
    attention: allocate("attention", asked * queryWidth(config)),
    middle: allocate("middle", asked * dim),
    mlpRstd: allocate("mlp_rstd", asked),
    mlpNormed: allocate("mlp_normed", asked * dim),
    gateUp: allocate("gate_up", asked * 2 * hidden),
  };
}

function allocateOutputs(
  backend: Backend,
  { dim }: ModelConfig,
  { targets }: BatchLimits,
  label: string,
): Omit<Saved, "layers"> {
  const allocate = (name: string, length: number) => backend.allocate(`${label}.${name}`, length);
  return {
    x: allocate("x_out", targets * dim),
    finalRstd: allocate("final_rstd", targets),
    final: allocate("final", targets * dim),
  };
}

/** Rows of the layer that has the most of them asked for. */
function mostAsked({ layers }: ModelConfig, { rows, targets }: BatchLimits): number {
  return layers > 1 ? rows : targets;
}

/** Allocates what every forward pass shares. */
export function allocateScratch(
  backend: Backend,
  config: ModelConfig,
  limits: BatchLimits,
): Scratch {
  return {
    projected: backend.allocate("scratch.projected", limits.rows * config.dim),
    activated: backend.allocate(
      "scratch.activated",
      mostAsked(config, limits) * Math.max(config.hidden, queryWidth(config)),
    ),
    logits: backend.allocate("scratch.logits", logitRows(config, limits) * config.vocab),
  };
}

/** Allocates what every backward pass shares, and takes what forward passes have no use for by then. */
export function allocateGradientScratch(
  backend: Backend,
  config: ModelConfig,
  limits: BatchLimits,
  { projected, activated }: Scratch,
): GradientScratch {
  const allocate = (name: string, length: number) => backend.allocate(`gradient.${name}`, length);
  const { dim, heads, vocab } = config, { rows, targets } = limits, asked = mostAsked(config, limits);
  const atOnce = logitRows(config, limits);
  return {
    logits: allocate("logits", atOnce * vocab),
    head: atOnce < targets ? allocate("head", vocab * dim) : null,
    targetX: allocate("target_x", targets * dim),
    targetNormed: allocate("target_normed", targets * dim),
    x: allocate("x", rows * dim),
    normed: projected,
    query: allocate("query", asked * queryWidth(config)),
    keyValue: allocate("key_value", rows * keyValueWidth(config)),
    // Of a layer, after the MLP.
    attention: activated,
    attentionDelta: allocate("attention_delta", asked * heads),
    activated,
  };
}

/** Frees every distinct buffer of a record of views, at any depth. */
export function freeViews(backend: Backend, record: object): void {
  for (const view of buffersOf(record)) backend.free(view);
}

/** Bytes of every distinct buffer of a record of views, at any depth. */
export function bytesOf(record: object): number {
  return buffersOf(record).reduce((sum, { buffer }) => sum + 4 * buffer.capacity, 0);
}

/** A view of every distinct buffer of a record of views, at any depth. */
function buffersOf(record: object): View[] {
  const views = new Map<number, View>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    if ("buffer" in value) views.set((value as View).buffer.id, value as View);
    else Object.values(value).forEach(visit);
  };
  visit(record);
  return [...views.values()];
}
