/**
 * Parameters in flat buffers. Matrices that one GEMM can serve are stored as one region (key and value; gate
 * and up); the public tensor names of the LLaDA checkpoints are rows of these regions. Matrices lie before
 * vectors, so that AdamW can exempt one-dimensional tensors from weight decay in the same dispatch. A flat
 * buffer is split into shards where it would exceed what a kernel can bind.
 */

import { alignElements, type Backend, slice, type View } from "../../kernels/backend.ts";
import { type RandomKey, randomSequence } from "../../kernels/philox/random.ts";
import type { ModelConfig } from "./config.ts";

/** A named tensor of the checkpoint format, as a part of a region. Weights of linear layers are [out, in]. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly shard: number;
  /** First element within the shard. */
  readonly offset: number;
  readonly length: number;
}

/** A range of a shard that kernels see as one matrix or vector. */
interface Region {
  readonly shard: number;
  readonly offset: number;
  readonly length: number;
}

interface LayerRegions {
  readonly attentionNorm: Region;
  readonly query: Region;
  readonly keyValue: Region;
  readonly attentionOut: Region;
  readonly mlpNorm: Region;
  readonly gateUp: Region;
  readonly mlpOut: Region;
}

export interface ParameterLayout {
  readonly config: ModelConfig;
  /** Elements of each shard, and how many of them, from the start, belong to matrices. */
  readonly shards: readonly { readonly length: number; readonly decayLength: number }[];
  readonly tensors: readonly TensorSpec[];
  readonly embedding: Region;
  readonly position: Region | null;
  readonly layers: readonly LayerRegions[];
  readonly finalNorm: Region;
  readonly head: Region;
  /** Number of parameters, alignment gaps not counted. */
  readonly parameters: number;
}

/** Width of the query projection, and of its attention's output. */
export function queryWidth({ heads, headDim }: ModelConfig): number {
  return heads * headDim;
}

/** Width of the fused key and value projection. */
export function keyValueWidth({ kvHeads, headDim }: ModelConfig): number {
  return 2 * kvHeads * headDim;
}

/**
 * Places every parameter.
 * @param maxShardElements what one kernel binding can hold
 * @throws RangeError if a single matrix exceeds it
 */
export function layoutParameters(config: ModelConfig, maxShardElements: number): ParameterLayout {
  const shards: { length: number; decayLength: number }[] = [];
  const tensors: TensorSpec[] = [];

  function place(parts: { name: string; shape: number[] }[]): Region {
    const lengths = parts.map(({ shape }) => shape.reduce((product, n) => product * n, 1));
    const length = lengths.reduce((sum, n) => sum + n, 0);
    const padded = alignElements(length);
    if (padded > maxShardElements) {
      throw new RangeError(
        `${parts[0]!.name} needs ${padded * 4} bytes, a kernel of this device can bind ` +
          `${maxShardElements * 4}; use a smaller model or another device`,
      );
    }
    if (shards.length === 0 || shards.at(-1)!.length + padded > maxShardElements) {
      shards.push({ length: 0, decayLength: 0 });
    }
    const shard = shards.length - 1, current = shards[shard]!, offset = current.length;
    current.length += padded;
    if (parts[0]!.shape.length > 1) current.decayLength = current.length;
    let at = offset;
    parts.forEach(({ name, shape }, i) => {
      tensors.push({ name, shape, shard, offset: at, length: lengths[i]! });
      at += lengths[i]!;
    });
    return { shard, offset, length };
  }

  const { vocab, dim, heads, kvHeads, headDim, hidden } = config;
  const prefix = "model.transformer";
  const block = (layer: number, name: string) => `${prefix}.blocks.${layer}.${name}.weight`;
  const matrix = (name: string, rows: number, columns: number) => ({ name, shape: [rows, columns] });

  const embedding = place([matrix(`${prefix}.wte.weight`, vocab, dim)]);
  const position = config.position === "learned"
    ? place([matrix(`${prefix}.wpe.weight`, config.maxSequence, dim)])
    : null;
  const layerNumbers = Array.from({ length: config.layers }, (_, layer) => layer);
  const matrices = layerNumbers.map((layer) => ({
    query: place([matrix(block(layer, "q_proj"), heads * headDim, dim)]),
    keyValue: place([
      matrix(block(layer, "k_proj"), kvHeads * headDim, dim),
      matrix(block(layer, "v_proj"), kvHeads * headDim, dim),
    ]),
    attentionOut: place([matrix(block(layer, "attn_out"), dim, heads * headDim)]),
    gateUp: place([
      matrix(block(layer, "ff_proj"), hidden, dim),
      matrix(block(layer, "up_proj"), hidden, dim),
    ]),
    mlpOut: place([matrix(block(layer, "ff_out"), dim, hidden)]),
  }));
  const head = place([matrix(`${prefix}.ff_out.weight`, vocab, dim)]);
  const norms = layerNumbers.map((layer) => ({
    attentionNorm: place([{ name: block(layer, "attn_norm"), shape: [dim] }]),
    mlpNorm: place([{ name: block(layer, "ff_norm"), shape: [dim] }]),
  }));
  const finalNorm = place([{ name: `${prefix}.ln_f.weight`, shape: [dim] }]);
  return {
    config,
    shards,
    tensors,
    embedding,
    position,
    layers: layerNumbers.map((layer) => ({ ...matrices[layer]!, ...norms[layer]! })),
    finalNorm,
    head,
    parameters: tensors.reduce((sum, tensor) => sum + tensor.length, 0),
  };
}

/** One value per parameter: the parameters themselves, their gradients, or a moment of the optimiser. */
export interface ParameterStore {
  readonly layout: ParameterLayout;
  readonly shards: readonly View[];
  readonly views: WeightViews;
}

export interface LayerViews {
  readonly attentionNorm: View;
  readonly query: View;
  readonly keyValue: View;
  readonly attentionOut: View;
  readonly mlpNorm: View;
  readonly gateUp: View;
  readonly mlpOut: View;
}

/** A store by role, as the ops of the model use it. */
export interface WeightViews {
  readonly embedding: View;
  readonly position: View | null;
  readonly layers: readonly LayerViews[];
  readonly finalNorm: View;
  readonly head: View;
}

/** A zero-filled store. */
export function allocateParameters(backend: Backend, layout: ParameterLayout, label: string): ParameterStore {
  const shards = layout.shards.map(({ length }, i) => backend.allocate(`${label}[${i}]`, length));
  const view = ({ shard, offset, length }: Region) => slice(shards[shard]!, offset, length);
  return {
    layout,
    shards,
    views: {
      embedding: view(layout.embedding),
      position: layout.position && view(layout.position),
      layers: layout.layers.map((layer) => ({
        attentionNorm: view(layer.attentionNorm),
        query: view(layer.query),
        keyValue: view(layer.keyValue),
        attentionOut: view(layer.attentionOut),
        mlpNorm: view(layer.mlpNorm),
        gateUp: view(layer.gateUp),
        mlpOut: view(layer.mlpOut),
      })),
      finalNorm: view(layout.finalNorm),
      head: view(layout.head),
    },
  };
}

/** Frees the device buffers of a store. */
export function freeParameters(backend: Backend, store: ParameterStore): void {
  for (const shard of store.shards) backend.free(shard);
}

/** Copies all values of one store into another of the same layout. */
export function copyParameters(backend: Backend, from: ParameterStore, to: ParameterStore): void {
  from.shards.forEach((shard, i) => backend.copy(shard, to.shards[i]!));
}

export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by public name, on the host. */
export type NamedTensors = ReadonlyMap<string, HostTensor>;

/**
 * Writes host tensors into a store.
 * @throws Error naming the first tensor that is missing, has another shape, or does not belong to the model
 */
export function loadParameters(backend: Backend, store: ParameterStore, tensors: NamedTensors): void {
  const contents = store.layout.shards.map(({ length }) => new Float32Array(length));
  const known = new Set<string>();
  for (const { name, shape, shard, offset } of store.layout.tensors) {
    const tensor = tensors.get(name);
    if (!tensor) {
      throw new Error(
        `the checkpoint has no tensor ${name}; the model needs it as [${shape}]: use the configuration and the ` +
          "weights of one checkpoint, whole",
      );
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(`tensor ${name} has shape [${tensor.shape}], the configuration asks for [${shape}]`);
    }
    contents[shard]!.set(tensor.data, offset);
    known.add(name);
  }
  for (const name of tensors.keys()) {
    if (!known.has(name)) throw new Error(`tensor ${name} of the checkpoint does not belong to this model`);
  }
  contents.forEach((data, shard) => backend.write(store.shards[shard]!, data));
}

/** Reads a store back as named tensors. */
export async function readParameters(
  backend: Backend,
  store: ParameterStore,
): Promise<Map<string, HostTensor>> {
  const shards = (await backend.read(...store.shards)).map((words) => new Float32Array(words));
  return new Map(store.layout.tensors.map(({ name, shape, shard, offset, length }) => [
    name,
    { shape, data: shards[shard]!.slice(offset, offset + length) },
  ]));
}

/** Standard deviations of the initial weights. */
export interface Initialisation {
  /** Token and position embeddings. */
  readonly embeddingStd: number;
  /** Matrices: the standard deviation is `linearGain / sqrt(inputs)`. */
  readonly linearGain: number;
}

/**
 * Initial tensors: norms at 1, matrices approximately normal. A normal draw is the sum of twelve uniforms minus
 * six: mean 0, variance 1, and only exact arithmetic, so that every machine starts from the same bits.
 */
export function initialTensors(
  layout: ParameterLayout,
  { embeddingStd, linearGain }: Initialisation,
  key: RandomKey,
): Map<string, HostTensor> {
  return new Map(layout.tensors.map(({ name, shape, length }, index) => {
    const data = new Float32Array(length);
    if (shape.length === 1) return [name, { shape, data: data.fill(1) }];
    const embedding = name.endsWith(".wte.weight") || name.endsWith(".wpe.weight");
    const std = embedding ? embeddingStd : linearGain / Math.sqrt(shape[1]!);
    const random = randomSequence(key, 0, index);
    for (let i = 0; i < length; i++) {
      let sum = -6;
      for (let k = 0; k < 12; k++) sum += random.uniform();
      data[i] = sum * std;
    }
    return [name, { shape, data }];
  }));
}
